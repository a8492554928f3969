# A fetch that hangs does not keep requests from a provider that is back: not
# one that nobody has asked for, whichever worker it is in, nor one of another
# provider.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep time);

use OAuth::Test::Life qw(SLACK answer);
use OAuth::Test::Worker qw(owner to_worker);

# what is promised, in seconds
use constant BACK => 2;

my $silent = { never => 1 };


# The endpoint answers again; a request in the worker whose fetch hangs, and one
# in another.
sub served {
    my ($gateway, $what) = @_;

    my ($owner, $other) = owner($gateway);
    my @requests = map { to_worker($gateway, $_, '/') } $owner, $other;

    $gateway->endpoint->fault('/token', undef);

    my $up = time;
    my @answers = $gateway->many(10, @requests);

    for my $where ('in its worker', 'in another worker') {
        my $answer = shift @answers;

        is($answer->{status}, 200, "$what: a request $where is served");
        cmp_ok($answer->{end} - $up, '<', BACK + SLACK, 'within 2 s');
        note sprintf 'after %.3f s', $answer->{end} - $up;
    }

    $gateway->stop;
    return;
}


{
    my $gateway = OAuth::Test::Life->new(life => 60,
                                         provider => 'prefetch on;');

    $gateway->endpoint->fault('/token', $silent);
    $gateway->start;
    $gateway->endpoint->wait_for('/token', 1);
    sleep 0.3;
    served($gateway, 'nginx starts with a silent provider');
}

{
    my $life = 2;
    my $gateway = OAuth::Test::Life->new(life => $life,
                                         provider => 'prefetch on;');
    my $endpoint = $gateway->endpoint;

    $gateway->start;
    $endpoint->wait_for('/token', 1);
    $endpoint->fault('/token', $silent);
    ok($endpoint->wait_for('/token', 2), 'a refresh in the background');

    my ($first) = $endpoint->requests('/token');
    my $left = $first->{time} + $life - time;

    sleep $left if $left > 0;
    $endpoint->answer('/token', answer('token', 60));
    served($gateway, 'it hangs, the token has ended');
}


# An outage has begun, and who tries whether it is over can wait: its own token
# still serves.
{
    my $life = 10;
    my $own = 'prefetch on; refresh_before 90%; backoff 200ms 400ms;'
              . 'fetch_timeout 3s;';
    my $gateway = OAuth::Test::Life->new(
        life => $life, provider => $own,
        more => { twin => 'token_endpoint http://127.0.0.1:TOKEN_PORT/token;'
                          . 'backoff 200ms 400ms;' });
    my $endpoint = $gateway->endpoint;
    my $reset = { rst => 1 };

    $endpoint->answer('/token', answer('token', $life), $reset, $reset,
                      $silent);
    $gateway->start;
    ok($endpoint->wait_for('/token', 4), 'a probe of an endpoint hangs');
    is($gateway->get('/')->{headers}{'x-cache'}, 'STALE', 'a token serves');

    my $up = time;
    my $status = 0;

    $endpoint->answer('/token', answer('token', $life));

    while ($status != 200 && time < $up + 10) {
        $status = $gateway->get('/twin')->{status};
        sleep 0.02;
    }

    is($status, 200, 'another provider with the same endpoint is served');
    cmp_ok(time - $up, '<', BACK + SLACK, 'within 2 s');
    note sprintf 'after %.3f s', time - $up;
    $gateway->stop;
}

done_testing();
