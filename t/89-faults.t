# Calls of the system that fail: no files, no ports, no room for packets, calls
# that are interrupted, that come too early, that do a byte at a time.

use strict;
use warnings;
use lib 't/lib';

use Errno qw(EADDRNOTAVAIL EAGAIN ECONNABORTED EINTR EMFILE ENETUNREACH ENFILE
             ENOBUFS ENOMEM);
use Test::More;

use OAuth::Test::CA;
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Faults;
use OAuth::Test::Gateway;
use OAuth::Test::Life qw(slow);
use OAuth::Test::TokenEndpoint;

# seconds until all is well again
use constant PATIENCE => slow() ? 10 : 4;

my $ca = OAuth::Test::CA->new;
my $tls = OAuth::Test::TokenEndpoint->new(
    tls => $ca->cert(san => ['DNS:localhost']));
my $gateway = OAuth::Test::Gateway->new(
    allow => qr/\[(?:alert|crit)\].*(?:socket|accept4|connect|open|epoll_wait|
                send|recv|writev|readv|SSL_).*failed
                |\(105:\ No\ buffer\ space/x,
    provider => 'token_endpoint http://127.0.0.1:TOKEN_PORT/token?$arg_t;'
        . 'backoff 10ms 10ms;',
    http => OAuth::Test::Gateway->block('tls',
        'token_endpoint https://localhost:' . $tls->port . '/token?$arg_t;'
        . 'proxy_ssl_trusted_certificate ' . $ca->file
        . '; backoff 10ms 10ms;')
        . OAuth::Test::Gateway->block('fixed', ''),
    server => 'location /tls { oauth_token_provider tls;'
        . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }'
        . 'location /fixed { oauth_token_provider fixed;'
        . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }');
my $faults = OAuth::Test::Faults->new;
my $good = { token => canary('token') . '-%d' };

$_->answer('/token', $good) for $tls, $gateway->endpoint;
$faults->around(sub { $gateway->start });

my ($worker) = $gateway->nginx->workers;
my $key = 0;

# A request for a new token, whose body has so many bytes.
sub ask {
    my ($uri, $size) = @_;

    $uri .= '?' . ++$key . '=&t=' . $key;

    return $size ? $gateway->nginx->post($uri, 'x' x $size)
                 : $gateway->get($uri);
}

# name => kind of calls, errno, whether requests may fail
my @cases = (
    [ 'no files left'         => 'socket', EMFILE, 1 ],
    [ 'none in the system'    => 'socket', ENFILE, 1 ],
    [ 'no room for a socket'  => 'socket', ENOBUFS, 1 ],
    [ 'no memory for it'      => 'socket', ENOMEM, 1 ],
    [ 'no ports left'         => 'connect', EADDRNOTAVAIL, 1 ],
    [ 'no way there'          => 'connect', ENETUNREACH, 1 ],
    [ 'no memory to connect'  => 'connect', ENOBUFS, 1 ],
    [ 'nothing to read'       => 'receive', EAGAIN, 0 ],
    [ 'reading is interrupted' => 'receive', EINTR, 0 ],
    [ 'no memory to read'     => 'receive', ENOBUFS, 1 ],
    [ 'a byte at a time comes' => 'receive', 0, 0 ],
    [ 'no room to write'      => 'send', EAGAIN, 0 ],
    [ 'writing is interrupted' => 'send', EINTR, 0 ],
    [ 'no memory to write'    => 'send', ENOBUFS, 1 ],
    [ 'a byte at a time goes' => 'send', 0, 0 ],
    [ 'waiting is interrupted' => 'wait', EINTR, 0 ],
);

# each call, each second one, each third one; only these, as a call that is
# always interrupted never ends
for my $case (@cases) {
    my ($name, $kind, $code, $may_fail) = @$case;
    my (%seen, $failed);

    for my $uri ('/', '/tls') {
        for my $every ($may_fail ? (1, 2, 3) : (2, 3, 5)) {
            $faults->arm($worker, $kind => { every => $every,
                                             code => $code });
            $seen{ $_->{error} // $_->{status} }++ for ask($uri),
                                                       ask($uri, 20000);
            $failed += ($faults->seen($kind))[1];
            $faults->stop;

            # what is to come
            my $end = time + PATIENCE;
            my $next = 0;

            $next = ask($uri)->{status} while $next != 200 && time < $end;
            $seen{ $next == 200 ? 'then' : 'never' }++;
        }
    }

    my $fine = $may_fail ? qr/\A(?:0|200|50[0234]|then|Connection\ reset.*)\z/x
                         : qr/\A(?:200|then)\z/;

    note "$name: ", join ', ', map { "$_: $seen{$_}" } sort keys %seen;
    cmp_ok($failed, '>', 0, "[I17] $name");
    is(join(' ', grep { $_ !~ $fine } sort keys %seen), '',
       $may_fail ? '[I17] requests are served or refused, then all is well'
                 : '[I17] all requests are served');
}


# Connections that clients cannot have, for a while.
for my $code (EMFILE, ECONNABORTED) {
    $faults->arm($worker, accept => { first => 1, width => 3,
                                      code => $code });

    my $answer = $gateway->get('/?t=a');

    $faults->stop;
    is($answer->{status}, 200, '[I17] a connection that comes late is served');
}

is(scalar(grep { $_->{authorization} !~ /\ABearer \S+\z/ }
          $gateway->upstream->brief), 0,
   '[I17] no request went upstream without its token');
is(join(' ', $gateway->nginx->workers), $worker,
   '[I17] the worker is the same');


# A request that finds a token: what it allocates, and what of it is OpenSSL's.
{
    my @seen;

    $gateway->get('/fixed');

    for my $inside (1, 2) {
        $faults->arm($worker, memory => { inside => $inside });
        $gateway->get('/fixed') for 1 .. 10;
        push @seen, ($faults->seen('memory'))[0];
        $faults->stop;
    }

    note "10 hits: @seen allocations";
    is($seen[0], $seen[1], '[L5] a hit hashes no secret');

    # of a checked build each piece of a pool is one
    cmp_ok($seen[1], '<=', 10 * (slow() ? 40 : 2),
           '[L5] and allocates a few pieces of the pool of its request');
}

$faults->disarm;
$gateway->stop;

done_testing();
