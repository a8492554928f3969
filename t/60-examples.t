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

# hosts, the token request, a client's URI, that of the API, headers for it
my %example = (
    'oauth2.conf' => {
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
);


# The text inside of http{}, with what only this machine can know.
sub localize {
    my ($system, $text) = @_;

    my $nginx = $system->nginx;
    my ($port, $trusted) = ($nginx->port, $system->ca->file);
    my ($http) = $text =~ /^http \{\n(.*)^\}\n\z/ms or die 'no http{}';

    $http =~ s{listen 127\.0\.0\.1:8080;}{listen 127.0.0.1:$port;}
        or die 'no listen';
    $http =~ s{/etc/ssl/certs/ca-certificates\.crt}{$trusted}
        or die 'no CA';
    $http =~ s{^( *oauth_provider \S+ \{\n)}
              {$1proxy_ssl_trusted_certificate $trusted;\n}m
        or die 'no oauth_provider';

    my $cert = $system->ca->cert(cn => 'gateway');

    $http =~ s{/etc/nginx/secrets/\w+\.crt;}{$cert->{cert};}g;
    $http =~ s{/etc/nginx/secrets/\w+\.key;}{$cert->{key};}g;
    $http =~ s{/etc/nginx/secrets/(\w+);}
              {$nginx->file("conf/$1", canary($1) . "\n") . ';'}ge;

    return $system->upstreams . $http;
}


is_deeply([ sort map { basename($_) } glob 'conf.examples/*.conf' ],
          [ sort keys %example ], 'every example has a test');

for my $name (sort keys %example) {
    my $case = $example{$name};
    my $token = canary("token_of_$name" =~ s/\W/_/gr);
    my $path = $case->{token} =~ s/\APOST |\?.*//gr;

    open my $in, '<', "conf.examples/$name" or die "$name: $!";
    my @lines = <$in>;

    cmp_ok(scalar @lines, '<=', MAX_LINES, "$name: read at a glance");

    my $system = OAuth::Test::System->new(%$case);
    my $nginx = $system->nginx;

    $system->server->answer($path, { token => $token });
    $nginx->http(localize($system, join '', @lines));

    my ($code, $said) = $nginx->test;

    is($code, 0, "$name: nginx takes it") or diag $said;
    unlike($said, qr/\[warn\]/, "$name: without a warning");
    next if $code != 0;

    $nginx->start;

    my $uri = $case->{api} // $case->{uri};

    is($nginx->get($case->{uri})->{body}, "GET $uri Bearer $token\n",
       "$name: the API gets the token");
    is(join("\n", map { $_->{line} } $system->server->requests($path)),
       "$case->{token} HTTP/1.1", "$name: of one token request");

    my $api = $system->server->last_request($uri);

    is($api->{sni}, $case->{hosts}[-1], "$name: the API is called by its name");
    is(header($api, $_), $case->{headers}{$_},
       "$name: the API gets $_") for sort keys %{ $case->{headers} };
    is($_->{client_cn}, 'gateway', "$name: with the client certificate")
        for grep { $case->{client_certificate} } $system->server->requests;

    $nginx->stop;
}

done_testing();
