# The wall clock goes ahead while the monotonic one does not, as after the host
# was asleep, or goes back: a token is used while both say that it lives.

use strict;
use warnings;
use lib 't/lib';

use List::Util qw(uniq);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep wall);
use OAuth::Test::Gateway qw(clients tally);
use OAuth::Test::Life::Clock qw(clocked start_clocked set_clock);

use constant { HOUR => 3600, YEAR => 365 * 86400 };

# Until nginx, which looks at its clock when something happens, has seen it.
use constant SEEN => 0.2;

my $gateway = OAuth::Test::Gateway->new(
    clocked(), workers => 2, level => 'info',
    http => OAuth::Test::Gateway->block('ahead', 'prefetch on;'
        . 'token_endpoint http://127.0.0.1:TOKEN_PORT/ahead;'),
    server => 'location = /ahead { oauth_token_provider ahead;'
              . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }');
my $endpoint = $gateway->endpoint;

$endpoint->answer($_, { token => canary('token') . '-%d',
                        expires_in => HOUR }) for '/token', '/ahead';
start_clocked($gateway);

# The numbers of the tokens that many requests went upstream with.
sub seen {
    my @answers = $gateway->many(5, clients(20, '/'));

    return (join(' ', sort { $a <=> $b }
                      uniq map { $_->{body} =~ /-(\d+)\n\z/ ? $1 : 0 }
                           @answers),
            tally(@answers));
}

sub clock {
    my $offset = shift;

    set_clock($gateway, $offset);
    sleep SEEN;
    $gateway->get('/ahead');
    sleep SEEN;
    return;
}

for my $case (
    [ 'the right time',          0,          1, '[C6]' ],
    [ 'most of its life',        HOUR - 600, 1, '[C6]' ],
    [ 'two hours ahead',         2 * HOUR,   2, '[C8]' ],
    [ 'ten years ahead',         10 * YEAR,  3, '[C7]' ],
    [ 'a leap second later',     10 * YEAR + 1, 3, '[C7]' ],
    [ 'the right time again',    0,          3, '[C7]' ],
    [ '1970',                    -int wall,  3, '[C7]' ],
    [ 'right again',             0,          3, '[C7]' ],
) {
    my ($name, $offset, $number, $row) = @$case;

    clock($offset);

    my ($numbers, $answers) = seen();

    is($numbers, $number, "$row $name: token $number for all")
        or diag $answers;
    is($gateway->fetches, $number, "$row $name: one fetch for each");
    unlike($answers, qr/\b50\d\b/, "$row $name: no request fails");
}

is($endpoint->count('/ahead'), 3, '[C7] nor more for one that is prefetched');
like($gateway->nginx->error_log,
     qr/\[warn\].*the wall clock is ahead.*provider: "/,
     '[C7] the log has a line of it');
cmp_ok(scalar(() = $gateway->nginx->error_log =~ /wall clock is ahead/g), '<=',
       2, '[C7] of each worker one');
$gateway->stop;
done_testing();
