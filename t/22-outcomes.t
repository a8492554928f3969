# What a client gets, and what the log says, when there is no token.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Gateway;
use OAuth::Test::Nginx;
use OAuth::Test::Upstream;

use constant TIMEOUT => 1;

my $closed = OAuth::Test::Nginx::free_port();
my $other = OAuth::Test::Upstream->new;
my $token = canary('token');

# In every answer, so that a client who sees it has seen too much.
my $mark = 'of-the-provider';
my @headers = ('X-Mark', $mark, 'Set-Cookie', "a=$mark");

sub refusal {
    my ($status, $error, @more) = @_;

    return { status => $status, headers => [ @headers, @more ],
             json => { error => $error, error_description => $mark } };
}

sub plain {
    my ($status, $body, @more) = @_;

    return { status => $status, headers => [ @headers, @more ],
             body => $body };
}

my @basic = ('WWW-Authenticate', qq(Basic realm="$mark"));

# name => [ answer, status, reason, Retry-After at most ]
my %case = (
    refused      => [ undef, 502, 'connect' ],
    reset        => [ { rst => 1 }, 502, 'closed' ],
    silent       => [ { never => 1 }, 504, 'timeout' ],
    drip_head    => [ { drip => 1, token => $token }, 504, 'timeout' ],
    drip_body    => [ { drip => 120, token => $token x 20 }, 504, 'timeout' ],
    no_http      => [ { raw => "220 $mark ESMTP\r\n" }, 502, 'not_http' ],
    client       => [ refusal(400, 'invalid_client'), 502, 'invalid_client' ],
    scope        => [ refusal(400, 'invalid_scope'), 502, 'invalid_scope' ],
    unauthorized => [ plain(401, '', @basic), 502, 'http_401' ],
    forbidden    => [ plain(403, "<html>$mark</html>"), 502, 'http_403' ],
    broken       => [ plain(500, $mark), 502, 'http_500' ],
    throttled    => [ plain(429, $mark, 'Retry-After', 7), 503, 'http_429',
                      7 ],
    unavailable  => [ plain(503, $mark), 503, 'http_503', 1 ],
    no_token     => [ { json => { expires_in => 60, a => $mark } }, 502,
                      'no_token' ],
    empty        => [ plain(200, ''), 502, 'no_token' ],
    no_content   => [ plain(204, ''), 502, 'no_token' ],
    no_json      => [ plain(200, "{\"$mark"), 502, 'bad_json' ],
    proof        => [ { token => $token, fields => { token_type => 'DPoP' } },
                      502, 'token_type' ],
    charset      => [ { token => "$token\r\nX-Mark: $mark" }, 502,
                      'token_charset' ],
    redirect     => [ plain(302, $mark, 'Location', $other->url('/token')),
                      502, 'redirect' ],
    accel        => [ plain(200, $mark, 'X-Accel-Redirect', '/refused'), 502,
                      'bad_json' ],
    endless      => [ plain(200, ' ' x 2_000_000, 'Content-Length', 2 ** 40),
                      502, 'too_large' ],
);

my @names = sort keys %case;

# A provider and a location for each case.
my $gateway = OAuth::Test::Gateway->new(
    http => join('', map {
        my $port = $_ eq 'refused' ? $closed : 'TOKEN_PORT';
        OAuth::Test::Gateway->block($_, 'fetch_timeout ' . TIMEOUT . 's;'
            . "token_endpoint http://127.0.0.1:$port/$_;");
    } @names),
    server => join('', map { "location /$_ { oauth_token_provider $_;"
        . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }' } @names),
);

for my $name (@names) {
    $gateway->endpoint->answer("/$name", $case{$name}[0] // ());
}

$gateway->start;

my @answers = $gateway->many(5, map { { bytes => request_bytes('GET', "/$_") } }
                                @names);

# The line about a timeout may come after the answer to the client.
$gateway->stop;

my @lines = $gateway->errors;
my $secret = canary('secret');

for my $name (@names) {
    my (undef, $status, $reason, $retry_after) = @{ $case{$name} };
    my $answer = shift @answers;
    my $header = $answer->{headers};
    my @own = grep { /provider: "$name"/ } @lines;

    subtest $name => sub {
        is($answer->{status}, $status, 'status');
        is($header->{'x-error'}, $reason, '$oauth_token_error');
        is($header->{'x-cache'}, 'ERROR', '$oauth_token_cache_status');
        is($header->{'cache-control'}, 'no-store', 'not to be cached');
        is($header->{'www-authenticate'}, undef, 'no challenge');
        unlike($answer->{raw}, qr/$mark/, 'nothing of the provider');

        my $seconds = $header->{'retry-after'};

        ok($retry_after ? ($seconds // 0) =~ /\A[1-9]\d*\z/
                          && $seconds <= $retry_after : !defined $seconds,
           'Retry-After') or diag($seconds // 'none');

        my ($least, $most) = $status == 504 ? (TIMEOUT - 0.05, TIMEOUT + 0.5)
                                            : (0, TIMEOUT - 0.2);

        cmp_ok($answer->{seconds}, '>=', $least, 'not too soon');
        cmp_ok($answer->{seconds}, '<', $most, 'not too late');

        is(scalar @own, 1, '[G13] one line in the error log');
        like($own[0] // '', qr/error: "$reason"/, 'says why');
        unlike($own[0] // '', qr/client:|\Q$secret\E/, 'and nothing else');
    };
}

is($gateway->upstream->connections, 0, '[D4] nothing is sent upstream');
is($other->connections, 0, 'a redirect is not followed');

done_testing();
