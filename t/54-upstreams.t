# Every kind of upstream, and of client, gets the token once, gets a fresh one
# when it refuses the first, and sees nothing when there is none.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;
use Test::More;

use OAuth::Test::Backend;
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request request_bytes);
use OAuth::Test::Gateway;
use OAuth::Test::H2 qw(h2_get);
use OAuth::Test::Nginx;
use OAuth::Test::Refusal qw(refusing tokens_of fresh);

# of a body that does not fit into buffers
use constant SIZE => 1 << 18;

my ($closed, $h2) = map { OAuth::Test::Nginx::free_port() } 1 .. 2;
my ($first, $second) = map { 'Bearer ' . canary('token') . "-$_" } 1, 2;
my %backend = map { $_ => OAuth::Test::Backend->new($_, $first) }
              qw(fastcgi grpc scgi uwsgi websocket);
my $own = 'authorization: Bearer of-the-client';

my $down = "token_endpoint http://127.0.0.1:$closed/token;";

# what a client gets when there is no token, at first and during the pause
my $none = qr/\A50[23]\z/;

# names of locations, and what is in them; each kind repeats POST as well
my %kind = (
    fastcgi => 'fastcgi_pass ADDRESS; fastcgi_param REQUEST_URI $uri;'
        . 'fastcgi_param CONTENT_LENGTH $content_length;',
    grpc => 'grpc_pass grpc://ADDRESS;',
    scgi => 'scgi_pass ADDRESS; scgi_param REQUEST_URI $uri;',
    uwsgi => 'uwsgi_pass ADDRESS; uwsgi_param REQUEST_URI $uri;'
        . 'uwsgi_param CONTENT_LENGTH $content_length;',
    websocket => 'proxy_pass http://ADDRESS; proxy_http_version 1.1;'
        . 'proxy_set_header Upgrade $http_upgrade;'
        . 'proxy_set_header Connection $http_connection;',
);

$kind{$_} = "oauth_token_retry 401 non_idempotent;\n"
    . $kind{$_} =~ s/ADDRESS/$backend{$_}->address/er for keys %kind;

# kinds of nginx's own work with a plain HTTP upstream
my $threads = 'aio threads; aio_write on; sendfile off;'
    . 'client_max_body_size 4m; client_body_in_file_only clean;'
    . 'proxy_buffers 4 4k; proxy_buffer_size 4k; proxy_busy_buffers_size 4k;';

my %plain = (
    http2 => '', threads => $threads,
    cached => "$threads proxy_cache c; proxy_cache_valid 200 1m;",
);

# of these a request has no token to be had
sub down {
    return join '', map {
        my $lines = $kind{$_} // $plain{$_};

        $lines .= 'proxy_pass http://127.0.0.1:UPSTREAM_PORT;'
            if $lines !~ /_pass\s/;
        "location /down/$_/ { oauth_token_provider down; $lines }\n";
    } sort keys %kind, keys %plain;
}

# The tokens of all have to be five seconds old: this one's come first.
my $single = OAuth::Test::Gateway->new(
    main => 'master_process off;',
    http => OAuth::Test::Gateway->block('down',
        $down),
    server => 'location /down/ { oauth_token_provider down;'
        . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }',
)->start;

is($single->get('/')->{body}, "GET / $first\n", 'master_process off');

my $gateway = refusing(
    cases => { %kind, %plain },
    http => 'proxy_cache_path DIR/cache keys_zone=c:1m;'
        . OAuth::Test::Gateway->block('down',
            $down),
    server => "listen 127.0.0.1:$h2 http2; " . down(),
);
my $upstream = $gateway->upstream;

# What a back end has seen at a place: the numbers of the tokens.
sub numbers {
    my ($kind, $uri) = @_;

    return join ' ', map {
        my @values = @{ $_->{authorization} };

        "@values" =~ /\ABearer \S+-(\d+)\z/ ? $1 : "\"@values\"";
    } $backend{$kind}->seen($uri);
}


for my $kind (sort grep { $_ ne 'websocket' } keys %kind) {
    my $uri = "/$kind/x";
    my $answer = $gateway->nginx->post($uri, 'the body', $own =~ /(\w+): (.*)/);

    is("$answer->{status} $answer->{body}", "200 $second",
       "[D5] ${kind}_pass: the client gets the second answer");
    is(numbers($kind, $uri), '1 2',
       'the back end has seen one token, then a fresh one');
    is(join(' ', map { $_->{body} } $backend{$kind}->seen($uri)),
       'the body the body', 'and the body each time');

    $answer = h2_get($h2, "$uri/h2", $own =~ /(\w+): (.*)/);
    is("$answer->{status} $answer->{body}", "200 $second",
       "${kind}_pass, for a client of HTTP/2");
    is(numbers($kind, "$uri/h2"), '2', 'which has the fresh token, once');

    my $before = $backend{$kind}->connections;

    like($gateway->nginx->post("/down/$kind/x", 'the body')->{status}, $none,
         "[D4] ${kind}_pass: no token");
    is($backend{$kind}->connections, $before, 'no connection');
}


# A connection that is upgraded, from its answer on.
sub upgraded {
    my ($uri) = @_;

    my $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1', Timeout => 10,
                                     PeerPort => $gateway->port);

    syswrite $sock, "GET $uri HTTP/1.1\r\nHost: localhost\r\n$own\r\n"
        . "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

    my $head = do { local $/ = "\r\n\r\n"; <$sock> } // '';

    return ($sock, $head =~ /\AHTTP\S+ (\d+)/);
}

{
    my ($sock, $status) = upgraded('/websocket/x');

    is($status, 101, '[D5] Upgrade: a connection');
    is(scalar <$sock>, "$second\n", 'for which the token was replaced');
    syswrite $sock, "one\n";
    is(scalar <$sock>, "one\n", 'takes bytes both ways');
    syswrite $sock, "two\n";
    is(scalar <$sock>, "two\n", 'for as long as it is open');
    close $sock;
    is(numbers('websocket', '/websocket/x'), '1 2', 'two tokens were sent');

    my $before = $backend{websocket}->connections;

    (undef, $status) = upgraded('/down/websocket/x');
    like($status, $none, '[D4] Upgrade: no token');
    is($backend{websocket}->connections, $before, 'no connection');
}


{
    fresh($gateway, '/http2/x');

    my $answer = h2_get($h2, '/http2/x', $own =~ /(\w+): (.*)/);

    is("$answer->{status} $answer->{body}", "200 GET /http2/x $second\n",
       '[D5] a client of HTTP/2');
    is(tokens_of($gateway, '/http2/x'), '1 2', 'one token, then a fresh one');
    like(h2_get($h2, '/down/http2/x')->{status}, $none, 'no token');
}


# a body that goes through files, one that comes through them
{
    my $big = join '', map { chr 33 + rand 90 } 1 .. SIZE;
    my $big_answer = { body => $big };

    fresh($gateway, '/threads/x', undef, $big_answer);

    my $answer = request($gateway->port, 'PUT', '/threads/x', $big);

    is("$answer->{status} " . sha256_hex($answer->{body}),
       '200 ' . sha256_hex($big), 'aio threads: a body that goes up and down');
    is(tokens_of($gateway, '/threads/x'), '1 2', 'one token, then a fresh one');
    is(join(' ', map { $_->{digest} } $upstream->brief('/threads/x')),
       join(' ', (sha256_hex($big)) x 2), 'with the same body');

    fresh($gateway, '/cached/x', undef, $big_answer);

    for my $time (1 .. 2) {
        $answer = $gateway->get('/cached/x');
        is("$answer->{status} " . sha256_hex($answer->{body}),
           '200 ' . sha256_hex($big), "aio threads and a cache, time $time");
    }

    is(tokens_of($gateway, '/cached/x'), '1 2', 'the second is from the cache');
    like($gateway->get("/down/$_/x")->{status}, $none, "$_: no token")
        for qw(threads cached);
}

is(join(' ', map { $upstream->count("/down/$_/x") } sort keys %plain), '0 0 0',
   '[D4] without a token nothing was sent');
$gateway->stop;


fresh($single, '/x');
is($single->get('/x')->{body}, "GET /x $second\n",
   'master_process off: a token is replaced');
is(tokens_of($single, '/x'), '1 2', 'after a refusal');
is($single->get('/y')->{headers}{'x-cache'}, 'HIT', 'and kept');
is($single->get('/down/x')->{status}, 502, 'no token');
is($single->upstream->count('/down/x'), 0, 'nothing was sent');
$single->stop;

done_testing();
