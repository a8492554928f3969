# Variables in the path and the query of token_endpoint: a value stays where it
# was put, whatever is in it.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Gateway;

my $gateway = OAuth::Test::Gateway->new(
    provider => 'token_endpoint'
        . ' http://127.0.0.1:TOKEN_PORT/t/$http_x_a/token?q=1&b=${http_x_b}-;'
        . 'scope s in=query;',
);

$gateway->start;

# X-A, X-B, and what is asked for; undef: nothing is, the client gets 500.
my @cases = (
    [ 'a',          'b',          'a', 'b' ],
    [ 'a.b-c_d~e',  'a.b-c_d~e',  'a.b-c_d~e', 'a.b-c_d~e' ],
    [ 'a/b',        'a/b',        'a%2Fb', 'a%2Fb' ],
    [ '../../x',    '../../x',    '..%2F..%2Fx', '..%2F..%2Fx' ],
    [ 'a?b=c',      'a?b=c',      'a%3Fb%3Dc', 'a%3Fb%3Dc' ],
    [ 'a#b',        'a#b',        'a%23b', 'a%23b' ],
    [ 'a;b',        'a&b=c',      'a%3Bb', 'a%26b%3Dc' ],
    [ 'a b',        'a b+c',      'a%20b', 'a%20b%2Bc' ],
    [ 'a%2fb',      '100%',       'a%252fb', '100%25' ],
    [ 'a\\b',       'a"b',        'a%5Cb', 'a%22b' ],
    [ "\xc3\xa9",   "\xc3\xa9",   '%C3%A9', '%C3%A9' ],
    [ '...',        '...',        '...', '...' ],
    [ '@evil.test', '@evil.test', '%40evil.test', '%40evil.test' ],
    [ '//evil.test/', 'http://evil.test/', '%2F%2Fevil.test%2F',
      'http%3A%2F%2Fevil.test%2F' ],
    [ 'unix:/run/x', '169.254.169.254', 'unix%3A%2Frun%2Fx',
      '169.254.169.254' ],
    [ 'x..',        '..x',        'x..', '..x' ],
    [ '%2e%2e',     '%2e',        '%252e%252e', '%252e' ],
    [ 'a HTTP/1.1', 'a HTTP/1.1', 'a%20HTTP%2F1.1', 'a%20HTTP%2F1.1' ],
    [ '.',          'b' ],
    [ '..',         'b' ],
    [ '',           'b' ],
    [ 'a',          '' ],
    [ "a\tb",       'b' ],
);

for my $case (@cases) {
    my ($path, $query, @wanted) = @$case;
    my $before = $gateway->endpoint->count;
    my $name = "[H7] \"$path\" and \"$query\"" =~ s/\t/\\t/r;

    my $answer = $gateway->get('/', 'X-A', $path, 'X-B', $query);
    my @asked = $gateway->endpoint->requests;

    splice @asked, 0, $before;

    if (!@wanted) {
        is($answer->{status}, 500, "$name: refused");
        is(scalar @asked, 0, 'nothing is asked for');
        next;
    }

    # nobody has programmed these paths
    is($answer->{status}, 502, "$name: asked for");
    is(join(' ', map { $_->{uri} } @asked),
       "/t/$wanted[0]/token?q=1&b=$wanted[1]-&scope=s", 'at its place');
}

is(scalar $gateway->upstream->requests, 0, '[H7] nothing went upstream');

my @lines = grep { /\[error\]/ && !/no access token/ }
            split /\n/, $gateway->nginx->error_log;

is(scalar(grep { /no usable value while evaluating "token_endpoint"/ } @lines),
   scalar(grep { @$_ == 2 } @cases), 'a line for each that is refused');
is(scalar(grep { !/while evaluating "token_endpoint"/ } @lines), 0, 'and no other');

$gateway->stop;
done_testing();
