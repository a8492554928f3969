# oauth_token_status: what it tells of providers, their tokens and their zones.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary in_bytes);
use OAuth::Test::Client qw(request);
use OAuth::Test::Clock qw(sleep wall);
use OAuth::Test::Conf;
use OAuth::Test::Gateway qw(clients);
use OAuth::Test::Status qw(status until_status);

# for how long the tokens are good; more reasons than are counted apart
use constant { LIFE => 3600, REASONS => 15 };

my $page = 'location = /status { oauth_token_status; }';

sub gateway {
    my ($answers, %arg) = @_;

    my $gateway = OAuth::Test::Gateway->new(
        %arg, server => "$page " . ($arg{server} // ''));

    $gateway->endpoint->answer('/token', @$answers) if @$answers;

    return $gateway->start;
}

sub token { return { token => canary('token') . '-%d', expires_in => LIFE, @_ } }

sub about {
    my ($seconds, $wanted, $name) = @_;

    ok(defined $seconds && $seconds <= $wanted && $seconds > $wanted - 10,
       $name) or diag($seconds // 'null');
    return;
}

# counts that are not 0
sub counted {
    my ($counts) = @_;

    return join ' ', map { "$_=$counts->{$_}" }
                     grep { !ref $counts->{$_} && $counts->{$_} }
                     sort keys %$counts;
}


# A token's life.
{
    my $gateway = gateway([ token() ], workers => 2);
    my ($document, $p) = status($gateway);

    cmp_ok(abs($document->{time} - wall), '<', 5, 'the time');
    is_deeply([ @$p{qw(state zone expires_in refresh_in age last_success
                       last_failure next_try_in)} ],
              [ 'ended', 'oauth_token', (undef) x 6 ], 'nothing has happened');
    is(counted($p->{entries}) . counted($p->{requests})
       . counted($p->{fetches}), '', 'and nothing is counted');

    $gateway->get('/');
    $gateway->get('/') for 1 .. 3;
    ($document, $p) = status($gateway);

    is($p->{state}, 'fresh', 'a token is there');
    about($p->{expires_in}, LIFE, 'its end');
    cmp_ok($p->{refresh_in}, '<=', LIFE / 2, 'its refresh');
    cmp_ok($p->{age}, '<', 10, 'its age');
    cmp_ok(abs($p->{last_success} - wall), '<', 10, 'when it was fetched');
    is(counted($p->{requests}), 'hit=3 miss=1', 'requests');
    is(counted($p->{fetches}), 'ok=1', 'fetches');
    is(counted($p->{entries}), 'all=1 fresh=1', 'keys');
    is(scalar @{ $p->{recent} }, 1, 'its fetch');
    is($p->{recent}[0]{outcome}, 'ok', 'which was good');
    is($p->{fetches}{seconds}{count}, 1, 'is in the histogram');
    is($p->{fetches}{seconds}{buckets}[-1]{count}, 1, 'up to its end');
    is(scalar @{ $p->{keys} }, 1, 'the key');
    is($p->{keys}[0]{state}, 'fresh', 'has the same state');

    my ($zone) = @{ $document->{zones} };

    is($zone->{name}, 'oauth_token', 'the zone');
    cmp_ok($zone->{size}, '>', 900_000, 'its size');
    is($zone->{entries}{used}, 1, 'what is used of it');
    cmp_ok($zone->{cells}{free}, '>', 2_000, 'and what is not');

    # what is counted outlives the workers
    ok($gateway->nginx->reload, 'a reload');
    $gateway->get('/');
    $p = status($gateway);
    is(counted($p->{requests}), 'hit=4 miss=1', '[L4] the counters go on');
    is($p->{state}, 'fresh', 'the token is there still');
    $gateway->stop;
}


# The page itself.
{
    my $gateway = gateway([], server => <<'END');
location = /j { oauth_token_status json; }
location = /guarded { deny all; oauth_token_status; }
location = /of { oauth_token_status; oauth_token_provider p; }
END
    my $port = $gateway->port;
    my $got = $gateway->get('/status');

    is($got->{status}, 200, 'GET');
    is($got->{headers}{'content-type'}, 'application/json', 'its type');
    is($got->{headers}{'cache-control'}, 'no-store', 'is not to be kept');
    is(join(' ', in_bytes($got->{raw})), '', '[G3] nothing secret is told');

    my $head = request($port, 'HEAD', '/status');

    is("$head->{status} $head->{body}", '200 ', 'HEAD has no body');
    cmp_ok($head->{headers}{'content-length'}, '>', 100, 'but its length');
    is(request($port, $_, '/status', 'x')->{status}, 405, $_)
        for qw(POST PUT DELETE);
    is($gateway->get('/j')->{status}, 200, '"json" is the default');
    is($gateway->get('/guarded')->{status}, 403, 'access rules apply');
    is($gateway->get('/of')->{status}, 200, 'in a location with a provider');
    is($gateway->fetches, 0, 'nothing is fetched for it');
    $gateway->stop;
}


# Without any provider.
{
    my $nginx = OAuth::Test::Nginx->new;
    my $port = $nginx->port;

    $nginx->http("server { listen 127.0.0.1:$port; $page }");
    $nginx->start;

    my ($document) = status($nginx);

    is_deeply($document->{providers}, [], 'there are no providers');
    $nginx->stop;
}


# Those who wait, and the death of a worker.
{
    my $gateway = gateway([ token(delay => 2) ], workers => 2,
                          allow => qr/exited on signal 9/);
    my $load = fork // die "fork: $!";

    if ($load == 0) {
        $gateway->many(20, clients(8, '/'));
        POSIX::_exit(0);
    }

    my $p = until_status($gateway, sub { $_[0]{waiting} == 8 });

    is($p->{waiting}, 8, 'requests that wait');
    is($p->{state}, 'fetching', 'for a fetch');
    waitpid $load, 0;

    $p = status($gateway);
    is($p->{waiting}, 0, 'none of them does in the end');
    is(counted($p->{requests}), 'miss=1 wait=7', 'how each got its token');
    cmp_ok($p->{fetches}{seconds}{sum}, '>', 1.9, 'the fetch took long');
    is((grep { $_->{count} } @{ $p->{fetches}{seconds}{buckets} })[0]{le},
       2.5, 'which is its bucket');
    $gateway->stop;
}

{
    my $gateway = gateway([ { never => 1 }, token() ], workers => 1,
                          allow => qr/exited on signal 9/);
    my @clients = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                              PeerPort => $gateway->port) }
                  1 .. 3;

    print {$_} OAuth::Test::Client::request_bytes('GET', '/') for @clients;

    is(until_status($gateway, sub { $_[0]{waiting} == 3 })->{waiting}, 3,
       'three wait');
    close shift @clients;
    is(until_status($gateway, sub { $_[0]{waiting} == 2 })->{waiting}, 2,
       'one has left');

    my ($worker) = $gateway->nginx->workers;

    kill 'KILL', $worker;
    is(until_status($gateway, sub { $_[0] && $_[0]{waiting} == 0 })->{waiting},
       0, 'a dead worker has none that wait');
    $gateway->get('/') for 1, 2;
    kill 'KILL', $gateway->nginx->workers;
    is(until_status($gateway, sub { $_[0] })->{requests}{hit}, 1,
       '[L4] what it has counted stays');
    $gateway->stop;
}


# Failures, and reasons that a provider makes up.
{
    my @codes = map { { status => 400, json => { error => "code_x$_" } } }
                1 .. REASONS;
    my $gateway = gateway([ @codes, token() ],
                          provider => 'backoff 10ms 10ms;');

    $gateway->get('/');

    my $p = status($gateway);

    is($p->{state}, 'paused', 'a refusal');
    is($p->{last_failure}{reason}, 'code_x1', '[E11] its reason');
    cmp_ok(abs($p->{last_failure}{time} - wall), '<', 10, 'its time');
    is($p->{failures_in_a_row}, 1, 'the first');
    is(counted($p->{failures}) . ' ' . counted($p->{errors}),
       'code_x1=1 code_x1=1', 'a failed fetch and a request without a token');
    is($p->{keys}[0]{reason}, 'code_x1', 'the key has it, too');
    ok(defined $p->{next_try_in}, '[E11] the end of the pause');

    for (2 .. REASONS) {
        sleep 0.05;
        $gateway->get('/');
    }

    $p = status($gateway);
    is($p->{failures}{other}, REASONS - 11, 'a dozen are told apart');
    is($p->{last_failure}{reason}, 'other', 'no more');
    is($p->{fetches}{refused}, REASONS, 'but each counts');
    is($p->{failures_in_a_row}, REASONS, 'in a row');

    sleep 0.05;
    $gateway->get('/');
    $p = status($gateway);
    is("$p->{state} $p->{failures_in_a_row}", 'fresh 0', 'all is well again');
    is($p->{next_try_in}, undef, 'nothing is paused');
    ok($p->{last_failure}, 'but not forgotten');
    $gateway->stop;
}


# Codes that are not OAuth's may have capitals.
{
    my $gateway = gateway([ { json => { error_code => 'AB.1-c' } } ]);

    $gateway->get('/');
    is(status($gateway)->{last_failure}{reason}, 'code_ab.1-c',
       'which are not kept');
    $gateway->stop;
}


# An endpoint that nobody answers at pauses all that have it.
{
    my $gateway = gateway([ { rst => 1 } ], provider => 'client_id $arg_c;',
        http => OAuth::Test::Gateway->block('q', 'client_id q;'));

    is($gateway->get("/?c=$_")->{status}, $_ == 1 ? 502 : 503, "tenant $_")
        for 1, 2;

    my $p = status($gateway);

    is($p->{state}, 'paused', 'an endpoint that does not answer');
    is(counted($p->{fetches}), 'transport=1', 'was asked once');
    is($p->{errors}{backoff}, 1, 'for all');
    ok($p->{next_try_in}, 'and will be again');

    my $q = status($gateway, undef, 'q');

    is("$q->{state} $q->{entries}{all} $q->{failures_in_a_row}", 'paused 0 1',
       'another provider that has it, and that nobody has asked');
    ok($q->{next_try_in}, 'has the same pause');
    $gateway->stop;
}


# A due refresh that fails, and an upstream that refuses.
{
    my $gateway = gateway([ token(expires_in => 6),
                            { status => 500 } ],
                          provider => 'backoff 1h 1h;');

    $gateway->get('/');
    sleep 3.2;
    $gateway->get('/');

    my $p = until_status($gateway, sub { $_[0]{fetches}{unusable} });

    is($p->{state}, 'due', 'a refresh has failed');
    is($p->{requests}{stale}, 1, 'a request that was served meanwhile');
    cmp_ok($p->{next_try_in}, '>', 1000, 'the next try');
    is($p->{refresh_in}, 0, 'which is due since');
    is(counted($p->{errors}), '', 'no request had to fail');
    is(counted($p->{failures}), 'http_500=1', 'though a fetch did');
    $gateway->stop;
}

{
    my $gateway = gateway([ token() ]);

    $gateway->get('/');
    sleep 5.2;
    $gateway->upstream->answer('/', { status => 401 }, { status => 200 });
    is($gateway->get('/')->{status}, 200, 'a token is refused');

    my $p = status($gateway);

    is($p->{retries}, 1, 'the request was sent once more');
    is(counted($p->{requests}), 'hit=1 miss=1', 'and counts once');
    is($p->{fetches}{ok}, 2, 'with another token');
    $gateway->stop;
}


# Many tenants: a summary and the worst of them.
{
    my $gateway = gateway([ map({ token(expires_in => 1000 - $_) } 1 .. 12),
                            { status => 400 }, token() ],
        provider => 'client_id tenant-$arg_c; zone small; backoff 1h 1h;',
        http => 'oauth_token_zone zone=small:64k;');

    $gateway->get("/?c=$_") for 1 .. 12, 'bad';

    my $p = status($gateway);

    is(counted($p->{entries}), 'all=13 fresh=12 paused=1', 'the summary');
    is($p->{state}, 'paused', 'begins with what is wrong');
    is(scalar @{ $p->{keys} }, 10, 'the worst of them');
    is($p->{keys}[0]{state}, 'paused', 'first the one that failed');
    cmp_ok($p->{keys}[1]{expires_in}, '<', $p->{keys}[-1]{expires_in},
           'then the one that ends first');
    cmp_ok($p->{expires_in}, '<=', 988, 'as the summary says');

    my ($line) = grep { /\[error\]/ } split /\n/, $gateway->nginx->error_log;
    my ($key) = $line =~ /key: ([0-9a-f]{8})/;

    is($p->{keys}[0]{key}, $key, 'the key is that of the log');
    unlike($gateway->get('/status')->{body}, qr/tenant-/, '[G3] and no name');

    # a zone of 64k holds some 30 of them
    $gateway->get("/?c=$_") for 100 .. 180;

    my ($document, $after) = status($gateway);
    my ($zone) = grep { $_->{name} eq 'small' } @{ $document->{zones} };

    cmp_ok($zone->{evicted}, '>', 20, 'tokens made room for others');
    is($after->{evicted}, $zone->{evicted}, 'the provider\'s');
    $gateway->stop;
}


# A zone too small to count all of its providers serves them nevertheless.
{
    my $gateway = gateway([ token() ], allow => qr/no room to count/,
        http => 'oauth_token_zone zone=tiny:32k;'
            . join('', map { OAuth::Test::Gateway->block("p$_", 'zone tiny;') }
                   1 .. 12),
        server => 'location /last { oauth_token_provider p12;'
            . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }');
    my @told = $gateway->nginx->error_log
                   =~ /\[warn\].*zone "tiny" has no room to count.*"(p\d+)"/g;

    cmp_ok(scalar @told, '>', 3, 'providers that are not counted');
    is($told[-1], 'p12', 'are named');
    is($gateway->get('/last')->{status}, 200, 'and get their tokens');
    is(counted(status($gateway, undef, $_)->{fetches}), '',
       "which count for no other: $_") for qw(p1 p11);
    $gateway->stop;
}


my $in = sub { provider('') . "server { location /s { $_[0] } }" };

refused('another format', $in->('oauth_token_status xml; # here'),
        qr/unknown format "xml" in "oauth_token_status", it must be "json", "prometheus" or "html"/);
refused('twice', $in->("oauth_token_status json;\noauth_token_status; # here"),
        qr/"oauth_token_status" directive is duplicate/);

done_testing();
