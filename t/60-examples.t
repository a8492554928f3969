# Every file of conf.examples/ works as it stands: only secrets, port and CA
# are put in place, and the hosts in it lead to a server of the test.

use strict;
use warnings;
use lib 't/lib';

use File::Basename qw(basename);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::System;

use constant MAX_LINES => 40;

# Hosts, the token request, a client's URI and headers, the URI of the API,
# headers for it, and the one with the token.
# The whole token request stands in t/data/examples.table.
my %example = (
    'oauth2.conf' => {
        hosts => [ 'login.example.com', 'api.example.com' ],
        token => 'POST /oauth2/token', uri => '/orders/42',
    },
    'json_access_log.conf' => {
        hosts => [ 'login.example.com', 'api.example.com' ],
        token => 'POST /oauth2/token', uri => '/orders/42',
    },
    'vipps.conf' => {
        hosts => [ 'apitest.vipps.no' ],
        token => 'POST /accesstoken/get', uri => '/epayment/v1/payments/42',
        headers => {
            'Ocp-Apim-Subscription-Key' => canary('vipps_subscription_key'),
            'Merchant-Serial-Number' => '123456',
            'Vipps-System-Name' => 'acme-gateway',
            'Vipps-System-Version' => '1.0.0',
        },
    },
    'fiserv_card.conf' => {
        hosts => [ 'card-sandbox.api.fiservapps.com' ],
        token => 'POST /cs/oauth2/v1/token?scope=/cs/api',
        uri => '/cs/v1/cards',
        headers => { 'x-fapi-financial-id' => '12345678' },
        client_certificate => 1,
    },
    'firstvision.conf' => {
        hosts => [ 'stg34.visionplus.io' ],
        token => 'POST /sandbox/v1/api/oauth/token',
        uri => '/v1/accounts', api => '/sandbox/v1/accounts',
    },
    'firstvision_2022.conf' => {
        hosts => [ 'stg34.visionplus.io' ],
        token => 'POST /sandbox/v1/api/oauth/token'
                 . '?grant_type=client_credentials'
                 . '&scope=accounts%20cards%20customers',
        uri => '/v1/accounts', api => '/sandbox/v1/accounts',
    },
    'candescent.conf' => {
        hosts => [ 'api.candescent.com' ],
        token => 'POST /digitalbanking/v1/oauth/token',
        uri => '/digitalbanking/v1/accounts',
    },
    'candescent_v2.conf' => {
        hosts => [ 'api.candescent.com' ],
        token => 'POST /digitalbanking/oauth2/v1/token',
        uri => '/digitalbanking/accounts',
        headers => { institutionId => '00516' },
    },
    'paysafe.conf' => {
        hosts => [ 'api.test.paysafe.com' ],
        token => 'POST /digitalwallets/v1/auth/brands/liberty/token',
        uri => '/digitalwallets/v1/wallets',
    },
    'fiserv_banking_hub.conf' => {
        hosts => [ 'cert.api.fiservapps.com' ],
        token => 'POST /fts-apim/oauth2/v2',
        uri => '/banking/efx/v1/partyservice',
    },
    'paypal.conf' => {
        hosts => [ 'api-m.sandbox.paypal.com' ],
        token => 'POST /v1/oauth2/token',
        uri => '/v2/checkout/orders',
    },
    'mastercard_open_finance.conf' => {
        hosts => [ 'api.finicity.com' ],
        token => 'POST /aggregation/v2/partners/authentication',
        uri => '/aggregation/v1/customers',
        inject => 'Finicity-App-Token',
    },
    'worldline_acquiring.conf' => {
        hosts => [ 'auth-test-eu-west-1.aws.bambora.com',
                   'api.preprod.acquiring.worldline-solutions.com' ],
        token => 'POST /connect/token',
        uri => '/processing/v1/100/200/payments',
    },
    'mpesa.conf' => {
        hosts => [ 'sandbox.safaricom.co.ke' ],
        token => 'GET /oauth/v1/generate?grant_type=client_credentials',
        uri => '/mpesa/stkpush/v1/processrequest',
    },
    'mtn_momo.conf' => {
        hosts => [ 'sandbox.momodeveloper.mtn.com' ],
        token => 'POST /collection/token/',
        uri => '/collection/v1_0/requesttopay',
    },
    'microsoft_entra.conf' => {
        hosts => [ 'login.microsoftonline.com', 'graph.microsoft.com' ],
        token => 'POST /contoso.onmicrosoft.com/oauth2/v2.0/token',
        uri => '/v1.0/users',
    },
    'auth0.conf' => {
        hosts => [ 'acme.eu.auth0.com', 'api.example.com' ],
        token => 'POST /oauth/token',
        uri => '/orders/42',
    },
    'okta.conf' => {
        hosts => [ 'acme.okta.com' ],
        token => 'POST /oauth2/v1/token',
        uri => '/api/v1/users',
    },
    'keycloak.conf' => {
        hosts => [ 'sso.example.com', 'api.example.com' ],
        token => 'POST /realms/acme/protocol/openid-connect/token',
        uri => '/orders/42',
    },
    'cognito.conf' => {
        hosts => [ 'acme.auth.eu-north-1.amazoncognito.com',
                   'api.example.com' ],
        token => 'POST /oauth2/token',
        uri => '/orders/42',
    },
    'google_service_account.conf' => {
        hosts => [ 'oauth2.googleapis.com', 'storage.googleapis.com' ],
        token => 'POST /token',
        uri => '/storage/v1/b/acme/o',
    },
    'salesforce.conf' => {
        hosts => [ 'acme.my.salesforce.com' ],
        token => 'POST /services/oauth2/token',
        uri => '/services/data/v62.0/limits',
    },
    'tenants.conf' => {
        hosts => [ 'apitest.vipps.no' ],
        token => 'POST /accesstoken/get',
        uri => '/epayment/v1/payments/42',
        client => { 'Merchant-Serial-Number' => '123456' },
        headers => { 'Merchant-Serial-Number' => '123456' },
    },
);


# The text inside of http{}, with what only this machine can know.
sub localize {
    my ($system, $text) = @_;

    my $nginx = $system->nginx;
    my $cert = $system->{gateway} //= $system->ca->cert(cn => 'gateway');
    my ($port, $trusted) = ($nginx->port, $system->ca->file);
    my ($http) = $text =~ /^http \{\n(.*)^\}\n\z/ms or die 'no http{}';

    $http =~ s{listen 127\.0\.0\.1:8080;}{listen 127.0.0.1:$port;}
        or die 'no listen';
    $http =~ s{/etc/ssl/certs/ca-certificates\.crt}{$trusted}
        or die 'no CA';
    $http =~ s{^( *oauth_provider \S+ \{\n)}
              {$1proxy_ssl_trusted_certificate $trusted;\n}m
        or die 'no oauth_provider';

    $http =~ s{/var/log/nginx/}{logs/}g;
    $http =~ s{/etc/nginx/secrets/\w+\.crt;}{$cert->{cert};}g;
    $http =~ s{/etc/nginx/secrets/\w+\.key;}{$cert->{key};}g;
    $http =~ s{file:/etc/nginx/secrets/\w+_pem\b}
              {'file:' . ($system->{rsa_key} //= $system->ca->rsa_key)}ge;
    $http =~ s{include /etc/nginx/secrets/(\w+)\.map;}
              {'123456 ' . canary($1) . ';'}ge;
    $http =~ s{/etc/nginx/secrets/(\w+)}
              {$nginx->file("conf/$1", canary($1) . "\n")}ge;

    return $system->upstreams . $http;
}


# One system for all that want no certificate of the client, one for the rest.
my %system;

sub system_for {
    my $case = shift;

    my $wants = $case->{client_certificate} // 0;
    my %host = map { $_ => 1 } map { @{ $_->{hosts} } }
               grep { ($_->{client_certificate} // 0) == $wants }
               values %example;

    return $system{$wants} //= OAuth::Test::System->new(
        hosts => [ sort keys %host ], client_certificate => $wants);
}


# One request through the example; returns that of the API.
sub api_request {
    my ($name, $system, $token) = @_;

    my $case = $example{$name};
    my $path = $case->{token} =~ s/\A\w+ |\?.*//gr;
    my $server = $system->server;

    $server->reset;
    $server->answer($path, { token => $token, fields => { token => $token } });
    $system->nginx->start;

    is($system->get($case->{uri}, %{ $case->{client} // {} })->{status}, 200, "$name: the API answers");
    is(join("\n", map { $_->{line} } $server->requests($path)),
       "$case->{token} HTTP/1.1", "$name: one token request");
    is($_->{client_cn}, 'gateway', "$name: with the client certificate")
        for grep { $case->{client_certificate} } $server->requests;

    return $server->last_request($case->{api} // $case->{uri});
}


is_deeply([ sort map { basename($_) } glob 'conf.examples/*.conf' ],
          [ sort keys %example ], 'every example has a test');

for my $name (sort keys %example) {
    my $case = $example{$name};

    open my $in, '<', "conf.examples/$name" or die "$name: $!";
    my @lines = <$in>;

    cmp_ok(scalar @lines, '<=', MAX_LINES, "$name: read at a glance");

    my $system = system_for($case);
    my $nginx = $system->nginx;

    $nginx->{allow} = qr/\[emerg\]/ if $case->{pending};
    $nginx->http(localize($system, join '', @lines));

    my ($code, $said) = $nginx->test;

    if ($case->{pending}) {
        isnt($code, 0, "$name: waits for a feature");
        next;
    }

    is($code, 0, "$name: nginx takes it") or diag $said;
    unlike($said, qr/\[warn\]/, "$name: without a warning");
    next if $code != 0;

    my $token = canary("token_of_$name" =~ s/\W/_/gr);
    my $api = api_request($name, $system, $token);

    is($api->{sni}, $case->{hosts}[-1], "$name: the API is called by its name");
    is(header($api, $case->{inject} // 'Authorization'),
       $case->{inject} ? $token : "Bearer $token", "$name: with the token");
    is(header($api, $_), $case->{headers}{$_},
       "$name: the API gets $_") for sort keys %{ $case->{headers} };

    $nginx->stop;
}

done_testing();
