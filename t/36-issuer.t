# issuer: the token endpoint stands in its metadata.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request);
use OAuth::Test::Conf;
use OAuth::Test::Gateway qw(clients tally);

my $openid = '/tenant/.well-known/openid-configuration';
my $oauth = '/.well-known/oauth-authorization-server/tenant';

# A gateway whose provider has this issuer, and answers in these places.
sub gateway {
    my ($answers, %arg) = @_;

    my $gateway = OAuth::Test::Gateway->new(
        provider => 'issuer http://127.0.0.1:TOKEN_PORT/tenant;',
        server   => 'location = /purge { oauth_token_purge; }',
        %arg,
    );
    my $base = 'http://127.0.0.1:' . $gateway->endpoint->port;

    for my $path (keys %$answers) {
        my %json = %{ $answers->{$path} };
        s/BASE/$base/ for values %json;
        $gateway->endpoint->answer($path, { json => \%json });
    }

    return $gateway->start;
}

my %good = (issuer => 'BASE/tenant', token_endpoint => 'BASE/token?a=b');

for my $place ($openid, $oauth) {
    my $gateway = gateway({ $place => { %good } }, workers => 2);
    my @answers = $gateway->many(5, clients(20, '/'));

    is(scalar(grep { $_->{body} eq 'GET / ' . $gateway->token(1) . "\n" }
              @answers), 20, "$place: all get the token")
        or diag(tally(@answers));

    my ($first) = $gateway->endpoint->requests($place);

    like($first->{raw}, qr{\AGET \Q$place\E HTTP/1\.1\r\n}, 'asked with GET');
    unlike($first->{raw}, qr/^(?:Authorization|Content-Length):/mi,
           'without credentials and body');
    is($gateway->endpoint->count($place), 1, 'once');

    my ($token) = $gateway->endpoint->requests('/token');

    like($token->{raw}, qr{\APOST /token\?a=b HTTP/1\.1\r\n},
         'the token is asked for where they say');

    $gateway->nginx->reload;
    sleep 0.5;
    is($gateway->get('/')->{status}, 200, 'after a reload');
    is($gateway->endpoint->count($place), 1, 'they are still known');

    is(request($gateway->port, 'POST', '/purge', undef)->{status}, 204,
       'a purge');
    is($gateway->get('/')->{body}, 'GET / ' . $gateway->token(2) . "\n",
       'a new token');
    is($gateway->endpoint->count($place), 2, 'and new metadata');
    $gateway->stop;
}

for my $case (
    [ 'another issuer', { %good, issuer => 'BASE/tenant/' },
      'issuer_mismatch' ],
    [ 'no issuer', { token_endpoint => 'BASE/token' }, 'issuer_mismatch' ],
    [ 'no token endpoint', { issuer => 'BASE/tenant' }, 'no_token' ],
    [ 'an endpoint elsewhere',
      { %good, token_endpoint => 'http://127.0.0.2/token' }, 'other_host' ],
    [ 'a host that only begins so',
      { %good, token_endpoint => 'BASE.example.com/token' }, 'other_host' ],
    [ 'a user in the URL',
      { %good, token_endpoint => 'BASE@example.com/token' }, 'other_host' ],
    [ 'another scheme',
      { %good, token_endpoint => 'https://127.0.0.1/token' }, 'other_host' ],
    [ 'a fragment', { %good, token_endpoint => 'BASE/token#a' },
      'other_host' ],
) {
    my ($name, $json, $reason) = @$case;
    my $gateway = gateway({ $openid => $json, $oauth => $json });
    my $answer = $gateway->get('/');

    is("$answer->{status} $answer->{headers}{'x-error'}", "502 $reason",
       "[H10] refused: $name");
    is($gateway->fetches, 0, '[H10] no secret is sent anywhere');
    $gateway->stop;
}

# nginx -t
sub block { return "oauth_provider p {\nclient_id id;\nclient_secret SECRET;\n"
                   . "$_[0]\n}" }

accepted 'an issuer', block('issuer https://127.0.0.1:1/tenant;');
refused "an issuer with $_->[0]", block("issuer $_->[1]; # here"), qr/issuer/
    for [ 'a query', 'https://127.0.0.1/?a' ], [ 'a fragment', '"https://a/#b"' ],
        [ 'a variable', 'https://127.0.0.1/$arg_a' ];
refused 'an issuer over http', block('issuer http://192.0.2.1/; # here'),
    qr/must use "https:/;
refused 'issuer and token_endpoint',
    block("issuer https://127.0.0.1/;\ntoken_endpoint https://127.0.0.1/t;"),
    qr/both "issuer" and "token_endpoint"/;

done_testing();
