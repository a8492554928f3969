# Variables where no token request is: a new UUID each time, nothing else.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Gateway;

my $uuid = qr/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}
              -[0-9a-f]{12}/x;

my $gateway = OAuth::Test::Gateway->new(server => <<'END')->start;
location = /plain {
    return 200 "$oauth_token_uuid|$oauth_token_endpoint|$oauth_token_request_body|$oauth_token_cache_status|$oauth_token_error|$oauth_token_wait_time|$oauth_token_expires_in|";
}
END

my @bodies = map { $gateway->get('/plain')->{body} } 1 .. 20;
my %seen = map { $_ => 1 } @bodies;

is(scalar(grep { /\A$uuid\|{7}\n?\z/ } @bodies), 20, 'UUIDs, all else empty')
    or diag($bodies[0]);
is(scalar keys %seen, 20, 'each another');
is($gateway->fetches, 0, 'no token is fetched for that');
$gateway->stop;

done_testing();
