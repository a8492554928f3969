# issuer over TLS: its certificate is verified as that of the token endpoint,
# with the lines of the provider, and a port that goes without saying may stand
# in its metadata.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::System;

my $issuer = 'https://login.example';
my $place = '/.well-known/openid-configuration';
my ($secret, $token) = map { canary($_) } qw(secret token);

my @cases = (
    [ 'the issuer', 'login.example', "$issuer/token", '200' ],
    [ 'the issuer with its port', 'login.example', "$issuer:443/token", '200' ],
    [ 'another port', 'login.example', "$issuer:4433/token",
      '502 other_host' ],
    [ 'the port of http', 'login.example', "$issuer:80/token",
      '502 other_host' ],
    [ 'a certificate of another', 'other.example', "$issuer/token",
      '502 connect' ],
);

for my $case (@cases) {
    my ($name, $certificate, $endpoint, $want) = @$case;

    my $system = OAuth::Test::System->new(hosts => [ $certificate ]);
    my $server = $system->server;

    $server->answer($_, { json => { issuer => "$issuer/",
                                    token_endpoint => $endpoint } })
        for $place, '/.well-known/oauth-authorization-server';
    $server->answer('/token', { token => $token });

    # the API needs no TLS here, but the same server has it
    $system->{hosts} = [ 'login.example' ];
    $system->start(<<"END", "proxy_ssl_name $certificate;");
    issuer           $issuer/;
    client_id        id;
    client_secret    $secret;
END

    my $answer = $system->get('/api');

    is(join(' ', $answer->{status}, $answer->{headers}{'x-error'} // ()),
       $want, "$name: $want");
    is($server->count('/token'), $want eq '200' ? 1 : 0,
       'the secret is sent to the issuer alone');
    is($server->count($place), $certificate eq 'login.example' ? 1 : 0,
       'which is asked first');
    $system->stop;
}

done_testing();
