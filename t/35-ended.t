# A token that ends while its request is not sent yet is never sent: a newer one
# is, or the request fails.

use strict;
use warnings;
use lib 't/lib';

use IO::Socket::INET;
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway;

# in seconds; a token is not used any more when 9/10 of its life are over
use constant { LIFE => 2, SLOW => 2.2 };

my %lines = (
    kept => 'prefetch on;', alone => '', bare => '', never => 'prefetch on;',
    next => 'prefetch on;',
);
my %location = (
    bare => 'oauth_token_retry off;', never => 'oauth_token_retry off;',
    next => 'proxy_read_timeout ' . 1000 * SLOW . 'ms;',
);
my $silent = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1');
my $gateway = OAuth::Test::Gateway->new(
    http => join('', map {
        OAuth::Test::Gateway->block($_,
            "token_endpoint http://127.0.0.1:TOKEN_PORT/$_; $lines{$_}")
    } sort keys %lines)
    . 'upstream two { server 127.0.0.1:' . $silent->sockport . ';'
    . ' server 127.0.0.1:UPSTREAM_PORT backup; }',
    server => join('', map {
        "location /$_/ { oauth_token_provider $_; "
        . ($location{$_} // '') . 'proxy_pass http://'
        . ($_ eq 'next' ? 'two' : '127.0.0.1:UPSTREAM_PORT') . "; }\n"
    } sort keys %lines),
);
my ($endpoint, $upstream) = ($gateway->endpoint, $gateway->upstream);

$endpoint->answer("/$_", { token => canary('token') . '-%d',
                           expires_in => LIFE }) for keys %lines;
$gateway->start;

# all of them at the same time; of a GET nothing is left to be sent
my %sock;

for my $name (sort keys %lines) {
    my $bytes = $name eq 'next' ? request_bytes('GET', '/next/x')
                                : request_bytes('POST', "/$name/x", 'one-two');

    $sock{$name} = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                         PeerPort => $gateway->port);
    syswrite $sock{$name},
             $name eq 'next' ? $bytes : substr $bytes, 0, -3;
}

sleep SLOW;
syswrite $sock{$_}, 'two' for grep { $_ ne 'next' } sort keys %lines;

my %status = map {
    my $sock = $sock{$_};
    my $line = <$sock> // '';
    ($_ => $line =~ m{\AHTTP/1.1 (\d+)} ? $1 : 'none');
} sort keys %lines;

# nginx lingers with those that it has not read to their ends
close $_ for values %sock;

# When the upstream got each request, and how old its token was then.
sub ages {
    my $name = shift;

    my @tokens = $endpoint->requests("/$name");

    return map {
        my ($n) = $_->{head} =~ /^Authorization: Bearer \S+-(\d+)\r?$/m;
        $n ? $_->{time} - $tokens[$n - 1]{answered} : 1e9;
    } $upstream->requests("/$name/x");
}

for my $name (qw(kept never)) {
    my @ages = ages($name);

    is($status{$name}, 200, "[C10] $name: the body comes slowly");
    is(scalar @ages, 1, 'the request is sent');
    cmp_ok($ages[0], '<', LIFE, '[C10] with a token that has not ended');
}

for my $name (qw(alone bare)) {
    like($status{$name}, qr/\A50[0234]\z/, "$name: nor is there a newer token");
    is($upstream->count("/$name/x"), 0, '[C10] nothing is sent');
}

like($status{next}, qr/\A50[0234]\z/, 'next: the first upstream is too slow');
is($upstream->count('/next/x'), 0, 'the next one does not get its token');
is(scalar(() = $gateway->nginx->error_log =~
              /token has ended while [\w ]+, provider: "\w+", client:/g), 3,
   'the log tells of those');

$gateway->stop;

done_testing();
