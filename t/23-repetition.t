# A token request that nobody answered is sent once more, at once.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(time);
use OAuth::Test::Gateway;

my $good = { token => canary('token') . '-%d' };

# what the endpoint answers, in this order, and what comes of it
my @cases = (
    [ 'a reset, then a token', [ { rst => 1 }, $good ], 200, 2, '' ],
    [ 'closed without a byte, then a token', [ { raw => '' }, $good ],
      200, 2, '' ],
    [ 'resets for ever', [ { rst => 1 } ], 502, 2, 'closed' ],
    [ 'an answer that is cut off', [ { %$good, cut => 120 }, $good ],
      502, 1, 'incomplete' ],
    [ 'a server error', [ { status => 500 }, $good ], 502, 1, 'http_500' ],
    [ 'a refusal', [ { status => 400 }, $good ], 502, 1, 'http_400' ],
);

for my $case (@cases) {
    my ($name, $answers, $status, $fetches, $error) = @$case;
    my $gateway = OAuth::Test::Gateway->new;

    $gateway->endpoint->answer('/token', @$answers);
    $gateway->start;

    my $start = time;
    my $answer = $gateway->get('/');
    my $took = time - $start;

    is($answer->{status}, $status, "[E5] $name: $status");
    is($gateway->fetches, $fetches, "[E5] sent $fetches times");
    is($answer->{headers}{'x-error'} // '', $error, "the reason is '$error'");
    cmp_ok($took, '<', 1, 'at once');
    is(scalar $gateway->errors, $status == 200 ? 0 : 1,
       'a line in the log for what failed in the end');
    $gateway->stop;
}

# The two share one fetch_timeout.
{
    my $gateway = OAuth::Test::Gateway->new(
        provider => 'fetch_timeout 1s;');

    $gateway->endpoint->answer('/token', { rst => 1, delay => 0.7 },
                               { never => 1 });
    $gateway->start;

    my $start = time;

    is($gateway->get('/')->{status}, 504, 'a repetition that takes too long');
    cmp_ok(time - $start, '<', 1.4, '[E5] ends with the time of the first');
    $gateway->stop;
}

done_testing();
