# What a tenant's values are shows in no log, whatever a provider repeats.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP qw(encode_json);
use MIME::Base64 qw(encode_base64);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;

my $secret = canary('tenantsecret', '/+=');
my $key = canary('tenantkey');
(my $escaped = $secret) =~ s/([^A-Za-z0-9*._-])/sprintf '%%%02X', ord $1/ge;

my $maps = <<"END";
map \$http_x_tenant \$id { a tenant-a; }
map \$http_x_tenant \$secret { a $secret; }
map \$http_x_tenant \$key { a $key; }
END

my %error = (
    'the secret'        => "bad secret $secret",
    'in form encoding'  => "bad $escaped!",
    'Basic credentials' => 'bad Basic ' . encode_base64("tenant-a:$escaped", ''),
    'cut off'           => 'x' x 236 . $secret,
    'another header'    => "key $key is not known",
);

my %provider = (
    'client_secret_basic'    => '',
    'client_secret_post'     => 'client_auth client_secret_post;',
    'Basic without encoding' => 'client_auth client_secret_basic encode=none;',
);

sub gateway {
    return OAuth::Test::Gateway->new(
        http     => $maps,
        provider => 'client_id $id; client_secret $secret;'
            . 'request_header X-Key $key;' . ($_[0] // ''),
    );
}

# with a debug log, which has a line for every variable
for my $name (sort keys %provider) {
    my $gateway = gateway($provider{$name});

    $gateway->start;
    is($gateway->get('/', 'X-Tenant', 'a')->{body},
       'GET / ' . $gateway->token(1) . "\n", "$name: served");
    like($gateway->endpoint->last_request('/token')->{raw}, qr/X-Key: $key/,
         'with the values');
    $gateway->stop;
}

{
    my $gateway = OAuth::Test::Gateway->new(
        http     => $maps,
        provider => 'upstream_header X-Key $key;',
    );

    $gateway->start;
    $gateway->get('/', 'X-Tenant', 'a');
    like($gateway->upstream->last_request->{raw}, qr/X-Key: $key/,
         'a value upstream');
    $gateway->stop;
}

for my $name (sort keys %error) {
    my $gateway = gateway();

    $gateway->endpoint->answer('/token', {
        status => 400,
        body   => encode_json({ error             => 'invalid_client',
                                error_description => $error{$name} }),
    });
    $gateway->start;

    my $answer = $gateway->get('/', 'X-Tenant', 'a');

    is($answer->{status}, 502, "$name: a refusal");
    unlike($answer->{raw}, qr/\Q$secret\E|$key/, 'nothing for the client');
    like(($gateway->errors)[0], qr/provider: "p"/, 'one line in the log');
    $gateway->stop;
}

done_testing();
