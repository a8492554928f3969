package Bench::Clients;

# Clients whose requests are timed one by one, see bench/clients.c.
#
#   my @rows = Bench::Clients::crowd($port, 200);       # one request each
#
#   my $clients = Bench::Clients->start($port, connections => 50,
#       interval => 20, seconds => 15);                 # ms, s
#   my @rows = $clients->rows;                          # waits for their end
#
# A row is { start, end (seconds since 1970), ms, status }; status is 0 for a
# request without an answer.

use strict;
use warnings;

use Exporter qw(import);
use File::Temp ();
use POSIX ();

our @EXPORT_OK = qw(latency failed);

use constant PROGRAM => 'build/bench/clients';


sub start {
    my ($class, $port, %arg) = @_;

    my $file = File::Temp->new;
    my $pid = fork() // die "fork: $!\n";

    if ($pid == 0) {
        open STDOUT, '>', $file->filename or POSIX::_exit(127);
        exec PROGRAM, $port, $arg{uri} // '/?t=1',
             grep { defined } @arg{qw(connections interval seconds)}
            or POSIX::_exit(127);
    }

    return bless { pid => $pid, file => $file }, $class;
}

sub rows {
    my $self = shift;

    waitpid delete $self->{pid}, 0;
    die PROGRAM . " failed\n" if $?;

    open my $in, '<', $self->{file}->filename or die "clients: $!\n";

    return map {
        my ($start, $end, $status) = split ' ';

        { start => $start / 1e6, end => $end / 1e6, status => $status,
          ms => ($end - $start) / 1e3 };
    } <$in>;
}

sub crowd {
    my ($port, $n) = @_;

    return Bench::Clients->start($port, connections => $n)->rows;
}


# Of these rows: { p50, p99, p999, worst } in ms.
sub latency {
    my @sorted = sort { $a <=> $b } map { $_->{ms} } @_;
    my $at = sub { $sorted[POSIX::ceil($_[0] * @sorted) - 1] // 0 };

    return { p50 => $at->(0.5), p99 => $at->(0.99), p999 => $at->(0.999),
             worst => $sorted[-1] // 0 };
}

sub failed { return grep { $_->{status} != 200 } @_ }

sub DESTROY {
    my $self = shift;

    local ($?, $!);
    my $pid = $self->{pid} or return;

    kill 'TERM', $pid;
    waitpid $pid, 0;
    return;
}

1;
