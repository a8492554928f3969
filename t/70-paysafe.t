# Paysafe embedded wallets: the requests of "Issue an Access Token", and its
# strong customer authentication (SCA).

use strict;
use warnings;
use lib 't/lib';

use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::Canary qw(canary);
use OAuth::Test::System;

my $host = 'api.test.paysafe.com';
my $path = '/digitalwallets/v1/auth/brands/liberty/token';
my $wallet = '/digitalwallets/v1/wallets/42';

# Both need form encoding before Basic.
my $secret = canary('secret');
my $basic = basic('gateway%3A1+%2B', "$secret%2F%3D%25%C3%A4");
my ($plain, $after_sca) = (canary('plain'), canary('sca'));

# As documented, with blanks where a list would have commas.
my $details = encode_base64('{"scaDetails":{"eventId":"06bdc2c0-cce-4b36-97ec'
    . '-281c8f5d743c","authenticationMode":"OUTSOURCED"}}', '');
my $challenge = qq(SCA realm="Authentication" auth-param1="$details");
my $proof = encode_base64('{"scaDetails":{"eventId":"06bdc2c0"}}', '');


sub start {
    my @answers = @_;

    my $system = OAuth::Test::System->new(hosts => [ $host ]);

    $system->server->answer($path, @answers);
    return $system->start(<<"END");
    preset         paysafe;
    environment    test;
    option         brand  liberty;
    client_id      "gateway:1 +";
    client_secret  "$secret/=%\xc3\xa4";
END
}

sub token {
    my ($token, $lifetime) = @_;

    my $refresh = canary('refresh');

    return {
        headers => [ 'Content-Type', 'application/json' ],
        body => qq({"access_token":"$token",$lifetime"refresh_token":)
            . qq("$refresh","refresh_expires_in":1800,"token_type":"Bearer",)
            . qq("id_token":"a.b.c","scope":"wallet"}),
    };
}

sub token_request { my $sca = shift; return <<"END" }
POST $path HTTP/1.1
Host: $host
Accept: application/json
Authorization: $basic
Content-Type: application/x-www-form-urlencoded
${sca}Content-Length: 29

grant_type=client_credentials
END

sub api_request {
    my ($token, @more) = @_;

    return join "\n", "GET $wallet HTTP/1.1", "Host: $host",
           "Authorization: Bearer $token", @more, '';
}


{
    my $system = start(token($plain, '"expires_in":300,'));

    lives($system->get($wallet), 300, 'expires_in is a number');

    my ($got, $api) = $system->server->requests;

    is_request($got, token_request(''), 'the token request');
    is_request($api, api_request($plain), 'the API request');
    $system->stop;
}

{
    my $system = start(token($plain, ''));

    lives($system->get($wallet), 300, 'without expires_in it is the default');
    $system->stop;
}

# The client is challenged, comes back with a proof, and only this proof gets
# what the endpoint gave for it.
{
    my $system = start(
        { status => 401, headers => [ 'WWW-Authenticate', $challenge ] },
        token($after_sca, '"expires_in":300,'),
        { status => 401, headers => [ 'WWW-Authenticate', $challenge ] },
    );

    my $answer = $system->get($wallet);

    is($answer->{status}, 401, 'SCA: the client is challenged');
    is($answer->{headers}{'www-authenticate'}, $challenge,
       'SCA: in the words of the provider');
    is($answer->{headers}{'cache-control'}, 'no-store',
       'SCA: and nobody keeps that');
    is($system->server->count($wallet), 0, 'SCA: nothing goes to the API');

    my @cache = map { $_->{headers}{'x-cache'} }
                map { $system->get($wallet, 'SCA-Authorization' => $proof) }
                1, 2;

    is("@cache", 'MISS HIT', 'SCA: the proof gets a token, once');

    sleep 1.1;
    is($system->get($wallet)->{status}, 401, 'SCA: without it there is none');

    my @got = $system->server->requests($path);
    my $sca = "SCA-Authorization: $proof";

    is(scalar @got, 3, 'SCA: three token requests');
    is_request($got[0], token_request(''), 'SCA: the first without proof');
    is_request($got[1], token_request("$sca\n"), 'SCA: the second with it');
    is_request($got[2], token_request(''), 'SCA: the third without');

    my @api = $system->server->requests($wallet);

    is(scalar @api, 2, 'SCA: the API was asked with the proof only');
    is_request($_, api_request($after_sca, $sca), 'SCA: the API request')
        for @api;
    $system->stop;
}

done_testing();
