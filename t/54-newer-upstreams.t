# What nginx 1.29 and later can do with an upstream: HTTP/2, and early hints.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway qw(tally clients);
use OAuth::Test::Nginx;
use OAuth::Test::Refusal qw(fresh tokens_of);

plan skip_all => 'this nginx has no HTTP/2 to upstreams'
    if OAuth::Test::Nginx::version() < 1.029004;

# Servers that speak HTTP/2 only stand before those of the test.
my $gateway = OAuth::Test::Gateway->new(
    http => OAuth::Test::Gateway->block('q',
        'token_endpoint http://127.0.0.1:TOKEN_PORT/other;')
        . join('', map { <<"END" } [ 'api', 'UPSTREAM' ], [ 'auth', 'TOKEN' ]),
upstream $_->[0] { server unix:DIR/$_->[0].sock; }
server {
    listen unix:DIR/$_->[0].sock;
    http2 on;
    error_log DIR/logs/front.log info;
    location / {
        proxy_set_header X-Protocol \$server_protocol;
        proxy_set_header Host \$host;
        proxy_pass http://127.0.0.1:$_->[1]_PORT;
    }
}
END
    provider => 'token_endpoint http://auth/token; insecure_http on;'
        . 'proxy_http_version 2;',
    server => <<'END',
location /h2 {
    oauth_token_provider p;
    proxy_http_version 2;
    proxy_pass http://api;
}
location /hints {
    oauth_token_provider q;
    early_hints 1;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
END
);

sub header {
    my ($request, $name) = @_;

    return join ', ', map { $_->[1] } grep { lc $_->[0] eq lc $name }
        @{ $request->{headers} };
}

# An answer after early hints.
sub hinted {
    my ($line, $body) = @_;

    return { raw => "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
        . "HTTP/1.1 $line\r\nContent-Length: " . length($body) . "\r\n\r\n$body" };
}

$gateway->endpoint->answer("/$_", {
    token => canary($_) . '-%d', delay => 0.3,
}) for 'token', 'other';
$gateway->start;

is(tally($gateway->many(10, clients(10, '/h2'))), '200 MISS: 1, 200 WAIT: 9',
   'a token endpoint and an upstream by HTTP/2');

my $asked = $gateway->endpoint->last_request('/token');
is(header($asked, 'X-Protocol'), 'HTTP/2.0', 'the token request came by it');
is($asked->{body}, 'grant_type=client_credentials', 'with its body');
like(header($asked, 'Authorization'), qr/^Basic /, 'and the credentials');

my $request = $gateway->upstream->last_request('/h2');
is(header($request, 'X-Protocol'), 'HTTP/2.0', 'the request, too');
is(header($request, 'Authorization'), $gateway->token(1), 'with the token');

$gateway->get('/h2/own', Authorization => 'Bearer mine');
is(header($gateway->upstream->last_request('/h2/own'), 'Authorization'),
   $gateway->token(1), 'once, instead of the one of the client');

$gateway->upstream->answer('/hints', hinted('200 OK', 'done'));

my $answer = $gateway->get('/hints');
like($answer->{raw}, qr{\AHTTP/1.1 103 .*?\r\n\r\nHTTP/1.1 200 .*done\z}s,
     'early hints pass');

# Younger tokens are not replaced.
sleep 5.3;
fresh($gateway, '/h2/old');
fresh($gateway, '/hints/old', hinted('401 Unauthorized', ''),
      hinted('200 OK', 'done'));

$answer = $gateway->get('/h2/old');
is("$answer->{status} $answer->{headers}{'x-cache'}", '200 RETRY',
   'an upstream by HTTP/2 refuses the token');
is(tokens_of($gateway, '/h2/old'), '1 2', 'and gets another');

$answer = $gateway->get('/hints/old');
like($answer->{raw}, qr{HTTP/1.1 200 .*done\z}s, 'so does one with early hints');
unlike($answer->{raw}, qr{HTTP/1.1 401}, 'the client sees no refusal');
is(tokens_of($gateway, '/hints/old'), '1 2', 'nor was the first one kept');

$gateway->stop;

done_testing();
