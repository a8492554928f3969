# A provider that repeats our secrets in its errors does not get them logged.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP qw(encode_json);
use MIME::Base64 qw(encode_base64);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;

my $secret = canary('echoed', '/+=');
my $key = canary('key');
(my $escaped = $secret) =~ s/([^A-Za-z0-9*._-])/sprintf '%%%02X', ord $1/ge;
my $basic = encode_base64("id:$escaped", '');

my %error = (
    'the secret'         => { error_description => "bad secret $secret" },
    'in form encoding'   => { error_description => "bad $escaped!" },
    'Basic credentials'  => { error_description => "bad Basic $basic" },
    'cut off'            => { error_description => 'x' x 236 . $secret },
    'another header'     => { error_description => "key $key is not known" },
    'the code'           => { error => canary('echoed') },
);

for my $name (sort keys %error) {
    my $gateway = OAuth::Test::Gateway->new(
        provider => "client_secret $secret; request_header X-Key $key;");

    $gateway->endpoint->answer('/token', {
        status => 400,
        body   => encode_json({ error => 'invalid_client', %{ $error{$name} } }),
    });
    $gateway->start;

    my $answer = $gateway->get('/');

    is($answer->{status}, 502, "$name: a refusal");
    unlike($answer->{headers}{'x-error'}, qr/\Q$secret\E/,
           'no secret in the variable');

    # this looks for all of them in the logs, in many forms
    $gateway->stop;
}

{
    my $gateway = OAuth::Test::Gateway->new;

    $gateway->endpoint->answer('/token', {
        status => 400,
        body   => '{"error":"invalid_request","error_description":'
            . '"use application/x-www-form-urlencoded"}',
    });
    $gateway->start;
    $gateway->get('/');
    like(($gateway->errors)[0], qr/use application/, 'other words are logged');
    $gateway->stop;
}

done_testing();
