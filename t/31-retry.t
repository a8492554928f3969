# What is sent once more when the upstream refuses the token, and what is not.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Gateway;
use OAuth::Test::Nginx;
use OAuth::Test::Refusal qw(refusing tokens_of dropped fresh);

my $h2 = OAuth::Test::Nginx::free_port();
my $post = 'client_max_body_size 2m;';

my %lines = (
    get => '', head => '', put => '', delete => '', options => '',
    key => $post, chunked => $post, h2 => $post, empty_key => '',
    file => "$post client_body_buffer_size 1k;",
    post => '', patch => '', set_key => '',
    non_idempotent => 'oauth_token_retry non_idempotent 401;',
    streamed => 'proxy_request_buffering off; proxy_http_version 1.1;'
        . 'oauth_token_retry 401 non_idempotent;',
    small => 'proxy_request_buffering off;',
    basic => '', scope => '', blank => '', hidden =>
        'proxy_hide_header WWW-Authenticate;',
    two_lines => '', list => '', token => '', quoted => '',
    other => 'oauth_token_retry 498 403;', not_listed => '',
    listed_only => 'oauth_token_retry 498 403;',
    never => 'oauth_token_retry off;',
    inherits => 'location /inherits/in { proxy_pass '
        . 'http://127.0.0.1:UPSTREAM_PORT; oauth_token_provider inherits; }'
        . 'oauth_token_retry 403;',
    variable => 'set $p variable; oauth_token_provider $p;',
);

my $gateway = refusing(
    cases  => \%lines,
    providers => {
        set_key => 'upstream_header Idempotency-Key $oauth_token_uuid;',
    },
    server => "listen 127.0.0.1:$h2 http2; ",
);
my $second = $gateway->token(2);

# One request; returns the answer and what the upstream has seen.
sub ask {
    my ($name, $method, $body, @headers) = @_;

    my ($answer) = $gateway->many(10, {
        bytes => request_bytes($method, "/$name/x", $body, @headers),
    });

    return ($answer, tokens_of($gateway, "/$name/x"));
}

sub sent_twice {
    my ($name, $body) = @_;

    is(join(' ', map { $_->{digest} } $gateway->upstream->brief("/$name/x")),
       join(' ', (sha256_hex($body)) x 2), 'and the same body');
    return;
}

# A request that is to be sent once more.
sub replayed {
    my ($name, $what, $method, $body, @headers) = @_;

    fresh($gateway, "/$name/x");
    my ($answer, $tokens) = ask($name, $method, $body, @headers);

    is($answer->{status}, 200, "$what is sent once more");
    is($tokens, '1 2', 'with a fresh token');
    is($answer->{headers}{'x-cache'}, 'RETRY', '$oauth_token_cache_status');

    sent_twice($name, $body // '');
    return $answer;
}

# A request that is not; the answer goes to the client.  Drops: 0 or 1.
sub passed {
    my ($name, $what, $drops, $refusal, $method, @rest) = @_;

    fresh($gateway, "/$name/x", $refusal);
    my ($answer, $tokens) = ask($name, $method // 'GET', @rest);

    is($answer->{status}, $refusal->{status} // 401, "$what: not sent again");
    is($tokens, '1', 'the upstream has seen it once');
    is(dropped($gateway, $name), $drops,
       $drops ? 'the token is dropped' : 'the token stays');
    ($answer, $tokens) = ask($name, 'GET');
    is($tokens, $drops ? '1 2' : '1 1', 'as the next request shows');
    return;
}

sub refusal {
    my ($status, @challenges) = @_;

    return { status => $status, body => "refused\n",
             headers => [ map { ('WWW-Authenticate', $_) } @challenges ] };
}


my $answer = replayed('get', '[D10] GET', 'GET');
is($answer->{body}, "GET /get/x $second\n", 'the client gets the second answer');
is($answer->{headers}{'x-error'}, undef, 'and nothing of an error');
is(dropped($gateway, 'get'), 1, 'one line in the log tells of it');

replayed('head', 'HEAD', 'HEAD');
replayed('put', '[D10] PUT', 'PUT', 'the body');
replayed('delete', 'DELETE', 'DELETE');
replayed('options', 'OPTIONS', 'OPTIONS');
replayed('non_idempotent', 'POST with non_idempotent', 'POST', 'a=b');
replayed('small', 'a streamed PUT that came whole', 'PUT', 'a=b');
replayed('variable', 'by a variable', 'GET');

my $big = join '', map { chr 33 + rand 90 } 1 .. 1 << 20;

replayed('key', '1 MB POST with Idempotency-Key', 'POST', $big,
         'Idempotency-Key', 'k');
replayed('file', 'the same, in a file', 'POST', $big, 'iDEMPOTENCY-kEY', 'k');

{
    my $file = $gateway->nginx->file('conf/body', $big);
    my %curl = (
        chunked => '--http1.1 -H Transfer-Encoding:chunked http://127.0.0.1:'
            . $gateway->port,
        h2 => "--http2-prior-knowledge http://127.0.0.1:$h2",
    );

    for my $name (sort keys %curl) {
        fresh($gateway, "/$name/x");
        my $got = `curl -s -H Idempotency-Key:k -H Expect: $curl{$name}/$name/x --data-binary \@$file`;

        is($got, "POST /$name/x $second\n", "1 MB POST, $name");
        is(tokens_of($gateway, "/$name/x"), '1 2', 'is sent once more');
        sent_twice($name, $big);
    }
}

passed('post', '[D10] POST', 1, refusal(401), 'POST', 'a=b');
passed('patch', 'PATCH', 1, refusal(401), 'PATCH', 'a=b');
passed('empty_key', 'POST with an empty Idempotency-Key', 1, refusal(401), 'POST',
       'a=b', 'Idempotency-Key', '');

passed('set_key', 'POST with a new Idempotency-Key by the provider', 1,
       refusal(401), 'POST', 'a=b', 'Idempotency-Key', 'k');

# the body is on its way still when it is sent on
{
    fresh($gateway, '/streamed/x');
    my $bytes = request_bytes('PUT', '/streamed/x', 'one-two');
    my $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                     PeerPort => $gateway->port);

    syswrite $sock, substr $bytes, 0, -3;
    select undef, undef, undef, 0.3;
    syswrite $sock, 'two';
    my $raw = do { local $/; <$sock> };

    like($raw, qr{\AHTTP/1.1 401 }, 'a streamed body: not sent again');
    is(tokens_of($gateway, '/streamed/x'), '1', 'the upstream has seen it once');
    is((ask('streamed', 'GET'))[1], '1 2', 'the token is dropped');
}

passed('basic', '[D10] another scheme', 0,
       refusal(401, 'Basic realm="Bearer"'));
passed('scope', '[D10] insufficient_scope', 0,
       refusal(401, 'Bearer realm="x", error="insufficient_scope"'));
passed('hidden', 'another scheme, hidden from the client', 0,
       refusal(401, 'Digest realm="x"'));
passed('two_lines', 'insufficient_scope in the second line', 0,
       refusal(401, 'Basic realm="x"', 'bearer Error = insufficient_scope'));
passed('not_listed', '[D10] 403, which is not listed', 0, refusal(403));
passed('listed_only', '401 when others are listed', 0, refusal(401));
passed('never', 'oauth_token_retry off', 0, refusal(401));

for my $case ([ 'list', 401, 'Basic realm="x", Bearer error="invalid_token"' ],
              [ 'token', 401, 'Basic a2V5==', 'Bearer' ],
              [ 'quoted', 401, 'Bearer realm="error=\\"insufficient_scope\\""' ],
              [ 'blank', 401, ' ' ], [ 'other', 498 ], [ 'inherits', 403 ]) {
    my ($name, @refusal) = @$case;

    my $path = $name eq 'inherits' ? '/inherits/in' : "/$name/x";
    fresh($gateway, $path, refusal(@refusal));
    is($gateway->get($path)->{body}, "GET $path $second\n", "answer @refusal");
    is(tokens_of($gateway, $path), '1 2', 'is sent once more');
}

is($gateway->endpoint->count('/get'), 2, 'one fetch more');
$gateway->stop;

done_testing();
