# Candescent Digital Banking (NCR), its older API: the requests of "Create
# Access Token".

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::Canary qw(canary);
use OAuth::Test::System;

my $host = 'api.candescent.com';
my ($key, $secret, $token) = map { canary($_) } qw(key secret token);
my $refresh = canary('refresh');
my $basic = basic($key, $secret);


# The older API: no token_type, strings only.
{
    my $system = OAuth::Test::System->new(hosts => [ $host ]);
    my $path = '/digitalbanking/v1/oauth/token';
    my $members = qq("di_fiid":"00516","di_ficustomer":"",)
                  . qq("access_token":"$token","refresh_token":"$refresh",)
                  . '"refresh_token_expires_in":"86400"';

    $system->server->answer($path,
        map { { headers => [ 'Content-Type', 'application/json' ],
                body => qq({"expires_in":"$_",$members}) } } 2, 1799);
    $system->start(<<"END");
    preset          candescent;
    client_id       $key;
    client_secret   $secret;
    request_header  User-Agent  iPhone/1.0/abc12345;
    request_header  di_fiid     00516;
END

    my @answers = $system->get('/digitalbanking/v1/accounts',
                               'User-Agent' => 'a client');
    sleep 2;
    push @answers, $system->get('/digitalbanking/v1/accounts');

    lives($answers[0], 2, 'expires_in is a string');
    lives($answers[1], 1799, 'of seconds');

    my @got = $system->server->requests($path);
    my @uuid = map { header($_, 'di_tid') } @got;

    is(scalar @got, 2, 'a second token when the first has ended');
    isnt($uuid[0], $uuid[1], 'a di_tid for each attempt');

    for my $grant ('client_credentials',
                   "refresh_token&refresh_token=$refresh") {
        my $body = "grant_type=$grant";

        is_request(shift @got, <<"END", 'the token request');
POST $path HTTP/1.1
Host: $host
Accept: application/json
Authorization: $basic
Content-Type: application/x-www-form-urlencoded
User-Agent: iPhone/1.0/abc12345
di_fiid: 00516
di_tid: UUID
Content-Length: @{[ length $body ]}

$body
END
    }

    is_request($system->server->last_request('/digitalbanking/v1/accounts'),
               <<"END", 'the API request');
GET /digitalbanking/v1/accounts HTTP/1.1
Host: $host
Authorization: Bearer $token
END

    $system->stop;
}


# Asked for JSON it may still answer in XML, and its errors are its own.
{
    my $system = OAuth::Test::System->new(hosts => [ $host ]);
    my $path = '/digitalbanking/v1/oauth/token';

    $system->server->answer($path, {
        headers => [ 'Content-Type', 'application/xml' ],
        body => "<token><access_token>$token</access_token></token>",
    }, {
        status => 401,
        body => '{"statusMessage":"no","errorInfo":{"errorType":"USER_ERROR",'
                . '"errorCode":"1","errorMessage":"FI is not authorised"}}',
    });
    $system->start(<<"END");
    preset         candescent;
    client_id      $key;
    client_secret  $secret;
    header         User-Agent  acme/1.0;
    header         di_fiid     00516;
END

    my $answer = $system->get('/digitalbanking/v1/accounts');

    is($answer->{status}, 502, 'XML is no token');
    is($answer->{headers}{'x-error'}, 'xml', 'and is called by its name');

    sleep 1.1;
    is($system->get('/digitalbanking/v1/accounts')->{status}, 502,
       'an error is none either');
    like($system->nginx->error_log, qr/"FI is not authorised"/,
         'its text is in the error log');
    is($system->server->count('/digitalbanking/v1/accounts'), 0,
       'nothing goes to the API');
    $system->stop;
}

done_testing();
