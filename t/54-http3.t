# Clients that come by HTTP/3.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::CA;
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway qw(tally);
use OAuth::Test::H3 qw(h3 h3_many h3_missing h3_port);
use OAuth::Test::Refusal qw(fresh tokens_of);

plan skip_all => h3_missing() if h3_missing();

use constant TAKES => 0.5;

my $cert = OAuth::Test::CA->new->cert;

# With the number of its port.  A client that goes without a word keeps its
# connection, and a worker that is to quit, for keepalive_timeout.
sub gateway {
    my $delay = shift;

    my $port = h3_port();
    my $gateway = OAuth::Test::Gateway->new(server => <<"END");
listen 127.0.0.1:$port quic;
keepalive_timeout 8s;
ssl_certificate $cert->{cert};
ssl_certificate_key $cert->{key};
END

    $gateway->endpoint->answer('/token', {
        token => canary('token') . '-%d', delay => $delay,
    });

    return ($gateway->start, $port);
}

# what the upstream got under this name
sub sent {
    my ($gateway, $path) = @_;

    my $request = $gateway->upstream->last_request($path);

    return join ', ', map { $_->[1] } grep { lc $_->[0] eq 'authorization' }
        @{ $request->{headers} };
}


{
    my ($gateway, $port) = gateway(0);

    my $answer = h3($port, '/first');
    is("$answer->{status} $answer->{headers}{'x-cache'}", '200 MISS',
       'the first client by HTTP/3 causes a fetch');
    is(sent($gateway, '/first'), $gateway->token(1),
       'the upstream gets its token, once');

    $answer = h3($port, '/own', headers => [ Authorization => 'Bearer mine' ]);
    is($answer->{headers}{'x-cache'}, 'HIT', 'the token serves the next one');
    is(sent($gateway, '/own'), $gateway->token(1),
       'instead of the authorization that the client has sent');

    is($gateway->get('/')->{headers}{'x-cache'}, 'HIT',
       'and clients of HTTP/1.1');

    # a younger one is not replaced
    sleep 5.3;
    fresh($gateway, '/refused');

    $answer = h3($port, '/refused');
    is("$answer->{status} $answer->{headers}{'x-cache'}", '200 RETRY',
       'a token that the upstream refuses is replaced');
    is(tokens_of($gateway, '/refused'), '1 2', 'by another');

    $gateway->stop;
}

{
    my ($gateway, $port) = gateway(TAKES);
    my $body = join '', map { chr $_ % 251 } 1 .. 300_000;

    is(h3($port, '/upload', body => $body)->{status}, 200,
       'a body that comes while the token is fetched');

    my $request = $gateway->upstream->last_request('/upload');
    is(sha256_hex($request->{body}), sha256_hex($body), 'arrives whole');
    is(sent($gateway, '/upload'), $gateway->token(1), 'with the token');

    $gateway->stop;
}

{
    my ($gateway, $port) = gateway(TAKES);
    my @answers = h3_many($port, map { { uri => "/$_" } } 1 .. 40);

    is(tally(@answers), '200 MISS: 1, 200 WAIT: 39',
       '40 streams of a connection wait for one token');
    is($gateway->fetches, 1, 'that was fetched once');

    $gateway->stop;
}

{
    my ($gateway, $port) = gateway(4 * TAKES);
    my ($worker) = $gateway->nginx->workers;

    is(h3($port, '/', leave => TAKES)->{status}, 0,
       'the client that caused the fetch leaves with its connection');

    # The one that makes the connection stays.
    my @answers = h3_many($port, { uri => '/' },
                          map { { uri => '/', leave => $_ % 2 && TAKES } }
                          1 .. 19);

    is(join(' ', map { $_->{status} } @answers), join(' ', 200, (0, 200) x 9, 0),
       'half of the streams are reset while they wait, the others are served');
    is($gateway->fetches, 1, 'with the token of one fetch');
    is($gateway->upstream->count('/'), 10, 'what was reset never went upstream');
    is(h3($port, '/')->{headers}{'x-cache'}, 'HIT', 'the token stays');

    # Some of them before nginx knows of a request.
    h3($port, '/', leave => 0.01) for 1 .. 5;
    is(h3($port, '/')->{status}, 200, 'connections that end at once do no harm');
    is(join(' ', $gateway->nginx->workers), $worker, 'the worker lives');

    $gateway->stop;
}

{
    my ($gateway, $port) = gateway(0);

    $gateway->endpoint->fault('/token', { status => 401, body => '{}' });

    my $answer = h3($port, '/', headers => [ Authorization => 'Bearer mine' ]);
    is("$answer->{status} $answer->{headers}{'x-cache'}", '502 ERROR',
       'no token: an error');
    is($gateway->upstream->connections, 0, 'and no request upstream');

    $gateway->stop;
}

done_testing();
