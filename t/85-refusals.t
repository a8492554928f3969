# A token endpoint that refuses, fails, throttles, redirects, or hangs up.

use strict;
use warnings;
use lib 't/lib';

use POSIX qw(strftime);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;
use OAuth::Test::Hostile qw(MARK check_cases head);
use OAuth::Test::TokenEndpoint;
use OAuth::Test::Upstream;

my $other = OAuth::Test::Upstream->new;
my $bad = canary('bad');
my $ok = head('200 OK', 'Content-Length: 99');

sub error {
    my ($status, $error, @headers) = @_;

    return { status => $status, headers => [ @headers ],
             json => { error => $error, error_description => MARK } };
}

sub plain { return { status => $_[0], body => MARK, headers => [ @_[1 .. $#_] ] } }

my @cases = (
    (map { [ "[E1] $_", error(400, $_), "502 $_" ] }
        qw(invalid_request invalid_client unauthorized_client invalid_grant
           unsupported_grant_type invalid_scope access_denied)),
    (map { [ "[E1] status $_", plain($_, 'WWW-Authenticate' => 'Basic'),
             "502 http_$_" ] } 401, 402, 403, 404, 405, 418),
    [ '[E1] a challenge of another scheme', plain(401,
        'WWW-Authenticate' => 'Bearer error="invalid_token"'), '502 http_401' ],
    [ '[E1] a token beside a refusal', { status => 400, token => $bad },
      '502 http_400' ],

    (map { [ "[E2] $_", error(400, $_), "502 $_" ] }
        qw(temporarily_unavailable server_error)),
    (map { [ "[E2] status $_", plain($_), "502 http_$_" ] }
        408, 425, 500, 501, 502, 504, 520, 599),
    [ '[E2] status 503', plain(503), '503 http_503', after => '[1-9]' ],
    [ '[E2] a token beside a failure', { status => 500, token => $bad },
      '502 http_500' ],

    # none of these is longer than the pause
    (map { [ "[E3] Retry-After: $_", plain(429, 'Retry-After' => $_),
             '503 http_429', after => 1 ] }
        '0', '-1', '+1', 'abc', '1s', '0.5', '', '9999999999x',
        'Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT',
        'Sun Nov  6 08:49:37 1994', 'Sun, 31 Feb 2099 08:49:37 GMT'),
    [ '[E3] no Retry-After', plain(429), '503 http_429', after => 1 ],

    (map { [ "[E6] $_->[0] to $_->[1]", plain($_->[0], Location => $_->[1]),
             '502 redirect' ] }
        (map { [ $_, $other->url('/token') ] } 300 .. 303, 305, 307, 308),
        (map { [ 307, $_ ] } '//127.0.0.1:' . $other->port . '/', '/other',
            'https://127.0.0.1:' . $other->port . '/', 'javascript:alert(1)',
            'file:///etc/passwd', '', '?a', "http://id\@127.0.0.1/")),
    [ '[E6] a redirect with a token', { status => 302, token => $bad,
        headers => [ Location => $other->url('/token') ] }, '502 redirect' ],
    [ '[E6] 304', plain(304), '502 (?:redirect|incomplete)' ],
    [ '[E6] a Refresh', plain(200, Refresh => '0; url=' . $other->url('/')),
      '502 bad_json' ],
    [ '[E6] X-Accel-Redirect', plain(200, 'X-Accel-Redirect' => '/c0'),
      '502 bad_json' ],
    [ '[E6] HTML that goes elsewhere', { body => '<html><meta http-equiv='
        . '"refresh" content="0;url=' . $other->url('/') . '">' }, '502 html' ],
    [ '[E6] Alt-Svc', plain(503, 'Alt-Svc' => 'h2=":' . $other->port . '"'),
      '503 http_503' ],
);

# Connections that end, when so many bytes of the request have come, or so much
# of the answer has gone.
my $rst = { end => 'rst' };
my @ends = (
    (map { my $after = $_;
           map { [ "$_->[0] after $after bytes of the request", $after,
                   $_->[1] ] } [ 'RST', $rst ], [ 'FIN', { end => 'close' } ] }
        0, 1, 20, 200),
    [ 'RST after the request, later', 200, { wait => 0.1 }, $rst ],
    [ 'RST after a byte of the answer', 200, 'H', $rst ],
    [ 'RST after the status line', 200, "HTTP/1.1 200 OK\r\n", $rst ],
    [ 'RST after half of a header', 200, substr($ok, 0, 25), $rst ],
    [ 'RST after the header', 200, $ok, $rst ],
    [ 'a banner of SSH before the request', 0, "SSH-2.0-OpenSSH_9.2\r\n" ],
);

check_cases([
    (map { my ($name, $answer, $want, %more) = @$_;
           { name => $name, answer => $answer, want => $want, %more } } @cases),
    (map { my ($name, $after, @steps) = @$_; {
        name => "[E5] $name",
        want => '502 (?:closed|connect|incomplete|not_http)',
        early => { after => $after, script => [ @steps ] },
        server => OAuth::Test::TokenEndpoint->new,
    } } @ends),
]);

is($other->connections, 0, '[E6] no other host sees a connection');


# What Retry-After a client gets: the provider's, but not more than an hour.
{
    my $soon = time + 120;
    my %want = (
        '120' => qr/\A1(?:19|20)\z/, '3600' => qr/\A3(?:599|600)\z/,
        '1000000000' => qr/\A3(?:599|600)\z/, '9' x 40 => qr/\A3(?:599|600)\z/,
        map { ($_ => qr/\A1[12]\d\z/) }
            strftime('%a, %d %b %Y %T GMT', gmtime $soon),
            strftime('%A, %d-%b-%y %T GMT', gmtime $soon),
            strftime('%a %b %e %T %Y', gmtime $soon),
    );
    my @values = sort keys %want;
    my $gateway = OAuth::Test::Gateway->new(
        http => join('', map { OAuth::Test::Gateway->block("p$_",
            "token_endpoint http://127.0.0.1:TOKEN_PORT/p$_;") } 0 .. @values),
        server => join('', map { "location /p$_ { oauth_token_provider p$_;"
            . 'proxy_pass http://127.0.0.1:UPSTREAM_PORT; }' } 0 .. @values),
    );

    $gateway->endpoint->answer("/p$_",
        plain($_ % 2 ? 429 : 503, 'Retry-After' => $values[$_]))
        for 0 .. $#values;
    $gateway->endpoint->answer('/p' . @values,
        plain(429, 'Retry-After' => 120, 'Retry-After' => 60));
    $gateway->start;

    for my $n (0 .. @values) {
        my $value = $values[$n] // 'of two the first';
        my $want = $want{$value} // $want{120};

        like($gateway->get("/p$n")->{headers}{'retry-after'} // 'none', $want,
             "[E3] Retry-After: $value");
        is($gateway->get("/p$n")->{status}, 503, 'a pause');
        is($gateway->endpoint->count("/p$n"), 1, 'and no second request');
    }

    $gateway->stop;
}

done_testing();
