package OAuth::Test::Worker;

# Requests to a worker of the test's choice.

use strict;
use warnings;

use Exporter qw(import);
use IO::Socket::INET;

use OAuth::Test::Build qw(patience);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Clock qw(sleep time);

our @EXPORT_OK = qw(ask_worker to_worker owner);

# in seconds
use constant { STEP => 0.01, TRY => patience(1),
               PATIENCE => patience(10) };


# The worker that has a request of the endpoint's under way, and another one.
sub owner {
    my $gateway = shift;

    my ($nginx, $port) = ($gateway->nginx, $gateway->endpoint->port);
    my ($owner) = $nginx->talking_to($port);
    my ($other) = grep { $_ != ($owner // 0) } $nginx->workers;

    return ($owner, $other);
}

# A request for many() that this worker gets: all others are stopped until it
# has taken the connection.
sub to_worker {
    my ($gateway, $pid, $uri, $method, $body) = @_;

    my $end = time + PATIENCE;
    my $sock;

    die "no such worker\n" if !$pid;

    # one that is woken up as it is stopped keeps the others from waking up
    while (!$sock && time < $end) {
        $sock = _connect($gateway, $pid);
    }

    die "no connection to a worker\n" if !$sock;

    return { sock => $sock,
             bytes => request_bytes($method // 'GET', $uri, $body) };
}

sub _connect {
    my ($gateway, $pid) = @_;

    my $nginx = $gateway->nginx;
    my @others = grep { $_ != $pid } $nginx->workers;
    my $end = time + TRY;
    my ($sock, @has);

    kill 'STOP', @others;
    sleep STEP while grep({ !_stopped($_) } @others) && time < $end;

    $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                  PeerPort => $gateway->port);

    while (!@has && time < $end) {
        sleep STEP;
        @has = $nginx->talking_to($sock->sockport);
    }

    kill 'CONT', @others;

    return "@has" eq $pid ? $sock : undef;
}

sub _stopped {
    open my $in, '<', "/proc/$_[0]/stat" or return 1;

    return (<$in> // '') =~ /\) T/;
}

# Its answer.
sub ask_worker {
    my ($gateway, @request) = @_;

    my ($answer) = $gateway->many(PATIENCE, to_worker($gateway, @request));

    return $answer;
}

1;
