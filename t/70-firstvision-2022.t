# Fiserv FirstVision: the requests of "Get Access Token" as of 2022.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use MIME::Base64 qw(encode_base64url);
use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::Canary qw(canary watch);
use OAuth::Test::System;

my $host = 'stg34.visionplus.io';
my $path = '/sandbox/v1/api/oauth/token';
my ($id, $secret) = map { canary($_) } qw(id secret);
my $json = JSON::PP->new->canonical;


# Like the documented one: a JWT whose "exp" is also the "expires_in".
sub answer_until {
    my $moment = shift;

    my $jwt = join '.', map { encode_base64url($_) } '{"alg":"RS256"}',
        $json->encode({ scope => 'edit', client_id => 'POC_NAB_Dev',
                        firstVisionId => '00000AUNAB', exp => $moment }),
        canary('signature');

    return (watch($jwt, 'jwt'), {
        headers => [ 'Content-Type', 'application/json' ],
        body => qq({"access_token":"$jwt","expires_in":$moment,)
                . '"token_type":"Bearer"}',
    });
}

# What its documentation shows for a wrong secret: an array.
my $refusal = <<'END';
[
  {
    "detail": "Please refer to invalid-params for error details",
    "errorCode": "240101",
    "instance": "/v1/api/oauth/token",
    "invalid-params": [
      "Invalid client credentials or scope"
    ],
    "source": "AGT",
    "status": 401,
    "title": "Unauthorized"
  }
]
END


my $system = OAuth::Test::System->new(hosts => [ $host ]);
my ($jwt, $good) = answer_until(time + 7200);

# the moment that its documentation shows, in June of 2025
my (undef, $past) = answer_until(1750392000);

$system->server->answer($path, $past, { status => 401, body => $refusal },
                        $good);
$system->start(<<"END");
    preset          firstvision_2022;
    token_endpoint  https://$host$path;
    client_id       $id;
    client_secret   $secret;
    scope           "accounts cards";
END

my $answer = $system->get('/sandbox/v1/accounts');

is($answer->{status}, 502, 'a moment that has passed is no lifetime');
is($answer->{headers}{'x-error'}, 'expired', 'and has a name');

sleep 1.1;
is($system->get('/sandbox/v1/accounts')->{status}, 502,
   'a 401 of the endpoint is not for the client');
like($system->nginx->error_log, qr/Invalid client credentials or scope/,
     'its text is in the error log');
is($system->server->count('/sandbox/v1/accounts'), 0,
   'nothing has gone to the API');

sleep 2.1;
lives($system->get('/sandbox/v1/accounts'), 7200, 'expires_in is a moment');

my @got = $system->server->requests($path);
my $basic = basic($id, $secret);

is(scalar @got, 3, 'an attempt after each pause');
is_request($_, <<"END", 'the token request') for @got;
POST $path?grant_type=client_credentials&scope=accounts%20cards HTTP/1.1
Host: $host
Accept: application/json
Authorization: $basic
Content-Type: application/json
Content-Length: 0
END

is_request($system->server->last_request('/sandbox/v1/accounts'),
           <<"END", 'the API request');
GET /sandbox/v1/accounts HTTP/1.1
Host: $host
Authorization: Bearer $jwt
END

$system->stop;
done_testing();
