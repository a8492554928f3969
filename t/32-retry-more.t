# A request that is sent once more, together with what else nginx can do.

use strict;
use warnings;
use lib 't/lib';

use IO::Uncompress::Gunzip qw(gunzip);
use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;
use OAuth::Test::Refusal qw(refusing tokens_of dropped fresh);
use OAuth::Test::Backend;

my $first = canary('token') . '-1';
my $scgi = OAuth::Test::Backend->new('scgi', "Bearer $first");
my $keep = 'proxy_http_version 1.1; proxy_set_header Connection "";';
my $pages = 'proxy_intercept_errors on; error_page 401 404 /sorry.html;';
my $own = 'proxy_pass http://unix:DIR/api.sock:';

my $gateway = refusing(
    level => 'info',    # its own API would log what it gets
    cases => {
        page => $pages, page_twice => $pages, page_404 => $pages,
        page_post => $pages, keepalive => "$keep proxy_pass http://api;",
        next => 'oauth_token_retry 403; proxy_next_upstream http_403;'
            . 'proxy_pass http://two;',
        next_post => 'oauth_token_retry 403; proxy_pass http://two;'
            . 'proxy_next_upstream http_403 non_idempotent;',
        unbuffered => 'proxy_buffering off;',
        cache => 'proxy_cache c; proxy_cache_valid any 1m;',
        cache_post => 'proxy_cache c; proxy_cache_valid any 1m;'
            . 'proxy_cache_methods POST; proxy_cache_key $uri;',
        stale => 'oauth_token_retry 403; proxy_cache c;'
            . 'proxy_cache_valid 200 1s; proxy_cache_use_stale http_403;',
        gzip => 'gzip on; gzip_types text/plain; gzip_min_length 1;',
        headers => '', log => 'access_log DIR/logs/up.log up;',
        ssi => '', check => '', copy => '', mirror => 'mirror /copied;',
        slice => 'slice 100; proxy_set_header Range $slice_range;'
            . "proxy_http_version 1.1; ${own}/slice/;",
        grpc => 'grpc_pass grpc://unix:DIR/grpc.sock;',
        scgi => 'scgi_pass ' . $scgi->address . ';'
            . 'scgi_param REQUEST_URI $uri;',
        fails => '', pauses => '',
        leaves => 'access_log DIR/logs/left.log left;', waits => '', once => '',
    },
    http => <<"END",
proxy_cache_path DIR/temp/cache keys_zone=c:1m;
log_format up '\$upstream_status|\$upstream_addr|\$oauth_token_cache_status';
log_format left '\$status \$request_time';
upstream api { server 127.0.0.1:UPSTREAM_PORT; keepalive 4; }
upstream two { server 127.0.0.1:UPSTREAM_PORT; server 127.0.0.1:UPSTREAM_PORT; }
map \$http_authorization \$refused { "Bearer $first" 1; }
server { listen unix:DIR/api.sock; listen unix:DIR/grpc.sock http2;
    location /slice/warm { return 200; }
    location /grpc/warm { return 200; }
    location /slice/ { alias DIR/conf/; if (\$refused) { return 401; } }
    location /grpc/ { if (\$refused) { return 401; } return 200 \$http_authorization; }
}
END
    server => <<'END',
location = /sorry.html { root DIR/conf; }
location = /page.html { ssi on; root DIR/conf; }
location = /checked { internal; oauth_token_provider check;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT/check/x; }
location = /copied { internal; oauth_token_provider copy;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT/copy/x; }
location /guarded { auth_request /checked;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT; }
END
);

my ($endpoint, $upstream) = ($gateway->endpoint, $gateway->upstream);
my $second = $gateway->token(2);
my $text = join '', map { "line $_ of a file in slices\n" } 1 .. 12;

$gateway->nginx->file('conf/sorry.html', "sorry\n", 0644);
$gateway->nginx->file('conf/x', $text, 0644);
$gateway->nginx->file('conf/page.html',
    '[<!--# include virtual="/ssi/x" --><!--# include virtual="/ssi/x" -->]',
    0644);

# GET /NAME/x is sent once more and gets this.
sub replayed {
    my ($name, $what, $body) = @_;

    fresh($gateway, "/$name/x");
    my $answer = $gateway->get("/$name/x");

    is("$answer->{status} $answer->{body}",
       $body // "200 GET /$name/x $second\n", $what);
    is(tokens_of($gateway, "/$name/x"), '1 2', 'sent once more');
    return $answer;
}


replayed('page', 'error_page for a 401: the request is sent again first');
fresh($gateway, '/page_twice/x', undef, { status => 401 });
is($gateway->get('/page_twice/x')->{body}, "sorry\n",
   'error_page: a second 401 gets the page');
is(tokens_of($gateway, '/page_twice/x'), '1 2', 'after one more try');
fresh($gateway, '/page_404/x', undef, { status => 404, body => 'no' });
is($gateway->get('/page_404/x')->{body}, "sorry\n",
   'error_page: so does the 404 of the second answer');
fresh($gateway, '/page_post/x');
is($gateway->nginx->post('/page_post/x', 'a')->{body}, "sorry\n",
   'error_page: a POST gets it at once');
is(dropped($gateway, 'page_post'), 1, 'its token is dropped');

{
    fresh($gateway, '/next/x', { status => 403 });
    is($gateway->get('/next/x')->{status}, 200, 'proxy_next_upstream');
    is(tokens_of($gateway, '/next/x'), '1 2',
       'the next server does not get the refused token');
    fresh($gateway, '/next_post/x', { status => 403 });
    is($gateway->nginx->post('/next_post/x', 'a')->{status}, 403,
       'proxy_next_upstream for a POST');
    is(tokens_of($gateway, '/next_post/x'), '1 1', 'goes on as ever');
}

{
    my @empty = (status => 401, body => '');

    fresh($gateway, '/keepalive/x', { @empty });
    is($gateway->get('/keepalive/x')->{body}, "GET /keepalive/x $second\n",
       'keepalive');
    my @seen = map { $_->{connection} } $upstream->requests('/keepalive/x');
    is($seen[0], $seen[1], 'the connection is used on');
    $upstream->answer('/keepalive/x',
        { tokens => { 2 => { status => 401, body => 'x' x 9000 } } });
    is(join(' ', map { $gateway->get("/keepalive/$_")->{status} }
                 qw(x y x y)), '401 200 401 200', 'and never mixed up');
}

replayed('unbuffered', 'proxy_buffering off');

{
    replayed('cache', 'proxy_cache');
    is($gateway->get('/cache/x')->{body}, "GET /cache/x $second\n",
       'the second answer is cached');
    is($upstream->count('/cache/x'), 2, 'as it says');

    fresh($gateway, '/cache_post/x');
    my @got = map { $gateway->nginx->post('/cache_post/x', 'a')->{status} }
              1 .. 3;
    is("@got", '401 200 200', 'the 401 for a dropped token is not');
    is(tokens_of($gateway, '/cache_post/x'), '1 2', 'but the next answer');

    fresh($gateway, '/stale/warm', { status => 403 });
    is($gateway->get('/stale/warm')->{body}, "GET /stale/warm $second\n",
       'proxy_cache_use_stale: a fresh answer instead of the stale one');
}

{
    fresh($gateway, '/gzip/x');
    my $answer = $gateway->get('/gzip/x', 'Accept-Encoding', 'gzip');
    gunzip(\$answer->{body}, \my $body);
    is($body, "GET /gzip/x $second\n", 'gzip');
}

{
    fresh($gateway, '/headers/x', {
        status => 401, body => "first\n", headers => [
            'X-Both', 1, 'Set-Cookie', 'a=1', 'Content-Encoding', 'br',
            'X-Accel-Limit-Rate', 1, 'X-Accel-Redirect', '/nowhere',
            'ETag', '"1"', 'Last-Modified', 'Sat, 01 Jan 2000 00:00:00 GMT',
            'Content-Type', 'a/b', map { ("X-$_", $_) } 1 .. 30 ],
    }, { status => 401, body => "second\n", headers => [ 'X-Both', 2 ] });
    my $answer = $gateway->get('/headers/x');

    is("$answer->{status} $answer->{body}", "401 second\n",
       'a 401 twice: the client gets the second answer');
    is(join(' ', sort grep { !/^x-(?:cache|wait|left)$/ }
                 keys %{ $answer->{headers} }),
       'connection content-length date server x-both',
       'with its headers and none of the first');
    is($answer->{headers}{'x-both'}, 2, 'and their values');
    cmp_ok($answer->{seconds}, '<', 3, 'at its own rate');
    is(tokens_of($gateway, '/headers/x'), '1 2', 'after one more try');
}

replayed('log', 'the access log');
my $addr = '127.0.0.1:' . $upstream->port;
is((split /\n/, $gateway->nginx->read_file('logs/up.log'))[-1],
   "401 : 200|$addr : $addr|RETRY", 'has both');

{
    fresh($gateway, '/ssi/x');
    is($gateway->get('/page.html')->{body},
       '[' . "GET /ssi/x $second\n" x 2 . ']', 'subrequests of SSI');

    fresh($gateway, '/check/x');
    is($gateway->get('/guarded')->{status}, 200, 'of auth_request');
    is(tokens_of($gateway, '/check/x'), '1 2', 'are sent once more');

    fresh($gateway, "/$_/x") for qw(mirror copy);
    is($gateway->get('/mirror/x')->{status}, 200, 'a request with a mirror');
    $upstream->wait_for('/copy/x', 1);
    sleep 0.2;
    is(tokens_of($gateway, '/mirror/x'), '1 2', 'is sent once more');
    is(tokens_of($gateway, '/copy/x'), '1 1',    # one is of /mirror/warm
       'its copy is not, and there is only one');
    is(dropped($gateway, 'copy'), 1, 'but the token of the copy is dropped');
}

{
    my $answer = $gateway->get('/slice/x');
    is($answer->{body}, $text, 'a file in slices');
    is($answer->{headers}{'x-cache'}, 'RETRY', 'with a fresh token');
    is($gateway->get('/grpc/x')->{body}, $second, 'grpc_pass');
    is($gateway->get('/scgi/x')->{body}, $second, 'scgi_pass');
}

{
    $endpoint->answer('/fails', { status => 500 });
    $endpoint->answer('/pauses', { status => 429, headers =>
                                   [ 'Retry-After', 7 ] });

    for my $case ([ 'fails', 502, 'http_500' ], [ 'pauses', 503, 'http_429' ]) {
        my ($name, $status, $error) = @$case;

        fresh($gateway, "/$name/x");
        my $answer = $gateway->get("/$name/x");
        my $headers = $answer->{headers};

        is($answer->{status}, $status, 'no fresh token is to be had');
        is($headers->{'cache-control'}, 'no-store', 'not to be cached');
        is($headers->{'x-cache'} . " $headers->{'x-error'}", "ERROR $error",
           'the variables say why');
        is($headers->{'retry-after'}, $status == 503 ? 7 : undef,
           'Retry-After');
        is(tokens_of($gateway, "/$name/x"), '1', 'nothing is sent again');
    }
}

{
    $endpoint->answer($_, { token => canary('token') . '-2', delay => 1 })
        for '/leaves', '/waits';
    fresh($gateway, '/waits/x');
    my $wait = $gateway->get('/waits/x')->{headers}{'x-wait'};
    ok($wait >= 0.95 && $wait < 3, '$oauth_token_wait_time') or diag($wait);

    fresh($gateway, '/leaves/x');
    my ($answer) = $gateway->many(5, { leave => 0.2,
        bytes => OAuth::Test::Client::request_bytes('GET', '/leaves/x') });
    is($answer->{error}, 'left', 'a client leaves while it waits again');
    sleep 1;
    like($gateway->nginx->read_file('logs/left.log'),
         qr/^499 0\.[2-8]\d\d$/m, 'which is noticed at once');
    $answer = $gateway->get('/leaves/x');
    is("$answer->{status} $answer->{headers}{'x-cache'}", '200 HIT',
       'the fetch is finished all the same');
    is(tokens_of($gateway, '/leaves/x'), '1 2', 'and no request for nobody');
}

# A second token that is dropped, too: it ends, and a third one takes its place
# before the upstream refuses it.
{
    $endpoint->answer('/once',
        { token => canary('token') . '-2', expires_in => 1 },
        { token => canary('token') . '-3' });
    fresh($gateway, '/once/x', undef,
          { status => 401, body => "no\n", delay => 1.5 });

    my $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                     PeerPort => $gateway->port);
    syswrite $sock, OAuth::Test::Client::request_bytes('GET', '/once/x');
    sleep 1.1;
    is($gateway->get('/once/y')->{body},
       'GET /once/y ' . $gateway->token(3) . "\n", 'a third token');
    like(do { local $/; <$sock> }, qr{\AHTTP/1.1 401 .*\nno\n}s,
         'a request that is refused twice');
    is(tokens_of($gateway, '/once/x'), '1 2', 'is sent twice, and no more');
}

$gateway->stop;

done_testing();
