# Tenants of a provider that refuses one of them, or that nobody can reach.

use strict;
use warnings;
use lib 't/lib';

use List::Util qw(max);
use POSIX ();
use Test::More;

use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Tenants;

# One that is refused.
{
    my $gateway = gateway();
    my $refusal = { status => 401, json => { error => 'invalid_client' } };

    answer($gateway, clients => { bad => $refusal,
                                  slow => { %$refusal, delay => 1.5 } });
    is(ask($gateway, 'bad'), '502 ERROR invalid_client', 'a tenant is refused');
    is(ask($gateway, 'bad'), '503 ERROR backoff', 'which is not tried again');
    is(ask($gateway, 'good'), '200 MISS', 'another one is served');
    is(ask($gateway, 'good'), '200 HIT', 'and is so again');
    is(ask($gateway, 'third'), '200 MISS', 'so is one that comes now');
    is(asked($gateway, 'bad'), 1, 'one fetch of the first');

    # while a fetch is under way that will fail
    my $pid = fork() // die "fork: $!";

    if ($pid == 0) {
        many($gateway, 20, 'slow');
        POSIX::_exit(0);
    }

    $gateway->endpoint->wait_for('/token', 4);

    my @answers = many($gateway, 20, 'fourth');

    is(scalar(grep { $_->{status} == 200 } @answers), 20,
       'while one waits for its refusal another is served');
    cmp_ok(max(map { $_->{seconds} } @answers), '<', 1, 'at once');
    waitpid $pid, 0;

    my $end = time + 10;
    sleep 0.1 while ask($gateway, 'bad') =~ /backoff/ && time < $end;

    is(asked($gateway, 'bad'), 2, 'after its pause it is tried again');
    answer($gateway);
    is(asked($gateway, 'good'), 1, 'nobody else was');
    $gateway->stop;
}


# An endpoint that nobody answers at.
{
    my $gateway = gateway(provider => 'backoff 1s 1s;');

    is(ask($gateway, 'first'), '200 MISS', 'a token while all is well');
    $gateway->endpoint->down;
    is(ask($gateway, 'a'), '502 ERROR connect', 'it is down');
    is(ask($gateway, 'b'), '503 ERROR backoff', 'for another tenant as well');
    is(ask($gateway, 'c'), '503 ERROR backoff', 'and the next');
    is(ask($gateway, 'first'), '200 HIT', 'but what is there serves');

    $gateway->endpoint->up;
    answer($gateway, delay => 0.2);
    sleep 1.1;

    # all come at once: one of them tries, then it is back for all
    my @answers = map { { bytes => request_bytes('GET', '/?s=x', undef,
                                                 'X-Tenant', $_) } } 'a' .. 'j';

    @answers = $gateway->many(10, @answers);
    is($gateway->endpoint->count('/token'), 2, 'one of ten tenants tries');
    is(scalar(grep { $_->{status} == 200 } @answers), 1, 'and is served');

    my @then = map { ask($gateway, $_) } 'a' .. 'j';

    is(join(' ', grep { !/\A200 (?:HIT|MISS)\z/ } @then), '',
       'after it all of them are');
    $gateway->stop;
}

done_testing();
