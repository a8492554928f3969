# What a client may send along, and what the upstream sees of it.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Backend;
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;
use OAuth::Test::H2 qw(h2_get);
use OAuth::Test::Nginx;

my $h2 = OAuth::Test::Nginx::free_port();
my $fastcgi = OAuth::Test::Backend->new('fastcgi', 'nothing');
my $address = $fastcgi->address;
my $api = 'proxy_pass http://127.0.0.1:UPSTREAM_PORT;';

my $gateway = OAuth::Test::Gateway->new(
    provider => 'upstream_header X-Merchant 7;',
    server => <<"END",
listen 127.0.0.1:$h2 http2;
keepalive_timeout 0;
underscores_in_headers on;
ignore_invalid_headers off;

location /hop/ {
    oauth_token_provider p;
    proxy_http_version 1.1;
    proxy_set_header Connection \$http_connection;
    proxy_set_header Upgrade \$http_upgrade;
    $api
}

location /fastcgi/ {
    oauth_token_provider p;
    fastcgi_param REQUEST_URI \$uri;
    fastcgi_pass $address;
}
END
)->start;

my $token = canary('token') . '-1';

# Sends a request as it is; returns its status, what came upstream as
# Authorization, and all that came.
sub sent {
    my ($line, $headers, $body) = @_;

    my $upstream = $gateway->upstream;
    my $before = $upstream->count;
    my @close = grep({ /\AConnection/ } @$headers) ? () : 'Connection: close';
    my ($answer) = $gateway->many(10, {
        bytes => join "\r\n", "$line HTTP/1.1", 'Host: localhost', @close,
                      @$headers, '', $body // '',
    });
    my @new = $upstream->requests;

    splice @new, 0, $before;

    my @sent = map { $_->[1] } grep { $_->[0] =~ /\Aauthorization\z/i }
               map { @{ $_->{headers} } } @new;

    return ($answer->{status}, join('|', @sent), map { $_->{raw} } @new);
}


# what goes upstream with the token: name, line, headers, body, what is seen
for my $case (
    [ '[D1] no credentials', 'GET /' ],
    [ '[D1] one Authorization', 'GET /', [ 'Authorization: Bearer evil' ] ],
    [ '[D1] Proxy-Authorization', 'GET /',
      [ 'Proxy-Authorization: Bearer evil' ] ],
    [ '[D1] a token in the body', 'POST /',
      [ 'Content-Type: application/x-www-form-urlencoded',
        'Content-Length: 17' ],
      'access_token=evil', qr/\r\n\r\naccess_token=evil\z/ ],
    [ '[D1] a token in the query', 'GET /?access_token=evil', [], undef,
      qr{\AGET /\?access_token=evil } ],
    [ '[D2] another case', 'GET /', [ 'aUTHORIZATION: Bearer evil' ] ],
    [ '[D2] a name that CGI takes for another', 'GET /',
      [ 'X_Merchant: 8', 'X_merchant: 9', 'Authorization_: evil' ] ],
    [ '[D2] a trailer', 'POST /', [ 'Transfer-Encoding: chunked',
                                    'Trailer: Authorization' ],
      "1\r\na\r\n0\r\nAuthorization: Bearer evil\r\n\r\n" ],
    [ '[D2] a second request in the body', 'POST /', [ 'Content-Length: 19' ],
      "Authorization: evil" ],
) {
    my ($name, $line, $headers, $body, $like) = @$case;
    my ($status, $auth, $raw) = sent($line, $headers // [], $body);

    is("$status $auth", "200 Bearer $token", "$name: only ours");
    like($raw, $like, 'the rest as it came') if $like;
    is(join('|', $raw =~ /^x[-_]merchant: (.*)\r$/mig), '7',
       'other headers of the provider as well');
}

# what does not
for my $case (
    [ '[D2] two of them', 'Authorization: Basic a', 'Authorization: Bearer b' ],
    [ '[D2] a blank before the colon', 'Authorization : Bearer evil' ],
    [ '[D2] a tab before the colon', "Authorization\t: Bearer evil" ],
) {
    my ($name, @headers) = @$case;

    is(join(' ', sent('GET /', \@headers)), '400 ', "$name: refused");
}

{
    my @headers = map { (authorization => "Bearer evil$_") } 1 .. 2;
    my $before = $gateway->upstream->count;

    is(h2_get($h2, '/h2', @headers[0 .. 1])->{body}, "GET /h2 Bearer $token\n",
       '[D2] HTTP/2: one Authorization is replaced');
    is(h2_get($h2, '/h2', @headers)->{status}, 400, 'two are refused');
    is($gateway->upstream->count, $before + 1, 'here');
}

is($gateway->get('/fastcgi/x', 'Authorization', 'Bearer evil')->{body},
   "Bearer $token", '[D2] CGI: Authorization is replaced');


# What the client says of the connection is no reason to drop our headers on
# the way, where the configuration passes it on.
for my $case (
    [ 'close, Authorization', 'close' ],
    [ 'Authorization', undef ],
    [ 'aUTHORIZATION ,close, x-MERCHANT', 'close' ],
    [ "\tAuthorization\t, Upgrade ,,X-Other", 'Upgrade, X-Other' ],
    [ 'Upgrade', 'Upgrade' ],
    [ 'Authorizations, X-Authorization', 'Authorizations, X-Authorization' ],
) {
    my ($said, $wanted) = @$case;

    for my $place ('/', '/hop/') {
        my ($status, $auth, $raw) = sent("GET $place",
                                         [ "Connection: $said" ]);
        my $name = "[D3] Connection: $said, at $place" =~ s/\t/\\t/gr;
        my @lines = $raw =~ /^connection: (.*)\r$/mig;

        is("$status $auth", "200 Bearer $token", $name);
        is(scalar(grep { /(?<!x-)authorization\b|merchant/i } @lines), 0,
           'names none of our headers');
        is($lines[0], $wanted, 'the rest stays') if $place eq '/hop/';
    }
}

{
    my ($status, $auth, $raw) = sent('GET /hop/',
        [ 'Connection: X-Merchant, close', 'Connection: Authorization' ]);

    is("$status $auth", "200 Bearer $token", '[D3] two lines of Connection');
    unlike($raw, qr/^connection: .*(?:merchant|authorization)/mi,
           'name none of our headers');
}

$gateway->stop;

done_testing();
