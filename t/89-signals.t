# Workers that stop, that end in other ways than by a kill, that have no master,
# and locks of the dead.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway qw(clients);
use OAuth::Test::Life qw(SLACK slow);
use OAuth::Test::Lock qw(lock_of set_lock);
use OAuth::Test::Worker qw(owner to_worker ask_worker);

# In seconds; a fetch is its worker's for a second more than it may take.
use constant { LEASE => 2, LATER => 1.4, TAKEN => 0.25, SHORT => 0.05 };

# no other zones have these sizes
use constant { ONE => 192 * 1024, OTHER => 224 * 1024 };

# A sanitizer would report the signals that are sent here.
$ENV{ASAN_OPTIONS} = join ':', grep { length } $ENV{ASAN_OPTIONS},
                     map { "handle_$_=0" } qw(segv sigbus sigill abort sigfpe)
    if slow();

my $silent = { never => 1 };
my $good = { token => canary('token') . '-%d' };

sub gateway {
    my ($answers, %arg) = @_;

    my $gateway = OAuth::Test::Gateway->new(workers => 2, level => 'info',
        allow => qr/exited\ on\ signal|lock|shared\ memory/x, %arg);

    $gateway->endpoint->answer('/token', @$answers);
    return $gateway->start;
}


# A worker that fetches stops.  Another takes over when its time is over; what
# it has got when it goes on is old by then.
{
    my $gateway = gateway([ { %$good, delay => SHORT }, $good ],
                          provider => 'fetch_timeout 1s;');
    my ($one, $two) = $gateway->nginx->workers;
    my $first = to_worker($gateway, $one, '/');

    # before its answer comes
    syswrite $first->{sock}, $first->{bytes};
    $gateway->endpoint->wait_for('/token', 1);
    kill 'STOP', $one;
    sleep LATER;

    my $begun = time;
    my $answer = $gateway->nginx->get('/');

    is($answer->{body}, 'GET / ' . $gateway->token(2) . "\n",
       '[I4] a worker that fetches stops: another takes over');
    cmp_ok(time - $begun, '<', LEASE - LATER + TAKEN + SLACK,
           '[I4] when its time is over');
    kill 'CONT', $one;
    close $first->{sock};
    sleep LATER;

    for my $worker ($one, $two) {
        is(ask_worker($gateway, $worker, '/')->{body},
           'GET / ' . $gateway->token(2) . "\n",
           '[I4] nobody has the token that came late');
    }

    is($gateway->fetches, 2, '[I4] one fetch more');
    $gateway->stop;
}


# The worker that fetches ends by other signals than KILL.
for my $signal (qw(SEGV BUS ABRT KILL)) {
    my $gateway = gateway([ $silent, $good ]);
    my ($one, $two) = $gateway->nginx->workers;
    my $first = to_worker($gateway, $one, '/');

    syswrite $first->{sock}, $first->{bytes};
    $gateway->endpoint->wait_for('/token', 1);

    my $second = to_worker($gateway, $two, '/');
    my $begun = time;

    kill $signal, $one;

    my ($answer) = $gateway->many(5, $second);

    is($answer->{status}, 200, "[I6] SIG$signal: another worker takes over");
    cmp_ok($answer->{end} - $begun, '<', TAKEN + SLACK, '[I6] in time');
    is($gateway->fetches, 2, '[I6] with one fetch more');
    $gateway->stop;
}


# A worker dies with the lock of a zone; so does one with the lock of a zone
# that a reload has dropped, which only old workers have.
sub dead {
    my $pid = fork() // die "fork: $!";

    POSIX::_exit(0) if !$pid;
    waitpid $pid, 0;

    return $pid;
}

{
    my $zone = sub { 'oauth_token_zone zone=z:' . $_[0] / 1024 . 'k;' };
    my $gateway = gateway([ { %$good, delay => 1 } ],
                          http => $zone->(ONE), provider => 'zone z;');
    my ($old) = $gateway->nginx->workers;
    my ($memory, $at) = lock_of($old, ONE);

  SKIP: {
    skip 'no way into the memory of a worker', 1 if !$memory;

    set_lock($memory, $at, dead());

    my ($answer) = $gateway->many(5, clients(1, '/'));

    is($answer->{status}, 200, '[I5] a worker has died with the lock');
    cmp_ok($answer->{seconds}, '<', 1 + TAKEN + SLACK, '[I5] no wait');

    # an old worker has a request in the zone that goes
    $gateway->configure(http => $zone->(OTHER));
    $gateway->nginx->post('/', '') for 1 .. 2;

    my $last = to_worker($gateway, $old, '/slow');

    $gateway->upstream->answer('/slow', { echo => 1, delay => 1 });
    syswrite $last->{sock}, $last->{bytes};
    sleep SHORT;
    ok($gateway->nginx->reload, '[I5] a reload drops the zone');
    set_lock($memory, $at, dead());

    my $begun = time;

    ($answer) = $gateway->many(5, clients(1, '/'));
    is($answer->{status}, 200, '[I5] a worker has died with its lock');
    cmp_ok($answer->{seconds}, '<', 1 + TAKEN + SLACK,
           '[I5] new workers do not know of it');

    ($answer) = $gateway->many(5, { sock => $last->{sock}, bytes => '' });
    is($answer->{status}, 200, '[I5] nor does an old one hang');

    my $end = time + 5 + SLACK;

    sleep SHORT while kill(0, $old) && time < $end;
    ok(time < $end, '[I5] it quits');
  }

    $gateway->stop;
}


# No master: its workers serve on.
{
    my $gateway = gateway([ $good ]);
    my $nginx = $gateway->nginx;
    my @workers = $nginx->workers;

    kill 'KILL', $nginx->{pid};
    waitpid delete $nginx->{pid}, 0;
    is(scalar(grep { $_->{status} == 200 } $gateway->many(5, clients(20, '/'))),
       20, '[I13] without a master its workers serve');
    is($gateway->get('/')->{headers}{'x-cache'}, 'HIT', '[I13] and go on');
    kill 'TERM', @workers;

    my $end = time + 5;

    sleep SHORT while kill(0, @workers) && time < $end;
    ok(time < $end, '[I13] TERM ends them');
    is(join("\n", $nginx->problems_found), '', '[I13] with clean logs');
}


# TERM and INT in every phase of a request.
my %phase = (
    'nothing to do' => sub { },
    'a fetch' => sub {
        my $gateway = shift;

        $gateway->endpoint->fault('/token', $silent);
        return '/';
    },
    'a request upstream' => sub {
        my $gateway = shift;

        $gateway->upstream->answer('/never', $silent);
        return '/never';
    },
    'a part of an answer' => sub {
        my $gateway = shift;

        $gateway->endpoint->answer('/token', { %$good, drip => 20 });
        return '/';
    },
);

for my $phase (sort keys %phase) {
    for my $signal (qw(TERM INT)) {
        my $gateway = gateway([ $good ], provider => 'prefetch on;');
        my $uri = $phase{$phase}->($gateway);
        my $pid = $gateway->nginx->{pid};
        my @socks = map { my $sock = IO::Socket::INET->new(
            PeerAddr => '127.0.0.1', PeerPort => $gateway->port);
            syswrite $sock, "GET $uri HTTP/1.1\r\nHost: a\r\n\r\n";
            $sock } $uri ? 1 .. 4 : ();

        sleep SHORT;

        my $end = time + 5;

        kill $signal, $pid;
        sleep SHORT / 5 while !OAuth::Test::Nginx::gone($pid) && time < $end;
        ok(time < $end, "[I13] $signal during $phase ends it");
        delete $gateway->nginx->{pid};
        is(join("\n", $gateway->nginx->problems_found), '',
           '[I13] with clean logs');
    }
}

done_testing();
