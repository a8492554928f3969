package Bench::Part::Memory;

# What tokens of 1.2 kB cost in memory, and how large the module's file is.
#
# A zone holds the tokens of so many tenants when a second request of each does
# not cause a token request.
#
# Of a worker the pages count that are its own, not those of the zone, which
# all workers share.  L has the same number of requests.

use strict;
use warnings;

use File::Temp ();

use Bench::Client;
use Bench::Contender;
use Bench::Gateway;
use Bench::Nginx;
use Bench::Part qw(progress thousands);
use Bench::Provider;
use Bench::Target qw(target);
use Bench::Upstream;

use constant MEGABYTE => 1 << 20;

# for each megabyte: more than have room, as a token has 1200 bytes
use constant TENANTS => 1000;

use constant MODULE => 'ngx_http_oauth_token_module.so';


sub about { return 'memory of tokens, and size of the module' }

sub run {
    my $provider = Bench::Provider->new;
    my $upstream = Bench::Upstream->new;
    my @servers = (provider => $provider, upstream => $upstream);
    my @held = map { _held($_, @servers) } 1, 2;
    my ($ours, $literal) =
        map { _grown($_, @servers) }
        Bench::Contender::named('ours-10000'), Bench::Contender::literal();
    my $size = _size();
    my ($room, $too_few) = target(memory_tokens => $held[0]);
    my ($small, $too_large) = target(binary_size => $size / 1000);

    return {
        title => 'Memory of tokens of ' . Bench::Provider::TOKEN_SIZE
            . ' bytes, and size of the module',
        columns => [ '', 'measured', 'promised' ],
        rows => [
            [ 'tokens in a zone of 1 MB', $held[0], $room ],
            [ 'bytes of that zone for each', _bytes($held[0]), '' ],
            [ 'bytes for each more in a larger zone',
              _bytes($held[1] - $held[0]), '' ],
            [ 'kB that a worker grows by 10,000 tenants',
              thousands($ours), '' ],
            [ 'kB that a worker grows by as many requests of L',
              thousands($literal), '' ],
            [ 'bytes of the module, stripped', thousands($size), $small ],
        ],
        data => { held => \@held, grown => [ $ours, $literal ],
                  size => $size },
        failed => [ grep { defined } $too_few, $too_large ],
    };
}

sub _bytes { return thousands($_[0] > 0 ? MEGABYTE / $_[0] : 0) }


# How many tokens a zone of so many megabytes holds: of so many tenants all
# have one that stays, of one more not all.
sub _held {
    my ($megabytes, %servers) = @_;

    my ($held, $too_many) = (0, TENANTS * $megabytes);

    progress("memory: a zone of $megabytes MB");

    while ($too_many - $held > 1) {
        my $n = int(($held + $too_many) / 2);

        _all_stay($n, $megabytes, %servers) ? $held = $n : ($too_many = $n);
    }

    return $held;
}

sub _all_stay {
    my ($tenants, $megabytes, %servers) = @_;

    my ($contender) = Bench::Contender::named('ours-10');
    my $gateway = Bench::Gateway->new(workers => 1, %servers, contender => {
        %$contender, tenants => $tenants, memory => "${megabytes}m",
    })->start;
    my $client = Bench::Client->new($gateway->port, $tenants);

    $client->warm;
    $servers{provider}->forget;
    $client->warm;
    $gateway->finish;

    return $servers{provider}->calls == 0;
}


# kB that one worker grows while ten thousand tenants come twice: for their
# tokens, then with them.
sub _grown {
    my ($contender, %servers) = @_;

    my ($many) = Bench::Contender::named('ours-10000');
    my $gateway = Bench::Gateway->new(workers => 1, %servers,
                                      contender => $contender)->start;
    my ($pid) = $gateway->serving;
    my $client = Bench::Client->new($gateway->port, $many->{tenants});
    my $before = _private($pid);

    progress("memory: a worker of $contender->{name}");
    $client->warm for 1, 2;

    my $grown = _private($pid) - $before;

    $gateway->finish;
    return $grown;
}

# kB of a process that no other process shares.
sub _private {
    my ($pid) = @_;

    open my $in, '<', "/proc/$pid/smaps_rollup" or die "memory of $pid: $!\n";

    my $kb = 0;

    while (my $line = <$in>) {
        $kb += $1 if $line =~ /^Private_(?:Clean|Dirty):\s+(\d+) kB/;
    }

    return $kb;
}


# Bytes of the module's file without what debuggers want.
sub _size {
    my $file = File::Temp->new;

    system('strip', '-o', $file->filename, Bench::Nginx::path_of(MODULE)) == 0
        or die "strip failed\n";

    return -s $file->filename;
}

1;
