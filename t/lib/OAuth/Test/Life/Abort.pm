package OAuth::Test::Life::Abort;

# Clients that go away, in every phase of a request and in every way.

use strict;
use warnings;

use Exporter qw(import);
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway;
use OAuth::Test::H2 qw(h2_many h2_rapid);
use OAuth::Test::Life qw(slow);
use OAuth::Test::Life::Memory qw(memory);

our @EXPORT = qw(aborts resets);

# The token comes after so long, an answer of the upstream after as long again;
# clients leave within all of that, and a moment before and after.
use constant { TAKES => 0.02, AT_MOST => 0.06 };

# so many at a time
use constant CROWD => 20;

# kB; streams that are reset may leave a worker their share of its pools
use constant GROWTH => 4096;

my %leave = (
    FIN => sub { close $_[0] },
    RST => sub {
        setsockopt $_[0], SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
        close $_[0];
    },
    half => sub { shutdown $_[0], 1; },
);

my %bytes = (
    GET => sub { "GET $_[0] HTTP/1.1\r\nHost: a\r\n\r\n" },
    POST => sub { "POST $_[0] HTTP/1.1\r\nHost: a\r\n"
                  . "Content-Length: 10\r\n\r\n12345" },
    head => sub { "GET $_[0] HTTP/1.1\r\nHo" },
);


sub _gateway {
    my (%arg) = @_;

    # each key has its own fetch; "retry" is refused by the upstream
    my $gateway = OAuth::Test::Gateway->new(workers => 2, level => 'error',
        provider => 'token_endpoint http://127.0.0.1:TOKEN_PORT/token?$arg_t;',
        %arg);

    $gateway->endpoint->answer('/token', { delay => TAKES,
                                           token => canary('token') . '-%d' });
    $gateway->upstream->answer('/slow', { echo => 1, delay => TAKES });
    $gateway->upstream->answer('/refused', { status => 401, body => "no\n",
                                             delay => TAKES });
    return $gateway->start;
}

# So many clients, at random.
sub aborts {
    my $n = shift;

    my $gateway = _gateway();
    my @workers = $gateway->nginx->workers;
    my @uris = qw(/ /slow /refused);
    my ($keys, $done, %seen) = (0, 0);

    for (1 .. $n / CROWD) {
        my $end = time + AT_MOST;
        my $key = ++$keys;
        my @open;

        for my $i (1 .. CROWD) {
            my $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                             PeerPort => $gateway->port)
                or next;
            my @names = sort keys %bytes;
            my $uri = $uris[rand @uris] . "?$key=";

            syswrite $sock, $bytes{ $names[rand @names] }->("$uri&t=$key");
            push @open, [ $sock, time + rand AT_MOST ];
        }

        for my $client (sort { $a->[1] <=> $b->[1] } @open) {
            my ($sock, $when) = @$client;
            my @ways = sort keys %leave;
            my $way = $ways[rand @ways];
            my $left = $when - time;

            sleep $left if $left > 0;
            $leave{$way}->($sock);
            $seen{$way}++;
            $done++;
        }
    }

    # all that was begun is finished, and kept
    sleep 10 * TAKES;

    my $fetches = $gateway->fetches;
    my $hits = grep { $gateway->get("/?$_=&t=$_")->{headers}{'x-cache'}
                      eq 'HIT' } map { 1 + int rand $keys } 1 .. 20;

    note join ', ', map { "$_: $seen{$_}" } sort keys %seen;
    cmp_ok($done, '>', 0.9 * $n, "[I7] $n clients leave in every phase");
    cmp_ok($fetches, '<=', $keys, '[I7] one fetch for each key at most');
    cmp_ok($hits, '>=', 18, '[I7] which finished, and its token is kept');
    is(join(' ', $gateway->nginx->workers), "@workers",
       '[I7] the workers are the same');
    is(scalar(grep { $_->{authorization} !~ /\ABearer \S+\z/ }
              $gateway->upstream->brief), 0,
       '[I7] no request went upstream without its token');
    $gateway->stop;

    return;
}


# HTTP/2: streams that are reset while they wait, and at once.
sub resets {
    my ($rounds, $streams) = @_;

    my $port = OAuth::Test::Nginx::free_port();
    my $gateway = _gateway(server => "listen 127.0.0.1:$port http2;",
                           provider => '');
    my $endpoint = $gateway->endpoint;

    $endpoint->answer('/token', { token => canary('token') . '-%d',
                                  delay => 0.3 });
    is(scalar h2_many($port, 60, 59), 1, '[I7] streams are reset as they wait');
    is($gateway->fetches, 1, '[I7] with one fetch');

    my @workers = $gateway->nginx->workers;

    h2_rapid($port, $streams) for @workers, @workers;

    my %before = map { $_ => memory($_) } @workers;
    my @bodies = map { h2_rapid($port, $streams) } 1 .. $rounds;
    my @grown = map { memory($_) - $before{$_} } @workers;

    note "memory of the workers: @grown kB more";
    is(scalar(grep { !defined || $_ ne 'GET / ' . $gateway->token(1) . "\n" }
              @bodies), 0, "[I19] $streams streams that are reset at once: "
                           . 'the next one is served');
    is($gateway->fetches, 1, '[I19] with no fetch more');
    is(join(' ', $gateway->nginx->workers), "@workers",
       '[I19] the workers are the same');
    cmp_ok((sort { $b <=> $a } @grown)[0], '<', GROWTH,
           '[I19] and need no more memory') if !slow();
    $gateway->stop;

    # none has a token yet
    $gateway = _gateway(server => "listen 127.0.0.1:$port http2;",
                        provider => '');
    like(h2_rapid($port, $streams) // '', qr/Bearer/,
         '[I19] before there is a token: the next one is served');
    is($gateway->fetches, 1, '[I19] with one fetch');
    $gateway->stop;

    return;
}

1;
