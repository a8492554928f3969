# Whom the gateway believes that it is the provider, and who it says it is.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::CA;
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;
use OAuth::Test::TokenEndpoint;

my ($ca, $other_ca) = map { OAuth::Test::CA->new } 1, 2;
my $trust = 'proxy_ssl_trusted_certificate ' . $ca->file . ';';

sub endpoint {
    my ($cert) = @_;

    my $endpoint = OAuth::Test::TokenEndpoint->new(tls => $cert);

    $endpoint->answer('/token', { token => canary('token') . '-%d' });
    return $endpoint;
}

# What a request gets when this server is the token endpoint.
sub gateway {
    my ($endpoint, $lines, @more) = @_;

    return OAuth::Test::Gateway->new(
        endpoint => $endpoint, @more, provider =>
            "token_endpoint https://localhost:TOKEN_PORT/token; $lines",
    )->start;
}

sub works {
    my ($endpoint, $lines, $name, @more) = @_;

    my $gateway = gateway($endpoint, $lines, @more);

    is($gateway->get('/')->{body}, 'GET / ' . $gateway->token(1) . "\n", $name);
    $gateway->stop;

    return $endpoint->last_request('/token');
}

# The request is one record of TLS: the server has all of it or nothing.
sub fails {
    my ($endpoint, $lines, $name, @more) = @_;

    my $gateway = gateway($endpoint, $lines, @more);

    is($gateway->get('/')->{status}, 502, $name);
    is(scalar $endpoint->requests, 0, 'it gets no request');
    cmp_ok($endpoint->connections, '>', 0, 'though there was a connection');
    is($gateway->upstream->connections, 0, 'nothing is sent upstream');
    is(scalar(my @lines = $gateway->errors), 1, '[G13] a line in the log');
    $gateway->stop;

    return;
}


my $record = works(endpoint($ca->cert), $trust, 'a server of a trusted CA');
is($record->{sni}, 'localhost', 'is asked for by its name');

my %bad = (
    'another name'   => $ca->cert(san => [ 'DNS:other.example' ]),
    'a time over'    => $ca->cert(expired => 1),
    'no CA'          => $ca->cert(self_signed => 1),
    'an unknown CA'  => $other_ca->cert,
);

for my $name (sort keys %bad) {
    fails(endpoint($bad{$name}), $trust, "a certificate with $name");
}

works(endpoint($bad{'another name'}), "$trust proxy_ssl_name other.example;",
      'proxy_ssl_name is the name wanted');
works(endpoint($bad{'no CA'}), 'proxy_ssl_verify off;',
      '[H3] proxy_ssl_verify off: any certificate');


# Client certificates.
{
    my $mine = $ca->cert(cn => 'gateway');
    my $own = "proxy_ssl_certificate $mine->{cert};"
              . "proxy_ssl_certificate_key $mine->{key};";
    my @cert = $ca->cert(client_ca => $ca->file);

    $record = works(endpoint(@cert), $trust . $own, 'a client certificate');
    is($record->{client_cn}, 'gateway', 'is the one of the block');

    fails(endpoint(@cert), $trust, 'one of http{} is not presented',
          http => $own, allow => qr/alert certificate required/);

    my $theirs = $ca->cert(cn => 'http');
    my $level = "proxy_ssl_certificate $theirs->{cert};"
                . "proxy_ssl_certificate_key $theirs->{key};";

    $record = works(endpoint(@cert), $trust . $own,
                    'one in the block and one of http{}', http => $level);
    is($record->{client_cn}, 'gateway', 'that of the block is presented');
}


# What http{} says of TLS is for the user's own proxying.
fails(endpoint($ca->cert), '', '[H4] the CAs of the system, not that of http{}',
      http => $trust);
fails(endpoint($bad{'no CA'}), $trust, 'proxy_ssl_verify off of http{}',
      http => 'proxy_ssl_verify off;');
works(endpoint($ca->cert), $trust, 'names of http{}',
      http => 'proxy_ssl_name other.example; proxy_ssl_server_name off;');


# Two providers at the same address: a session that the first has verified
# must not open the door to the second, which trusts another CA.  The server is
# an nginx, since it resumes sessions.
{
    my $cert = $ca->cert;
    my $port = OAuth::Test::Nginx::free_port();
    my $token = canary('token');
    my $url = "token_endpoint https://localhost:$port/token;";
    my $gateway = OAuth::Test::Gateway->new(
        level => 'info',    # the server would log what it gets
        provider => $url . $trust,
        http => OAuth::Test::Gateway->block('q', $url
            . 'proxy_ssl_trusted_certificate ' . $other_ca->file . ';')
            . <<"END",
server {
    listen 127.0.0.1:$port ssl;
    ssl_certificate $cert->{cert};
    ssl_certificate_key $cert->{key};
    ssl_session_cache shared:server:1m;
    access_log DIR/logs/token.log;
    return 200 '{"access_token":"$token-1"}';
}
END
        server => 'location /q { oauth_token_provider q;'
                  . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }',
    )->start;

    is($gateway->get('/')->{body}, 'GET / ' . $gateway->token(1) . "\n",
       '[H9] the first provider trusts it');
    is($gateway->get('/q')->{status}, 502, '[H9] the second does not');
    is($gateway->nginx->logged('logs/token.log', 1) =~ tr/\n//, 1,
       '[H9] and sends it no request');
    $gateway->stop;
}

done_testing();
