# Where secrets come from, and where they do not go.

use strict;
use warnings;
use lib 't/lib';

use IO::Socket::INET;
use POSIX qw(mkfifo);
use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::Canary qw(canary in_bytes watch);
use OAuth::Test::Gateway qw(clients);
use OAuth::Test::Memory qw(in_core);
use OAuth::Test::Nginx;

# An answer that is larger than the buffers of most requests, and a body that
# is larger than any, bytes.
use constant { LARGE => 50_000, BODY => 300_000 };

# What files and nginx take, bytes.
use constant HUGE => 1 << 30;


# Every value of a block is a canary, and something is wrong with it, or with
# its neighbour.  C is a canary, D another, R one that could be a directive.
my $rest = watch('the_rest_of_a_secret');
my @bad = (
    'client_secret C;D', 'client_secret C;D C', 'client_secret C;R',
    "client_id i;\nclient_secret C;R", "client_secret C;D\nscope s",
    'client_secret C D', 'client_secret C; client_secret D',
    "client_secret 'C\x01'", "client_secret 'C\x0a'", "client_secret 'C\x7f'",
    'client_secret "C$nosuch"', 'client_secret C$oauth_access_token',
    'client_secret C$oauth_token_uuid', 'client_secret ""; header X C',
    "client_secret 'C\xff'; body_format json; client_auth client_secret_post",
    'client_secret C; client_auth client_secret_post; body_format none',
    'client_secret C; client_auth private_key_jwt',
    'client_secret C; client_auth client_secret_jwt alg=RS256',
    'client_secret C; client_auth tls_client_auth; signing_key D',
    'client_id C:x; client_secret D; client_auth client_secret_basic '
        . 'encode=none',
    'password C; client_secret D', 'client_secret D; password C D',
    'grant_type password; password C; client_secret D',
    'client_auth private_key_jwt; signing_key C',
    "client_auth private_key_jwt; signing_key '-----BEGIN PRIVATE KEY-----\n"
        . "C\n-----END PRIVATE KEY-----\n'",
    'client_auth private_key_jwt; signing_key file:key',
    'client_secret C; assertion_claim sub D',
    'client_secret C; subject_token D',
    'client_secret C; grant_type token_exchange; actor_token D',
    'client_secret C; parameter x D in=nowhere',
    'client_secret C; parameter x D; parameter x', "header X 'C\x01'",
    'header X C D', 'header "X Y" C', "request_header X 'C\x01'",
    'request_header Host C', 'upstream_header Authorization C',
    "upstream_header X 'C\x01'", 'inject_header X C',
    "client_secret D; inject_header X 'C\x01\$oauth_access_token'",
    'client_secret C; compute x hmac_sha256 D',
    'client_secret C; compute x nonsense D key=C',
    'client_secret C; compute x hmac_sha256 a key=D encode=D',
    'client_secret C; scope D in=nowhere',
    'token_endpoint "https://user:C@127.0.0.1/token"; client_secret D',
);

{
    my $nginx = OAuth::Test::Nginx->new(level => 'debug',
                                        allow => qr/\[emerg\]/);
    my ($key, @said);
    my $accepted = 0;

    $nginx->file('conf/key', "-----BEGIN PRIVATE KEY-----\n"
                 . canary('keyfile') . "\n-----END PRIVATE KEY-----\n");

    for my $lines (@bad) {
        my $text = $lines =~ s/\bC\b/canary('value')/ger
                          =~ s/\bD\b/canary('other')/ger
                          =~ s/\bR\b/$rest/gr;

        $text = "client_id id; $text" if $text !~ /client_id/;
        $text = "token_endpoint http://127.0.0.1:1/token; $text"
            if $text !~ /token_endpoint/;

        $nginx->http("oauth_provider p { $text; }");

        my ($code, $message) = $nginx->test;

        $accepted++ if $code == 0;
        push @said, $lines if in_bytes($message) || $code == 0;
    }

    cmp_ok(scalar @bad, '>=', 30, 'so many mistakes');
    is(join("\n", @said), '', '[G7] each is refused without showing a value');
    is(join("\n", $nginx->problems_found), '', '[G7] in the log, too');
}


# Kinds of files.
{
    my $nginx = OAuth::Test::Nginx->new;
    my $dir = $nginx->dir . '/conf';

    $nginx->file("conf/$_->[0]", canary('file'), $_->[1])
        for [ private => 0600 ], [ group => 0640 ], [ others => 0644 ];
    symlink 'private', "$dir/link" or die $!;
    mkfifo("$dir/fifo", 0600) or die $!;
    mkdir "$dir/dir" or die $!;
    $nginx->file('conf/huge', '');
    truncate "$dir/huge", HUGE or die $!;

    my %said;

    for my $name (qw(private group others link fifo dir huge missing)) {
        $nginx->http('oauth_provider p { client_id id; '
            . 'token_endpoint http://127.0.0.1:1/token; '
            . "client_secret file:$name; }");

        my ($code, $text) = $nginx->test;
        my ($line) = $text =~ /\[(?:emerg|warn)\] (.*)/;

        $said{$name} = $code ? "emerg: $line" : $line ? "warn: $line" : 'ok';
        $said{$name} =~ s/ in \S+:\d+\z//;
        $said{$name} =~ s{\Q$dir\E/}{}g;
    }

    is_deeply(\%said, {
        private => 'ok', group => 'ok', link => 'ok',
        others => 'warn: "others" of "client_secret" is readable by others',
        fifo => 'emerg: "fifo" of "client_secret" is not a regular file',
        dir => 'emerg: "dir" of "client_secret" is not a regular file',
        huge => 'emerg: "huge" of "client_secret" is larger than 64k',
        missing => 'emerg: open() "missing" of "client_secret" failed '
                   . '(2: No such file or directory)',
    }, '[G6] what a file of a secret may be');
}


# A gateway that logs all it can, to all it can: a file, syslog, memory; the
# token request is large, and so is its answer.
{
    my $syslog = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                       Proto => 'udp') or die "syslog: $!";
    my $log = 'syslog:server=127.0.0.1:' . $syslog->sockport;
    my $gateway = OAuth::Test::Gateway->new(
        allow => qr/send\(\) failed \(90:/,    # a line of debug is too long
        main => "error_log $log debug; error_log memory:4m debug;",
        provider => 'client_secret file:secret; prefetch off;'
            . 'backoff 10ms 20ms; client_auth client_secret_post; parameter pad ' . 'x' x 4000
            . join('', map { "; parameter pad$_ " . 'x' x 4000 } 1 .. 20) . ';',
        http => <<"END",
log_format all '\$uri|\$status|\$request_body|\$upstream_addr|'
               '\$upstream_status|\$upstream_http_server|'
               '\$upstream_bytes_sent|\$upstream_bytes_received|'
               '\$http_authorization|\$sent_http_location|\$request';
access_log DIR/logs/all.log all;
access_log $log all;
client_body_buffer_size 1m;
proxy_buffers 2 4k;
proxy_busy_buffers_size 4k;
proxy_buffer_size 4k;
END
        server => <<'END',
    add_header Server-Timing "auth;dur=$oauth_token_wait_time" always;
    error_page 502 /sorry;
    location = /sorry { return 200 "sorry: $oauth_token_error\n"; }
END
    );

    $gateway->nginx->file('conf/secret', canary('filed'));
    $gateway->upstream->answer('/', { body => 'repeats nothing' });
    $gateway->upstream->answer('/moved', {
        status => 302, headers => [ Location => '/elsewhere' ] });
    $gateway->endpoint->answer('/token',
        { token => canary('token') . '-%d', expires_in => 1,
          fields => { pad => 'x' x LARGE } },
        { status => 400, json => { error => 'invalid_client',
          error_description => 'not ' . canary('filed') } },
        { token => canary('token') . '-%d' });
    $gateway->start;

    my ($worker) = $gateway->nginx->workers;
    my $trace = $gateway->nginx->dir . '/logs/trace.log';
    my $strace = fork // die "fork: $!";

    if ($strace == 0) {
        exec 'strace', '-f', '-q', '-s', '0', '-o', $trace, '-e',
             'trace=openat,open,creat', '-p', $worker or POSIX::_exit(127);
    }

    for (1 .. 500) {
        last if `grep TracerPid /proc/$worker/status` =~ /[1-9]/;
        sleep 0.01;
    }

    my @status = ($gateway->get('/')->{status});

    push @status, $gateway->get('/moved')->{status};
    sleep 1.2;
    push @status, $gateway->get('/')->{status};
    sleep 0.3;
    push @status, $gateway->nginx->post('/', 'x' x BODY)->{status};

    is("@status", '200 302 502 200', 'requests, one of which fails');
    is($gateway->fetches, 3, 'and their token requests');

    kill 'INT', $strace;
    waitpid $strace, 0;

    my %opened = map { $_ => 1 }
                 $gateway->nginx->read_file('logs/trace.log')
                     =~ /"([^"]*)", [^)]*O_(?:WRONLY|RDWR|CREAT)/g;

    is(join(' ', sort keys %opened), '', '[G9] no file is opened for them');

    my $lines = $gateway->nginx->logged('logs/all.log', 4);

    is($lines =~ tr/\n//, 4, '[G2] a line for each request of a client');
    unlike($lines, qr/token|Bearer/, '[G2] and nothing of token requests');

    my ($said, $part) = ('');

    $syslog->blocking(0);
    $said .= $part while defined $syslog->recv($part, 65536);

    cmp_ok(length $said, '>', 10_000, 'syslog has got a lot');
    is(join(' ', in_bytes($said)), '', '[G8] and nothing secret');
    is(join(' ', in_core($worker)), '', '[G8] nor has the log in memory');

    my $sent = join ' ', map { $_->{uri} } $gateway->upstream->requests,
                                           $gateway->endpoint->requests;

    is(join(' ', in_bytes($sent)), '', '[G10] no URL has a token or a secret');

    # the secret is another after a reload
    $gateway->nginx->file('conf/secret', canary('rotated'));
    ok($gateway->nginx->reload, 'a reload');
    $gateway->get('/');
    like($gateway->endpoint->last_request('/token')->{raw},
         qr/client_secret=\Q@{[ canary('rotated') ]}\E/,
         '[G6] a secret is read again when nginx reloads');
    $gateway->stop;
}

done_testing();
