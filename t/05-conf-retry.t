# oauth_token_retry in the configuration.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Conf;

sub location {
    return provider('') . "server { listen 127.0.0.1:1; location / {\n"
           . "$_[0]\n} }";
}

my $name = qr/"oauth_token_retry"/;

for my $value ('299', '600', '4xx', '0', '-401', '401.0', 'on', '""',
               '4294967697') {
    refused("oauth_token_retry $value",
            location("oauth_token_retry 403 $value; # here"), $name,
            qr/from 300 to 599/);
}

refused('the same status twice',
        location('oauth_token_retry 401 403 401; # here'), $name,
        qr/duplicate status "401"/);
refused('off beside a status', location('oauth_token_retry 401 off; # here'),
        $name, qr/"off" beside other values/);
refused('off beside non_idempotent',
        location('oauth_token_retry off non_idempotent; # here'), $name,
        qr/"off" beside other values/);
refused('non_idempotent alone',
        location('oauth_token_retry non_idempotent; # here'), $name,
        qr/no status/);
refused('non_idempotent twice',
        location('oauth_token_retry non_idempotent 401 non_idempotent; # here'),
        $name, qr/"non_idempotent" twice/);
refused('the directive twice',
        location("oauth_token_retry 401;\noauth_token_retry off; # here"),
        $name, qr/is duplicate/);
refused('without a value', location('oauth_token_retry; # here'), $name,
        qr/invalid number of arguments/);
refused('in an "if"',
        location("if (\$arg_a) {\noauth_token_retry 401; # here\n}"), $name,
        qr/not allowed here/);

accepted('in http, server and location', provider('')
         . 'oauth_token_retry off; server { listen 127.0.0.1:1;'
         . 'oauth_token_retry 300 599 non_idempotent;'
         . 'location / { oauth_token_retry non_idempotent 401; } }');

done_testing();
