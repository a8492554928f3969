package Bench::Wrk;

# Load by wrk: so many connections, each with a request at all times.

use strict;
use warnings;

use Bench::Nginx;

# One thread is faster than a gateway that has one CPU.
use constant THREADS => 1;


# Options: connections, seconds, tenants, wrapper (a command that runs wrk).
# Returns requests and seconds; dies of any that was not answered with 200.
sub load {
    my ($port, %arg) = @_;

    my @command = (@{ $arg{wrapper} // [] }, 'wrk', '--threads', THREADS,
        '--connections', $arg{connections}, '--duration', "$arg{seconds}s",
        '--script', Bench::Nginx::SERVERS . '/walk.lua',
        "http://127.0.0.1:$port/", '--', $arg{tenants} || 1);

    open my $out, '-|', @command or die "wrk: $!\n";
    my $said = do { local $/; <$out> } // '';

    close $out or die "wrk failed:\n$said";

    my ($requests, $us, $errors) = $said =~ /^DONE (\d+) (\d+) (\d+)/m
        or die "wrk does not say what it has done:\n$said";

    die "wrk had $errors errors:\n$said" if $errors;
    return ($requests, $us / 1e6);
}

1;
