# A token that the upstream has refused is not used again by another worker,
# though the zone has not even room to tell of it.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;
use OAuth::Test::Refusal qw(fresh tokens_of);
use OAuth::Test::Worker qw(ask_worker);

# A token is dropped when it is that old; more keys than the zone has entries.
use constant { OLD => 5.3, OTHERS => 40 };

my @others = map { "q$_" } 1 .. OTHERS;
my $gateway = OAuth::Test::Gateway->new(
    workers  => 2,
    http     => 'oauth_token_zone zone=small:32k;'
        . join('', map { OAuth::Test::Gateway->block($_,
            "zone small; token_endpoint http://127.0.0.1:TOKEN_PORT/$_;") }
               @others),
    provider => 'zone small;',
    server   => join '', map { "location /$_ { oauth_token_provider $_;"
                               . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT;'
                               . " }\n" } @others);

$gateway->endpoint->answer("/$_", { token => canary('token') . '-%d' })
    for @others;
$gateway->start;

my ($one, $two) = $gateway->nginx->workers;

is(ask_worker($gateway, $_, '/')->{status}, 200, 'both workers have it')
    for $one, $two;
is($gateway->fetches, 1, 'the same token');
sleep OLD;

fresh($gateway, '/x');
is(ask_worker($gateway, $one, '/x', 'POST', 'a')->{status}, 401,
   'it is refused');
is(scalar(grep { $gateway->get("/$_")->{status} != 200 } @others), 0,
   'others take its place');
is(ask_worker($gateway, $two, '/x')->{status}, 200, 'the other worker');
is(tokens_of($gateway, '/x'), '1 2', 'gets a fresh one');
is(ask_worker($gateway, $one, '/x')->{status}, 200, 'and the first one');
is($gateway->fetches, 2, 'with one fetch');
$gateway->stop;

done_testing();
