# Vipps MobilePay: the requests of its "Access token API guide", and those of
# the newer endpoint /miami/v1/token.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::System;

my $host = 'apitest.vipps.no';
my $id = 'fb492b5e-7907-4d83-ba20-c7fb60ca35de';
my $secret = canary('secret', '+/==');
my $key = canary('subscription');
my $token = canary('token');

# As documented: every member is a string.
my $documented = <<"END";
{
  "token_type": "Bearer",
  "expires_in": "86398",
  "ext_expires_in": "0",
  "expires_on": "1495271273",
  "not_before": "1495184574",
  "resource": "00000002-0000-0000-c000-000000000000",
  "access_token": "$token"
}
END


{
    my $system = OAuth::Test::System->new(hosts => [ $host ]);

    $system->server->answer('/accesstoken/get', {
        headers => [ 'Content-Type', 'application/json;charset=UTF-8' ],
        body => $documented,
    });
    $system->start(<<"END");
    preset         vipps;
    environment    test;
    client_id      $id;
    client_secret  $secret;
    header  Ocp-Apim-Subscription-Key    $key;
    header  Merchant-Serial-Number       123456;
    header  Vipps-System-Name            "Acme Enterprises Ecommerce DeLuxe";
    header  Vipps-System-Version         3.1.2;
    header  Vipps-System-Plugin-Name     acme-webshop;
    header  Vipps-System-Plugin-Version  4.5.6;
END

    my $answer = $system->get('/epayment/v1/payments/42');
    my ($got, $api) = $system->server->requests;

    is($answer->{status}, 200, 'the client is served');
    lives($answer, 86398, 'expires_in is a string');

    is_request($got, <<"END", 'the token request');
POST /accesstoken/get HTTP/1.1
Host: $host
Accept: application/json
client_id: $id
client_secret: $secret
Ocp-Apim-Subscription-Key: $key
Merchant-Serial-Number: 123456
Vipps-System-Name: Acme Enterprises Ecommerce DeLuxe
Vipps-System-Version: 3.1.2
Vipps-System-Plugin-Name: acme-webshop
Vipps-System-Plugin-Version: 4.5.6
Content-Length: 0
END

    is_request($api, <<"END", 'the API request');
GET /epayment/v1/payments/42 HTTP/1.1
Host: $host
Authorization: Bearer $token
Ocp-Apim-Subscription-Key: $key
Merchant-Serial-Number: 123456
Vipps-System-Name: Acme Enterprises Ecommerce DeLuxe
Vipps-System-Version: 3.1.2
Vipps-System-Plugin-Name: acme-webshop
Vipps-System-Plugin-Version: 4.5.6
END

    $system->stop;
}


# The newer endpoint must not get the subscription key, the API still does.
{
    my $system = OAuth::Test::System->new(hosts => [ $host ]);

    $system->server->answer('/miami/v1/token', {
        headers => [ 'Content-Type', 'application/json' ],
        body => qq({"access_token":"$token","token_type":"Bearer",)
                . '"expires_in":900}',
    });
    $system->start(<<"END");
    preset           vipps_miami;
    environment      test;
    client_id        $id;
    client_secret    $secret;
    upstream_header  Ocp-Apim-Subscription-Key  $key;
    upstream_header  Merchant-Serial-Number     123456;
END

    my $answer = $system->get('/epayment/v1/payments/42');
    my ($got, $api) = $system->server->requests;
    my $basic = basic($id, $secret);

    lives($answer, 900, 'miami: expires_in is a number');

    is_request($got, <<"END", 'miami: the token request');
POST /miami/v1/token HTTP/1.1
Host: $host
Accept: application/json
Authorization: $basic
Content-Type: application/x-www-form-urlencoded
Content-Length: 29

grant_type=client_credentials
END

    is_request($api, <<"END", 'miami: the API request');
GET /epayment/v1/payments/42 HTTP/1.1
Host: $host
Authorization: Bearer $token
Ocp-Apim-Subscription-Key: $key
Merchant-Serial-Number: 123456
END

    $system->stop;
}

done_testing();
