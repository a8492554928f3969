# Fiserv Card: the requests of its "Access Tokens" page.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::Canary qw(canary);
use OAuth::Test::System;

my $host = 'card-sandbox.api.fiservapps.com';
my $path = '/cs/oauth2/v1/token';
my ($key, $secret) = (canary('key'), canary('secret'));
my @token = (canary('first'), canary('second'));
my $basic = basic($key, $secret);

# As documented: all strings, and a token_type that no API knows.
sub answer {
    my ($token, $lifetime) = @_;

    return {
        headers => [ 'Content-Type', 'application/json' ],
        body => <<"END",
{
  "token_type": "BearerToken",
  "issued_at": "1596806825144",
  "api_key": "FPRlr",
  "access_token": "$token",
  "expires_in": "$lifetime"
}
END
    };
}


my $system = OAuth::Test::System->new(hosts => [ $host ],
                                      client_certificate => 1);
my $cert = $system->ca->cert(cn => 'acme');
my $certificate = <<"END";
    proxy_ssl_certificate      $cert->{cert};
    proxy_ssl_certificate_key  $cert->{key};
END

$system->server->answer($path, answer($token[0], 2), answer($token[1], 899));
$system->start(<<"END", $certificate);
    preset         fiserv_card;
    environment    sandbox;
    client_id      $key;
    client_secret  $secret;
    header         x-fapi-financial-id  12345678;
    $certificate
END

lives($system->get('/cs/v1/cards'), 2, 'expires_in is seconds');
sleep 2;
lives($system->get('/cs/v1/cards'), 899, 'as a string');

my @got = $system->server->requests($path);
my @api = $system->server->requests('/cs/v1/cards');
my @uuid = map { header($_, 'x-fapi-interaction-id') } @got;

is(scalar @got, 2, 'a second token when the first has ended');
isnt($uuid[0], $uuid[1], 'an x-fapi-interaction-id for each attempt');
is($_->{client_cn}, 'acme', 'the client certificate is shown') for @got, @api;

is_request($_, <<"END", 'the token request') for @got;
POST $path?scope=/cs/api HTTP/1.1
Host: $host
Accept: application/json
Authorization: $basic
Content-Type: application/x-www-form-urlencoded
x-fapi-financial-id: 12345678
x-fapi-interaction-id: UUID
Content-Length: 29

grant_type=client_credentials
END

is_request($api[$_], <<"END", 'the API request') for 0, 1;
GET /cs/v1/cards HTTP/1.1
Host: $host
Authorization: Bearer $token[$_]
x-fapi-financial-id: 12345678
END

$system->stop;
done_testing();
