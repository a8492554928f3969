# An answer that is not whole is no answer: never a part of a token.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Gateway;

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

# Where it ends too early: everywhere in the body, and here and there before.
my %answer;

for my $kind (sort keys %whole) {
    my $bytes = $whole{$kind};
    my $body = index($bytes, "\r\n\r\n") + 4;

    $answer{"/$kind"} = { raw => $bytes };

    for my $cut (1, 9, 15, 17, 30, $body - 4, $body - 2 .. length($bytes) - 1) {
        $answer{"/$kind$cut"} = { raw => $bytes, cut => $cut };
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
    level => 'info',
    http => 'variables_hash_max_size 4096;' . join('', map {
        OAuth::Test::Gateway->block(substr($_, 1),
            "token_endpoint http://127.0.0.1:TOKEN_PORT$_;");
    } @uris),
    server => join('', map { "location = $_ { oauth_token_provider "
        . substr($_, 1) . '; proxy_pass http://127.0.0.1:UPSTREAM_PORT; }' }
        @uris),
);

$gateway->endpoint->answer($_, $answer{$_}) for @uris;
$gateway->start;

my @answers = $gateway->many(20, map { { bytes => request_bytes('GET', $_) } }
                                 @uris);
my %status = map { $uris[$_] => $answers[$_]{status} } 0 .. $#uris;
my %reason;

$reason{ $_->{headers}{'x-error'} // 'none' }++ for @answers;
note map { "$_: $reason{$_}\n" } sort keys %reason;

for my $kind (sort keys %whole) {
    my @cut = grep { /\A\/$kind\d/ } @uris;

    is($status{"/$kind"}, 200, "$kind: the whole answer is good");
    is(join(' ', grep { $status{$_} != 502 } @cut), '',
       scalar(@cut) . ' parts of it are not');
}

is($status{$_}, 502, "$_ is not") for '/short', '/inside', '/reset';

my %seen;

$seen{ $_->{path} } = $_->{raw} for $gateway->upstream->requests;
is(join(' ', sort keys %seen), '/chunked /close /length',
   'only whole answers lead upstream');
is(scalar(grep { /^Authorization: Bearer \Q$token\E\r$/m } values %seen), 3,
   'with the whole token');
$gateway->stop;

done_testing();
