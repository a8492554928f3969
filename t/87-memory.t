# What the memory of master and workers has of secrets and tokens: nothing where
# a core file looks, and nothing at all of a token that has ended.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::CA;
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway;
use OAuth::Test::JWS qw(new_key);
use OAuth::Test::Memory qw(core_file in_core in_file in_memory unseen
                            watch_key);
use OAuth::Test::TokenEndpoint;
use OAuth::Test::Upstream;

# Some tokens live as long as this, seconds; a sweep comes within so many more.
use constant { LIFE => 1, SWEEP => 5 };

# Every canary is repeated, so that any piece of a token shows.
use constant COPIES => 40;

# More than one buffer of an answer.
use constant LARGE => 2000;

my $ca = OAuth::Test::CA->new;
my $cert = $ca->cert;
my $endpoint = OAuth::Test::TokenEndpoint->new;
my %tls = (
    endpoint => OAuth::Test::TokenEndpoint->new(tls => $cert),
    upstream => OAuth::Test::Upstream->new(tls => $cert),
);
my $upstream = OAuth::Test::Upstream->new;
my ($tls_port, $api_port) = map { $tls{$_}->port } qw(endpoint upstream);
my $trust = 'proxy_ssl_trusted_certificate ' . $ca->file . ';';

# One for each way that a secret goes; FILE is read from a file, LIFE of a
# provider's tokens is that above.
my %provider = (
    basic     => 'client_secret FILE;',
    post      => 'client_secret FILE; client_auth client_secret_post;',
    json      => 'client_secret FILE; client_auth client_secret_post;
                  body_format json;',
    header    => 'client_secret FILE; client_auth client_secret_header;
                  header X-Key FILE;',
    query     => 'client_secret FILE; client_auth client_secret_query;',
    hmac      => 'client_secret FILE; client_auth client_secret_jwt;',
    rsa       => 'client_auth private_key_jwt; signing_key file:rsa.pem;',
    ec        => 'client_auth private_key_jwt; signing_key file:ec.pem;',
    password  => 'client_secret FILE; grant_type password; username u;
                  password FILE;',
    env       => 'client_secret env:GATEWAY_SECRET;',
    computed  => 'client_secret FILE; client_auth none;
                  compute both base64 "id:$oauth_token_client_secret";
                  parameter both $oauth_token_both;
                  upstream_header X-Both $oauth_token_both;',
    inject    => 'client_secret FILE;
                  inject_header X-Token "t $oauth_access_token.";
                  upstream_header X-More "m-$oauth_access_token";',
    tenant    => 'client_secret FILE; parameter tenant $arg_t;',
    short     => 'client_secret FILE;',
    https     => "client_secret FILE; $trust
                  token_endpoint https://localhost:$tls_port/short;",
    large     => 'client_secret FILE; client_auth client_secret_post;
                  parameter a ' . 'x' x 3000 . '; parameter b ' . 'x' x 3000
                 . ';',
    odd       => 'client_secret FILE;',
    cut       => 'client_secret FILE;',
    https_cut => "client_secret FILE; $trust
                  token_endpoint https://localhost:$tls_port/cut;",
    https_rst => "client_secret FILE; $trust
                  token_endpoint https://localhost:$tls_port/rst;",
);

my $g = OAuth::Test::Gateway->new(
    endpoint => $endpoint, upstream => $upstream, workers => 2,
    provider => 'client_secret file:basic;',
    # nor does every root raise its limits; core_file() sees to that, too
    allow => qr/exited on signal [69]|setrlimit\(RLIMIT_CORE/,
    main => 'worker_rlimit_core 500m;',
    http => join('', "upstream api { server 127.0.0.1:$api_port;"
                     . " keepalive 4; }\n",
                 map { "oauth_provider $_ { client_id id; prefetch off;"
                       . ($provider{$_} =~ /token_endpoint/ ? '' :
                          "token_endpoint http://127.0.0.1:TOKEN_PORT/$_;")
                       . $provider{$_} =~ s/FILE/file:$_/gr . "}\n" }
                 sort keys %provider),
    server => join('', map { "location /$_ { oauth_token_provider $_;"
                             . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }'
                             } sort keys %provider)
              . 'location /https/ { oauth_token_provider https;'
              . ' proxy_http_version 1.1; proxy_set_header Connection "";'
              . ' proxy_pass https://api; }'
              . 'location /gone { oauth_token_provider basic;'
              . ' proxy_pass http://127.0.0.1:1; }',
);

for my $name (keys %provider) {
    my %answer = (
        token => join('-', (canary("token-$name")) x COPIES),
        fields => { refresh_token => canary("refresh-$name"),
                    more => canary("more-$name")
                            x ($name eq 'large' ? LARGE : 3) },
        expires_in => $name =~ /short|https/ ? LIFE : 3600,
    );

    $_->answer("/$name", \%answer) for $endpoint, $tls{endpoint};
    $g->nginx->file("conf/$name", canary("secret-$name"));
}

$_->answer('/short', { token => join('-', (canary('token-short')) x COPIES),
                       expires_in => LIFE }) for $endpoint, $tls{endpoint};
$endpoint->answer('/odd', { token => canary('token-odd') x COPIES . "\n" });
$_->answer('/cut', { token => canary('token-cut') x COPIES, cut => 300 })
    for $endpoint, $tls{endpoint};
$tls{endpoint}->answer('/rst', { token => canary('token-rst') x COPIES,
                                 rst => 1 });
$g->nginx->file('conf/rsa.pem', watch_key(new_key('rsa'), 'rsa key'));
$g->nginx->file('conf/ec.pem', watch_key(new_key('P-256'), 'ec key'));
local $ENV{GATEWAY_SECRET} = canary('secret-env');

# An upstream that repeats nothing; it refuses the first token of "basic".
for my $server ($upstream, $tls{upstream}) {
    $server->answer("/$_", { body => 'ok' }) for keys %provider, 'https/';
    $server->answer('/https/rst', { rst => 1 });
}

$upstream->answer('/basic', { status => 401 }, { body => 'ok' });

chdir $g->nginx->dir or die $!;
$g->start;

my %got;

for my $round (1, 2) {
    for my $name (sort grep { $_ ne 'large' } keys %provider) {
        $got{$name} = [ map { $g->get("/$name?t=$_")->{status} } 1 .. 2 ];
    }

    $g->get($_) for ('/https/') x 4, '/https/rst', '/gone',
                    ('/inject', '/computed') x 3;
}

# The last one, so that nothing takes its memory but a core file.
is($g->get('/large')->{status}, 200, 'large requests and answers');
is(join(' ', grep { "@{ $got{$_} }" ne '200 200' } sort keys %got),
   'cut https_cut https_rst odd', 'all others have a token');

my %processes = (master => [ $g->nginx->{pid} ], worker => [ $g->nginx->workers ]);

for my $name (sort keys %processes) {
    for my $pid (@{ $processes{$name} }) {
        is(join("\n", in_core($pid)), '', "[G4] nothing in a core of a $name");
    }
}

# A secret that was replaced.
$g->nginx->file('conf/basic', canary('again-basic'));
ok($g->nginx->reload, 'a reload');
$processes{worker} = [ $g->nginx->workers ];
$g->get("/$_") for ('basic', 'short', 'https/') x 4;

for my $pid (map { @$_ } values %processes) {
    is(join("\n", grep { /secret-basic/ } in_memory($pid)), '',
       '[G5] the secret of before is nowhere');
}

sleep LIFE + SWEEP + 0.5;

for my $pid (map { @$_ } values %processes) {
    is(join("\n", grep { /short|https/ && /token/ } in_memory($pid)), '',
       '[G5] an ended token is nowhere');
    is(join("\n", grep { /more-/ } in_memory($pid)), '',
       '[G5] nor is what else was in the answers');
}

# The same by core files themselves, where the kernel writes them as such.
SKIP: {
    open my $in, '<', '/proc/sys/kernel/core_pattern';
    my $pattern = <$in> // '';

    skip "core files go to $pattern", 6
        if unseen() || $pattern !~ /^core(?:\.%p)?$/;

    my $dir = $g->nginx->dir;

    for my $pid (@{ $processes{worker} }, @{ $processes{master} }) {
        kill 'KILL', $g->nginx->workers if $pid == $processes{master}[0];

        my $core = core_file($pid, $dir);

        cmp_ok(-s $core, '>', 1 << 20, '[G4] a core file');
        is(join("\n", in_file($core)), '', '[G4] nothing is in it');
        unlink $core;
    }

    delete $g->nginx->{pid};
}

$g->stop;

done_testing();
