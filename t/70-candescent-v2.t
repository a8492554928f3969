# Candescent Digital Banking (NCR), its current API: other names than the older
# one, and "scopes" in the plural.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::System;

my $host = 'api.candescent.com';
my ($key, $secret, $token) = map { canary($_) } qw(key secret token);
my $basic = basic($key, $secret);

my $system = OAuth::Test::System->new(hosts => [ $host ]);
my $path = '/digitalbanking/oauth2/v1/token';

$system->server->answer($path, {
    body => qq({"access_token":"$token","expires_in":"1800",)
            . '"token_type":"Bearer"}',
});
$system->start(<<"END");
    preset         candescent_v2;
    client_id      $key;
    client_secret  $secret;
    parameter      scopes         "accounts:read";
    header         institutionId  00516;
END

lives($system->get('/digitalbanking/accounts'), 1800, 'expires_in');

my ($got, $api) = $system->server->requests;

is_request($got, <<"END", 'the token request');
POST $path HTTP/1.1
Host: $host
Accept: application/json
Authorization: $basic
Content-Type: application/x-www-form-urlencoded
institutionId: 00516
transactionId: UUID
Content-Length: 52

grant_type=client_credentials&scopes=accounts%3Aread
END

is_request($api, <<"END", 'the API request');
GET /digitalbanking/accounts HTTP/1.1
Host: $host
Authorization: Bearer $token
institutionId: 00516
END

$system->stop;
done_testing();
