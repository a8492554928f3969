# An answer that is not whole is no answer: never a part of a token.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Gateway;

# A request takes four of nginx's 1024 connections.
use constant BATCH => 150;

my $token = canary('token');
my $json = qq({"expires_in":3600,"access_token":"$token"});
my $size = length $json;
my $ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

# The same answer with its length, in chunks, and ended by the connection.
my %whole = (
    length  => "${ok}Content-Length: $size\r\n\r\n$json",
    chunked => "${ok}Transfer-Encoding: chunked\r\n\r\n"
               . join('', map { sprintf "%x\r\n%s\r\n", length, $_ }
                          substr($json, 0, 40), substr($json, 40))
               . "0\r\n\r\n",
    close   => "${ok}\r\n$json",
);

# Where it ends too early: everywhere, by FIN and by RST.
my %answer;

for my $kind (sort keys %whole) {
    my $bytes = $whole{$kind};

    $answer{"/$kind"} = { raw => $bytes };

    for my $cut (0 .. length($bytes) - 1) {
        my $part = substr $bytes, 0, $cut;

        $answer{"/$kind$cut"} = { raw => $part };
        $answer{"/$kind${cut}r"} = { script => [ $part, { end => 'rst' } ] };
    }
}

# More than the body, and less than it, by the length that is told.
$answer{'/short'} = { raw => "${ok}Content-Length: @{[ $size + 9 ]}\r\n\r\n"
                             . $json };
$answer{'/inside'} = { raw => "${ok}Content-Length: @{[ $size - 9 ]}\r\n\r\n"
                              . $json };
$answer{'/reset'} = { rst => 1 };

my @uris = sort keys %answer;

my $gateway = OAuth::Test::Gateway->new(
    http => 'variables_hash_max_size 16384;' . join('', map {
        OAuth::Test::Gateway->block(substr($_, 1),
            "token_endpoint http://127.0.0.1:TOKEN_PORT$_;");
    } @uris),
    server => join('', map { "location = $_ { oauth_token_provider "
        . substr($_, 1) . '; proxy_pass http://127.0.0.1:UPSTREAM_PORT; }' }
        @uris),
);

$gateway->endpoint->answer($_, $answer{$_}) for @uris;
$gateway->start;

# As many at a time as there are connections for.
my @answers;
my @left = @uris;

while (my @some = splice @left, 0, BATCH) {
    push @answers, $gateway->many(20,
        map { { bytes => request_bytes('GET', $_) } } @some);
}

my %status = map { $uris[$_] => $answers[$_]{status} } 0 .. $#uris;
my %reason;

$reason{ $_->{headers}{'x-error'} // 'none' }++ for @answers;
note map { "$_: $reason{$_}\n" } sort keys %reason;

for my $kind (sort keys %whole) {
    my @cut = grep { /\A\/$kind\d/ } @uris;

    is($status{"/$kind"}, 200, "[B14] $kind: the whole answer is good");
    is(join(' ', grep { $status{$_} != 502 } @cut), '',
       '[B14] ' . @cut . ' parts of it are not, by FIN and by RST');
}

is($status{$_}, 502, "[B14] $_ is not") for '/short', '/inside', '/reset';

my %seen;

$seen{ $_->{path} } = $_->{raw} for $gateway->upstream->requests;
is(join(' ', sort keys %seen), '/chunked /close /length',
   '[B14] only whole answers lead upstream');
is(scalar(grep { /^Authorization: Bearer \Q$token\E\r$/m } values %seen), 3,
   'with the whole token');
$gateway->stop;

done_testing();
