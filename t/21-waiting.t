# What a request may do, and what may be done to it, while it waits.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;
use POSIX ();
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Gateway qw(clients tally);

use constant TAKES => 0.3;

sub gateway {
    my $gateway = OAuth::Test::Gateway->new(@_);

    $gateway->endpoint->answer($_, {
        token => canary(substr $_, 1) . '-%d', delay => TAKES,
    }) for '/token', '/other';

    return $gateway->start;
}


{
    my $gateway = gateway(provider => 'max_waiting 5;');
    my @answers = $gateway->many(5, clients(8, '/'));
    my @refused = grep { $_->{status} == 503 } @answers;

    is(tally(@answers), '200 MISS: 1, 200 WAIT: 4, 503 ERROR: 3',
       '[E10] max_waiting 5: five wait, the others are refused');

    for my $answer (@refused) {
        cmp_ok($answer->{seconds}, '<', TAKES / 2, '[E10] at once');
        is($answer->{headers}{'x-error'}, 'max_waiting', 'with the reason');
        is($answer->{headers}{'retry-after'}, 1, 'and Retry-After');
        is($answer->{headers}{'cache-control'}, 'no-store', 'not to be cached');
    }

    my @waited = grep { $_ ne '0.000' } map { $_->{headers}{'x-wait'} } @answers;

    is(scalar(grep { $_ >= 0.2 && $_ < 1 } @waited), 5,
       '$oauth_token_wait_time is the time a request has waited');
    is($gateway->get('/')->{headers}{'x-wait'}, '0.000', 'a HIT has not waited');
    $gateway->stop;
}


# An upstream that answers one request with the digest of its body.
sub digest_upstream {
    my $size = shift;

    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                         Listen => 1) or die "listen: $!";
    my $pid = fork() // die "fork: $!";

    return ($listener->sockport, $pid) if $pid;

    my ($sock, $in) = (scalar $listener->accept, '');

    while ($in !~ /\r\n\r\n/ || length $' < $size) {
        sysread $sock, $in, 1 << 20, length $in or last;
    }

    syswrite $sock, "HTTP/1.0 200 OK\r\n\r\n"
             . sha256_hex($in =~ /\r\n\r\n(.*)\z/s);
    POSIX::_exit(0);
}

{
    my $body = join '', map { chr rand 256 } 1 .. 1 << 20;
    my ($port, $pid) = digest_upstream(length $body);
    my $gateway = gateway(location => 'client_max_body_size 2m;'
                                      . "proxy_pass http://127.0.0.1:$port;");

    my $answer = $gateway->nginx->post('/', $body);

    is($answer->{headers}{'x-cache'}, 'MISS', 'a POST of 1 MB waits');
    is($answer->{body}, sha256_hex($body), 'and its body arrives whole');
    $gateway->stop;
    waitpid $pid, 0;
}


# A slow client sends the second half of its body when the token is there.
{
    my $gateway = gateway();
    my $bytes = request_bytes('POST', '/slow', 'one-two');
    my $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                     PeerPort => $gateway->port);

    syswrite $sock, substr $bytes, 0, -3;
    select undef, undef, undef, TAKES + 0.2;
    syswrite $sock, 'two';
    my $answer = do { local $/; <$sock> };
    close $sock;

    like($answer, qr{\AHTTP/1.1 200 }, 'a slow client is served');
    is($gateway->upstream->last_request('/slow')->{body}, 'one-two',
       'its body arrives whole');
    $gateway->stop;
}


{
    my $gateway = gateway();
    my $bytes = join '', map { "GET /$_ HTTP/1.1\r\nHost: a\r\n\r\n" } 1 .. 3;
    my ($answer) = $gateway->many(5, {
        bytes => $bytes . request_bytes('GET', '/4'),
    });

    is(join(',', $answer->{raw} =~ m{^GET (/\d \S+ \S+)$}mg),
       join(',', map { "/$_ " . $gateway->token(1) } 1 .. 4),
       'pipelined requests are answered in order');
    is(join(',', $answer->{raw} =~ /^X-Cache: (\w+)/mg), 'MISS,HIT,HIT,HIT',
       'with one wait');
    $gateway->stop;
}


{
    my $gateway = gateway(
        workers => 2,
        http => OAuth::Test::Gateway->block('q',
            'token_endpoint http://127.0.0.1:TOKEN_PORT/other;'),
        server => <<'END',
location /q {
    oauth_token_provider q;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
END
    );

    my @answers = $gateway->many(5, map { clients(1, '/p'), clients(1, '/q') }
                                    1 .. 20);
    my ($p, $q) = ($gateway->token(1), 'Bearer ' . canary('other') . '-1');

    is(scalar(grep { $_->{body} eq "GET /p $p\n" } @answers), 20,
       'two providers at once: the clients of the one');
    is(scalar(grep { $_->{body} eq "GET /q $q\n" } @answers), 20,
       'and of the other get their own token');
    is(scalar $gateway->endpoint->requests, 2, 'with a fetch for each');
    $gateway->stop;
}

done_testing();
