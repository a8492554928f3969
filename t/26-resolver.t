# How the token endpoint's host becomes an address.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Conf;
use OAuth::Test::DNS;
use OAuth::Test::Gateway;

my $dns = OAuth::Test::DNS->new;
my $resolver = 'resolver 127.0.0.1:' . $dns->port . ' ipv6=off;';
my $named = 'insecure_http on;'
            . ' token_endpoint http://provider.test:TOKEN_PORT/token;';
my $next = canary('next');

# A second address of the provider, on the same port.
my $moved = <<"END";
server {
    listen 127.0.0.2:TOKEN_PORT;
    return 200 '{"access_token":"$next"}';
}
END


# With a resolver: at run time.
for my $case ([ 'in the block', "$named $resolver", '' ],
              [ 'in http{}', $named, $resolver ]) {
    my ($where, $provider, $http) = @$case;

    $dns->names('provider.test' => [ '127.0.0.1', 1 ]);

    # The second address is an nginx of the test: it would log the secret.
    my $gateway = OAuth::Test::Gateway->new(
        level => 'info', provider => $provider, http => $http . $moved);

    $gateway->endpoint->answer('/token', {
        token => canary('token') . '-%d', expires_in => 1,
    });
    $gateway->start;

    is($gateway->get('/')->{body}, 'GET / ' . $gateway->token(1) . "\n",
       "a resolver $where: the name has an address");
    $dns->names('provider.test' => [ '127.0.0.2', 60 ]);
    sleep 2.1;
    is($gateway->get('/')->{body}, "GET / Bearer $next\n",
       '[H6] then another, which is used without a reload');
    is($gateway->fetches, 1, 'and the first one is not');
    $gateway->stop;
}


{
    $dns->names;

    my $gateway = OAuth::Test::Gateway->new(provider => "$named $resolver");
    my $answer = $gateway->start->get('/');

    is($answer->{status}, 502, '[H6] a name that is not there');
    is($answer->{headers}{'x-error'}, 'connect', 'is a failure to connect');
    is(scalar $gateway->errors, 1, 'with a line in the log');

    $dns->names('provider.test' => [ '127.0.0.1', 60 ]);
    sleep 1.1;
    is($gateway->get('/')->{status}, 200, '[H6] once it is there it works');
    $gateway->stop;
}


# A name server that says nothing.
{
    my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                       Proto => 'udp');
    my $port = $silent->sockport;
    my $gateway = OAuth::Test::Gateway->new(
        provider => "$named resolver 127.0.0.1:$port; fetch_timeout 1s;");
    my $answer = $gateway->start->get('/');

    is($answer->{status}, 504, '[H6] a name server that is silent');
    is($answer->{headers}{'x-error'}, 'timeout', 'is a timeout');
    cmp_ok($answer->{seconds}, '<', 1.5, '[H6] after fetch_timeout');
    $gateway->stop;
}


# Without a resolver: when the configuration is read.
refused('a host that has no address', <<'END', qr/host not found.*nothere/);
oauth_provider p {
    client_id id;
    client_secret SECRET;
    token_endpoint https://nothere.invalid/token; # here
}
END

{
    my $gateway = OAuth::Test::Gateway->new(
        provider => 'token_endpoint http://localhost:TOKEN_PORT/token;');

    is($gateway->start->get('/')->{status}, 200, 'a host with an address');
    $gateway->stop;
}


# The name of an upstream{}, which stands before or after the provider.  From
# 1.29.7 on all of them have keepalive.
my $none = OAuth::Test::Nginx::version() < 1.029007 ? '' : 'keepalive 0;';

for my $case ([ 'upstream{}', $none, '' ],
              [ 'upstream{} with keepalive', 'keepalive 2;', '' ],
              [ 'upstream{} and a resolver', $none, $resolver ]) {
    my ($name, $lines, $provider) = @$case;

    my $gateway = OAuth::Test::Gateway->new(
        http => "upstream provider { server 127.0.0.1:TOKEN_PORT; $lines }",
        provider => "insecure_http on; token_endpoint http://provider/token;"
                    . $provider);

    $gateway->endpoint->answer('/token', {
        token => canary('token') . '-%d', expires_in => 1,
    });
    $gateway->start;

    is($gateway->get('/')->{status}, 200, $name);
    sleep 1.1;
    is($gateway->get('/')->{body}, 'GET / ' . $gateway->token(2) . "\n",
       'a second fetch');

    my @connections = map { $_->{connection} } $gateway->endpoint->requests;

    is($connections[0] == $connections[1] ? 1 : 0, $lines ne $none ? 1 : 0,
       'on a connection of its own, or on the first one with keepalive');
    like($gateway->endpoint->last_request->{head}, qr/^Host: provider\r$/m,
         'for the host that the endpoint names');
    $gateway->stop;
}

done_testing();
