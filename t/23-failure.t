# After a failure: the pause, the way back, error_page, other workers.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time wall);
use OAuth::Test::Gateway qw(clients tally);

my $good = { token => canary('token') . '-%d' };

sub gateway {
    my ($answers, @arg) = @_;

    my $gateway = OAuth::Test::Gateway->new(@arg);

    $gateway->endpoint->answer('/token', @$answers);

    return $gateway->start;
}

sub backoff {
    my ($answer, $most, $name) = @_;

    my $header = $answer->{headers};

    is("$answer->{status} $header->{'x-error'}", '503 backoff', $name);
    is($header->{'cache-control'}, 'no-store', 'not to be cached');
    ok(($header->{'retry-after'} // '') =~ /\A[1-9]\d*\z/
       && $header->{'retry-after'} <= $most, 'with Retry-After')
        or diag($header->{'retry-after'} // 'none');

    return;
}


{
    my $gateway = gateway([ { status => 500 }, { status => 500 }, $good ]);

    # The second failure makes the pause longer, but not than two seconds.
    for my $attempt (1, 2) {
        my $failed = time;

        is($gateway->get('/')->{status}, 502, "attempt $attempt fails");
        backoff($gateway->get('/'), $attempt, 'a second request at once');
        sleep 0.5;
        backoff($gateway->get('/'), $attempt, 'and one after half a second');
        is($gateway->fetches, $attempt, 'nobody asked the provider again');
        sleep +(1.1, 1.9)[$attempt - 1] - (time - $failed);
    }

    my $answer = $gateway->get('/');

    is($answer->{body}, 'GET / ' . $gateway->token(3) . "\n",
       'the third attempt works');
    is($answer->{headers}{'x-cache'}, 'MISS', 'as if nothing had been');
    is(scalar $gateway->errors, 2, 'a line in the log for each failure');
    $gateway->stop;
}


# Retry-After counts when it is longer than the pause.
for my $how ('seconds', 'date') {
    my $wait = $how eq 'seconds' ? 3 : _date(wall + 3);
    my $gateway = gateway([
        { status => 429, headers => [ 'Retry-After', $wait ] }, $good,
    ]);
    my $first = $gateway->get('/');

    is($first->{status}, 503, "429 with Retry-After as $how");
    like($first->{headers}{'retry-after'}, qr/\A[23]\z/, 'which is passed on');
    sleep 1.3;
    backoff($gateway->get('/'), 2, 'after the usual pause');
    is($gateway->fetches, 1, '[E3] no fetch before it is over');
    sleep 3.1 - 1.3;
    is($gateway->get('/')->{status}, 200, 'a fetch when it is over');
    $gateway->stop;
}

# A whole second: the end of the one that has begun.
sub _date {
    my @gmt = gmtime shift;

    return sprintf '%s, %02d %s %d %02d:%02d:%02d GMT',
        (qw(Sun Mon Tue Wed Thu Fri Sat))[$gmt[6]], $gmt[3],
        (qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec))[$gmt[4]],
        $gmt[5] + 1900, @gmt[2, 1, 0];
}


# error_page applies, and what it shows has no token.
{
    my $gateway = gateway(
        [ { status => 401, json => { error => 'invalid_client' } } ],
        http => 'log_format own "$uri $status $oauth_token_error";',
        server => <<'END',
error_page 502 503 504 = @sorry;
access_log logs/own.log own;
location @sorry {
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
END
    );

    is($gateway->get('/a')->{body}, "GET /a \n",
       'error_page leads to a named location, without a token');
    is($gateway->get('/b')->{body}, "GET /b \n", 'during the pause, too');
    $gateway->stop;
    is($gateway->nginx->read_file('logs/own.log'),
       "/a 200 invalid_client\n/b 200 backoff\n",
       'the access log has the reason');
}


# Those who wait in other workers get what the attempt has got.
for my $case ([ { status => 400, json => { error => 'invalid_scope' } },
                '502 ERROR', 'invalid_scope' ],
              [ { status => 503, headers => [ 'Retry-After', 5 ] },
                '503 ERROR', 'http_503' ]) {
    my ($answer, $status, $reason) = @$case;
    my $gateway = gateway([ { %$answer, delay => 0.3 } ], workers => 4);
    my @answers = $gateway->many(5, clients(40, '/'));

    is(tally(@answers), "$status: 40", "40 clients of 4 workers: $status");
    is(scalar(grep { $_->{headers}{'x-error'} eq $reason } @answers), 40,
       'all with the same reason');
    is(scalar(grep { ($_->{headers}{'retry-after'} // '')
                     =~ /\A(?:5|)\z/ } @answers), 40, 'and Retry-After');
    is($gateway->fetches, 1, 'of one fetch');
    is(scalar $gateway->errors, 1, 'with one line in the log');
    is($gateway->upstream->connections, 0, 'nothing is sent upstream');
    $gateway->stop;
}

done_testing();
