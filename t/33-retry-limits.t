# An upstream that refuses tokens must not make the gateway hammer the provider.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway qw(clients tally);
use OAuth::Test::H2 qw(h2_many);
use OAuth::Test::Nginx;
use OAuth::Test::Refusal qw(refusing tokens_of dropped fresh);

use constant { CLIENTS => 200, AGE => 5, TAKES => 0.3 };

my $h2 = OAuth::Test::Nginx::free_port();
my @names = qw(always burst young);
my $gateway = refusing(cases => { map { $_ => '' } @names },
                       young => [@names],
                       server => "listen 127.0.0.1:$h2 http2;");
my ($endpoint, $upstream) = ($gateway->endpoint, $gateway->upstream);


$gateway->get('/');

# the first token is of now, too, and serves five seconds
$upstream->answer('/always/x', { status => 401, body => "no\n" });

my $end = time + AGE + 1;
my ($requests, %seen) = (0);

while (time < $end) {
    my @got = $gateway->many(5, clients(5, '/always/x'));

    $seen{"$_->{status} $_->{body}"} += 1 for @got;
    $requests += @got;
    sleep 0.05;
}

my @at = map { $_->{answered} } $endpoint->requests('/always');

is(join(',', keys %seen), "401 no\n", 'an upstream that always says 401');
cmp_ok($upstream->count('/always/x'), '<=', $requests + 5,
       'gets no more than one request more for each');
is(scalar @at, 2, '[D11] no fetch but one, after five seconds') or diag("@at");
cmp_ok($at[1] - $at[0], '>', AGE - 0.1, 'and not sooner');


# its first token is old by now, its second will not be
fresh($gateway, '/young/x');
$gateway->get('/young/x');
$upstream->answer('/young/y', { status => 401 });

is($gateway->get('/young/y')->{status}, 401,
   'a refused token that is younger than five seconds: the 401 is passed on');
is(tokens_of($gateway, '/young/y'), '2', 'nothing is sent again');
is(dropped($gateway, 'young'), 1, 'the token stays');


$endpoint->answer('/burst', { token => canary('token') . '-2',
                              delay => TAKES });

# all are there before the first is refused
fresh($gateway, '/burst/x', { status => 401, delay => 1 });

my @answers = $gateway->many(20, clients(CLIENTS, '/burst/x'),
                             clients(CLIENTS / 2, '/burst/x', leave => 1.15));

is(tally(@answers), '200 RETRY: ' . CLIENTS . ', left: ' . CLIENTS / 2,
   'clients whose token is refused at the same time, some of which leave');
is($endpoint->count('/burst'), 2, '[D11] are served with one fetch');
is(dropped($gateway, 'burst'), 1, 'and one line in the log');


# streams of HTTP/2, of which some are reset while they wait again
$endpoint->answer('/token', { token => canary('token') . '-2',
                              delay => TAKES });
fresh($gateway, '/');

my @bodies = h2_many($h2, 50, 10);

is(scalar(grep { $_ eq 'GET / ' . $gateway->token(2) . "\n" } @bodies), 40,
   'an HTTP/2 connection with 50 streams, of which 10 are reset');
is($gateway->fetches, 2, 'causes one fetch');

$gateway->stop;

done_testing();
