# Fiserv FirstVision: the JSON body of its current API.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::System;

my $host = 'stg34.visionplus.io';
my $path = '/sandbox/v1/api/oauth/token';
my ($id, $secret, $token) = map { canary($_) } qw(id secret token);

my $system = OAuth::Test::System->new(hosts => [ $host ]);

$system->server->answer($path, {
    body => qq({"access_token":"$token","expires_in":7199,)
            . '"token_type":"Bearer"}',
});
$system->start(<<"END");
    preset           firstvision;
    token_endpoint   https://$host$path;
    client_id        $id;
    client_secret    $secret;
    scope            "accounts cards";
    upstream_header  businessUnit  AU01;
END

lives($system->get('/sandbox/v1/accounts'), 7199, 'expires_in is seconds');

my ($got, $api) = $system->server->requests;
my $length = length $got->{body};

is_deeply(decode_json($got->{body}), {
    client_id => $id, client_secret => $secret, scope => 'accounts cards',
    grant_type => 'client_credentials',
}, 'the body of the token request');

is_request({ %$got, body => '' }, <<"END", 'the head of the token request');
POST $path HTTP/1.1
Host: $host
Accept: application/json
Content-Type: application/json
Content-Length: $length
END

is_request($api, <<"END", 'the API request');
GET /sandbox/v1/accounts HTTP/1.1
Host: $host
Authorization: Bearer $token
businessUnit: AU01
END

$system->stop;
done_testing();
