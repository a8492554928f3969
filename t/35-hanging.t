# A fetch that hangs does not keep requests from a provider that is back: not
# one that nobody has asked for, whichever worker it is in, nor one of another
# provider.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Life qw(SLACK answer);
use OAuth::Test::Worker qw(owner to_worker);

# what is promised, in seconds
use constant BACK => 2;

my $silent = { never => 1 };


# The endpoint answers again; a request in the worker whose fetch hangs, or in
# another.
sub served {
    my ($gateway, $where, $what) = @_;

    my %worker;

    @worker{qw(own other)} = owner($gateway);

    my $request = to_worker($gateway, $worker{$where}, '/');

    $gateway->endpoint->fault('/token', undef);

    my $up = time;
    my ($answer) = $gateway->many(10, $request);

    is($answer->{status}, 200, $what);
    cmp_ok($answer->{end} - $up, '<', BACK + SLACK, 'is served within 2 s');
    note sprintf 'after %.3f s', $answer->{end} - $up;
    $gateway->stop;

    return;
}


my %request = (own => 'a request in its worker',
               other => 'a request in another worker');

for my $where (sort keys %request) {
    my $gateway = OAuth::Test::Life->new(life => 60,
                                         provider => 'prefetch on;');

    $gateway->endpoint->fault('/token', $silent);
    $gateway->start;
    $gateway->endpoint->wait_for('/token', 1);
    served($gateway, $where,
           "[I18] nginx starts with a silent provider: $request{$where}");
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
    served($gateway, 'other',
           "it hangs, the token has ended: $request{other}");
}


# An outage has begun, and who tries whether it is over can wait: its own token
# still serves.
{
    my $life = 10;
    my $own = 'prefetch on; refresh_before 90%; backoff 200ms 400ms;'
              . 'fetch_timeout 2500ms;';
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
