# A store whose lock is kept for long, by a process that lives: requests of all
# workers are served.

use strict;
use warnings;
use lib 't/lib';

use POSIX ();
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway;
use OAuth::Test::Lock qw(lock_of set_lock);
use OAuth::Test::Worker qw(owner to_worker);

# in seconds; the answer comes while the lock is kept
use constant { TAKES => 1, HELD => 0.5, SERVED => 4, MOMENT => 0.1 };

# of a token; a claim waits so long for the lock, and blocks for more than that
use constant { LIFE => 8, WAITED => 0.19, BLOCKS => 0.008 };

# no other zone has this size
use constant SIZE => 192 * 1024;


my $gateway = OAuth::Test::Gateway->new(
    workers => 2, http => 'oauth_token_zone zone=held:' . SIZE / 1024 . 'k;',
    provider => 'zone held;');

$gateway->endpoint->answer('/token', { token => canary('token') . '-%d',
                                       delay => TAKES });
$gateway->start;

my ($one, $two) = $gateway->nginx->workers;
my ($memory, $at) = lock_of($one, SIZE);

SKIP: {
    skip 'no way into the memory of a worker', 1 if !$memory;

    # the first begins the fetch, the second is the other worker's
    my @requests = (to_worker($gateway, $one, '/'),
                    to_worker($gateway, $two, '/'));
    my $pid = fork() // die "fork: $!";

    if ($pid == 0) {
        $gateway->endpoint->wait_for('/token', 1);
        sleep TAKES - HELD / 2;
        set_lock($memory, $at, $$);
        sleep HELD;
        set_lock($memory, $at, 0);
        POSIX::_exit(0);
    }

    my @answers = $gateway->many(10, @requests);

    waitpid $pid, 0;

    for my $answer (@answers) {
        is($answer->{status}, 200, '[I5] a request while the lock is kept');
        cmp_ok($answer->{seconds}, '<', SERVED, 'does not wait for it');
        note sprintf '%s after %.3f s', $answer->{headers}{'x-cache'},
             $answer->{seconds};
    }

    like($gateway->nginx->error_log, qr/no lock for an access token/,
         'the log tells of it');
    is($gateway->get('/')->{headers}{'x-cache'}, 'HIT', 'then all is well');
}

$gateway->stop;


# A lock that is kept for a moment only, as by one of many workers that has no
# CPU: the others wait for it, and one of them all fetches.
$gateway = OAuth::Test::Gateway->new(
    workers => 2, http => 'oauth_token_zone zone=held:' . SIZE / 1024 . 'k;',
    provider => 'zone held;');

$gateway->endpoint->answer('/token', { token => canary('token') . '-%d',
                                       delay => MOMENT });
$gateway->start;

my @workers = $gateway->nginx->workers;

($memory, $at) = lock_of($workers[0], SIZE);

SKIP: {
    skip 'no way into the memory of a worker', 1 if !$memory;

    my @requests = map { to_worker($gateway, $_, '/') } @workers;

    set_lock($memory, $at, $$);

    my $pid = fork() // die "fork: $!";

    if ($pid == 0) {
        sleep MOMENT;
        set_lock($memory, $at, 0);
        POSIX::_exit(0);
    }

    my @answers = $gateway->many(10, @requests);

    waitpid $pid, 0;
    is(join(' ', map { $_->{status} } @answers), '200 200',
       '[I1] the lock is kept for a moment: all are served');
    is($gateway->fetches, 1, '[I1] by one fetch');
}

$gateway->stop;


# A token is due while the lock is kept: a worker that tries to have it serves
# nobody else, and so does not try with each request.
$gateway = OAuth::Test::Gateway->new(
    http => 'oauth_token_zone zone=held:' . SIZE / 1024 . 'k;',
    provider => 'zone held; token_endpoint http://127.0.0.1:TOKEN_PORT/$arg_t;');

$gateway->endpoint->answer('/due', { token => canary('token') . '-%d',
                                     expires_in => LIFE });
$gateway->start;
$gateway->get('/?t=due');

($memory, $at) = lock_of($gateway->nginx->workers, SIZE);

SKIP: {
    skip 'no way into the memory of a worker', 1 if !$memory;

    my @usual = sort { $a <=> $b }
                map { $gateway->get('/?t=due')->{seconds} } 1 .. 9;

    sleep LIFE / 2 + 0.1;
    set_lock($memory, $at, $$);

    my $end = time + WAITED;
    my @got;

    push @got, $gateway->get('/?t=due') while time < $end;
    set_lock($memory, $at, 0);

    my $slow = grep { $_->{seconds} > $usual[4] + BLOCKS } @got;

    is(scalar(grep { $_->{headers}{'x-cache'} ne 'STALE' } @got), 0,
       '[L5] the lock is kept: a token that is due serves');
    cmp_ok($slow, '<', @got / 2, '[L5] and few requests wait for the lock');
    note "$slow of ${\ scalar @got} requests";
}

$gateway->stop;


# Without the store a worker pauses for itself, but no tenant for another.
$gateway = OAuth::Test::Gateway->new(
    http => 'oauth_token_zone zone=held:' . SIZE / 1024 . 'k;',
    provider => 'zone held; token_endpoint http://127.0.0.1:TOKEN_PORT/$arg_t;');

$gateway->endpoint->answer('/bad', { status => 401, body => '' });
$gateway->endpoint->answer($_, { token => canary('token') . '-%d' })
    for '/good', '/warm';
$gateway->start;
$gateway->get('/?t=warm');

($memory, $at) = lock_of($gateway->nginx->workers, SIZE);

SKIP: {
    skip 'no way into the memory of a worker', 1 if !$memory;

    set_lock($memory, $at, $$);

    my @got = map { my $answer = $gateway->get("/?t=$_");
                    "$answer->{status} "
                    . ($answer->{headers}{'x-error'} // '') } qw(bad good);
    my $hit = $gateway->get('/?t=warm');

    set_lock($memory, $at, 0);
    is($got[0], '502 http_401', 'a tenant is refused while the lock is kept');
    like($got[1], qr/\A200 /, 'another is served');
    is($hit->{headers}{'x-cache'}, 'HIT', '[L5] a hit needs no lock');
}

$gateway->stop;

done_testing();
