# Tokens of tenants are refreshed, refused and purged, each for itself.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::Build qw(bound);
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request);
use OAuth::Test::Gateway;
use OAuth::Test::Tenants;

use constant SLACK => bound(0.3, 1);

# A refresh that is due is made with the values of the request that sees it.
{
    my $gateway = gateway(provider => 'refresh_before 90%;');

    answer($gateway, expires_in => 4, delay => 0.3);
    is(got($gateway, 'a') . got($gateway, 'b'), '12', 'two tenants');
    sleep 0.5;
    is($gateway->fetches, 2, 'nobody refreshes what nobody wants');
    is(ask($gateway, 'a'), '200 STALE', 'the first that comes late');
    is(ask($gateway, 'a'), '200 STALE', 'the second, meanwhile');
    ok($gateway->endpoint->wait_for('/token', 3), 'it is fetched');
    sleep 0.3 + SLACK;
    is(asked($gateway, 'a') . asked($gateway, 'b'), '21',
       'one fetch, for that tenant');
    is(got($gateway, 'a'), 3, 'then the new one is there');
    is(got($gateway, 'b'), 2, 'the other has its own still');
    $gateway->stop;
}


# Upstream refuses a tenant's token.
{
    my $gateway = gateway();
    my ($api, $token) = ($gateway->upstream, canary('token'));

    # older than the age of tokens that are kept whatever an upstream says
    is(got($gateway, 'a') . got($gateway, 'b'), '12', 'two tenants');
    sleep 5.1;
    $api->answer('/', { echo => 1, tokens => { 1 => { status => 401 } } });

    my $answer = one($gateway, 'a');

    is("$answer->{status} $answer->{headers}{'x-cache'}", '200 RETRY',
       'a token that is refused');
    like($answer->{body}, qr/$token-a-3$/, "is replaced by that tenant's next");
    is(got($gateway, 'a') . got($gateway, 'b'), '32', 'not by another');
    is(asked($gateway, 'a') . asked($gateway, 'b'), '21', 'with one fetch');
    $gateway->stop;
}


# A purge takes all tenants of a provider.
{
    my $gateway = gateway(
        http => OAuth::Test::Gateway->block('q', 'client_id $http_x_tenant;'),
        server => 'location = /purge { oauth_token_purge; }'
            . 'location /q { oauth_token_provider q;'
            . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }');

    ask($gateway, $_) for 'a' .. 'e';
    $gateway->get('/q', 'X-Tenant', $_) for 'a', 'b';
    is($gateway->fetches, 7, 'tokens of two providers');
    is(request($gateway->port, 'POST', '/purge?provider=p', undef)->{status},
       204, 'one is purged');
    is(join(' ', map { ask($gateway, $_) } 'a' .. 'e'),
       join(' ', ('200 MISS') x 5), 'all of its tenants have gone');
    is(join(' ', map { $gateway->get('/q', 'X-Tenant', $_)->{headers}{'x-cache'}
                     } 'a', 'b'), 'HIT HIT', 'those of the other have not');
    $gateway->stop;
}

done_testing();
