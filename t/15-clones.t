# Requests that nginx makes of a request with a token have it too.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;

# an API that serves a file in parts, to those who have the token
my $gateway = OAuth::Test::Gateway->new(
    level    => 'info',    # the API is this nginx and would log what it gets
    location => 'slice 100; proxy_set_header Range $slice_range; '
        . 'proxy_http_version 1.1; '
        . 'proxy_pass http://127.0.0.1:PORT/part/;',
    server   => 'location /part/ { alias DIR/conf/; '
        . 'if ($http_authorization = "") { return 403; } }',
);
my $text = join '', map { "line $_ of a file in slices\n" } 1 .. 12;

$gateway->nginx->file('conf/file', $text);
$gateway->start;

my $answer = $gateway->get('/file');

is($answer->{status}, 200, 'a file that is fetched in slices');
is($answer->{body}, $text, '[D5] comes whole: each slice had the token');
is($gateway->fetches, 1, 'which was fetched once');
$gateway->stop;


# A variable of ours in the block is empty, the token request has no token.
$gateway = OAuth::Test::Gateway->new(
    provider => 'proxy_ssl_name "x$oauth_token_provider$oauth_token_error'
        . '$oauth_access_token$oauth_token_cache_status";');
$gateway->start;
is($gateway->get('/')->{status}, 200, 'our variables in a token request');
$gateway->stop;

# X-Accel-Redirect of the endpoint leads nowhere, whatever the block says.
$gateway = OAuth::Test::Gateway->new(
    provider => 'proxy_ignore_headers Expires;');
$gateway->endpoint->answer('/token', {
    token => canary('token') . '-%d', headers => [ 'X-Accel-Redirect', '/q' ],
});
$gateway->start;
is($gateway->get('/')->{status}, 200, 'X-Accel-Redirect is not followed');
is($gateway->endpoint->count('/q'), 0, 'no request follows it');
$gateway->stop;

# A file of error_page needs no token, even where a provider is in force.
$gateway = OAuth::Test::Gateway->new(
    server => 'oauth_token_provider p; error_page 502 503 /sorry.html; '
        . 'location = /sorry.html { root DIR/conf; }');
$gateway->nginx->file('conf/sorry.html', "sorry\n");
$gateway->endpoint->answer('/token', { status => 401 });
$gateway->start;
$answer = $gateway->get('/');
is("$answer->{status} $answer->{body}", "502 sorry\n",
   'error_page under a provider');
is($gateway->fetches, 1, 'asks for no other token');
$gateway->stop;

# Another provider may help out where the first one fails.
$gateway = OAuth::Test::Gateway->new(
    http     => 'oauth_provider q { client_id q; client_secret SECRET; '
        . 'token_endpoint http://127.0.0.1:TOKEN_PORT/q; }',
    server   => 'location @q { oauth_token_provider q; '
        . 'proxy_pass http://127.0.0.1:UPSTREAM_PORT; }',
    location => 'error_page 502 = @q;',
);
$gateway->endpoint->answer('/token', { status => 401 });
$gateway->endpoint->answer('/q', { token => canary('token') . '-%d' });
$gateway->start;
$answer = $gateway->get('/');
is("$answer->{status} $answer->{body}",
   '200 GET / ' . $gateway->token(1) . "\n",
   'error_page to another provider gets its token');
$gateway->stop;

done_testing();
