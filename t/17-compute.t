# compute, and the values of an attempt: what is sent to the endpoint and
# upstream, and that nothing of it is logged.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(hmac_sha256_base64 hmac_sha256_hex sha256_hex sha512_hex);
use JSON::PP qw(decode_json);
use MIME::Base64 qw(encode_base64);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Conf;
use OAuth::Test::Gateway;
use OAuth::Test::JWS qw(new_key);

my $uuid = qr/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;


sub gateway {
    my ($provider, %arg) = @_;

    my $gateway = OAuth::Test::Gateway->new(provider => $provider, %arg);

    $gateway->nginx->file('conf/key', canary('key'));
    $gateway->nginx->file('conf/pem', new_key('P-256'));
    $gateway->endpoint->answer('/token', { token => canary('token') . '-%d',
                                           expires_in => 3600 });
    return $gateway->start;
}

# A header of the last request there.
sub header {
    my ($server, $name, $path) = @_;

    my @found = OAuth::Test::Server::Request::header(
        $server->last_request($path), $name);

    return join ', ', @found;
}

# Base64 in full, as Digest::SHA leaves the end away.
sub padded { return $_[0] . '=' x (-length($_[0]) % 4) }


# Global Payments: the hash of a nonce and the key, both in a JSON body.
{
    my $gateway = gateway(<<'END');
client_auth none;
grant_type client_credentials;
body_format json;
parameter app_id app;
parameter nonce $oauth_token_nonce;
compute digest sha512 $oauth_token_nonce$oauth_token_client_secret;
parameter secret $oauth_token_digest;
END
    my @sent;

    for my $n (1, 2) {
        is($gateway->get('/')->{status}, 200, "attempt $n");

        push @sent, decode_json($gateway->endpoint->last_request('/token')
                                ->{body});
        like($sent[-1]{nonce}, qr/^$uuid\z/, 'a nonce');
        is($sent[-1]{secret}, sha512_hex($sent[-1]{nonce} . canary('secret')),
           'the hash is of the nonce that is sent, and of the secret');

        $gateway->stop;
        $gateway->start if $n == 1;
    }

    isnt($sent[0]{nonce}, $sent[1]{nonce}, 'each attempt has its own');
}


# First API and Avanan: headers, an HMAC, a hash of base64.
{
    my $gateway = gateway(<<'END');
client_auth none;
request_header Request-Id $oauth_token_nonce;
request_header Timestamp $oauth_token_time_ms;
request_header Seconds $oauth_token_time;
request_header Date-Time ${oauth_token_time_iso};
compute signature hmac_sha256 "id$oauth_token_nonce$oauth_token_time_ms" key=file:DIR/conf/key encode=base64;
request_header Signature $oauth_token_signature;
compute inner base64 "$oauth_token_nonce$oauth_token_client_id$oauth_token_client_secret";
compute outer sha256 $oauth_token_inner;
request_header Sig "v1=$oauth_token_outer";
END
    my $before = int(1000 * Time::HiRes::time());

    is($gateway->get('/')->{status}, 200, 'a signed token request');

    my $after = int(1000 * Time::HiRes::time());
    my %sent = map { $_ => header($gateway->endpoint, $_, '/token') }
               qw(Request-Id Timestamp Seconds Date-Time Signature Sig);

    # nginx's clock may stand still for a moment
    cmp_ok($sent{Timestamp}, '>=', $before - 2000, 'a time in milliseconds');
    cmp_ok($sent{Timestamp}, '<=', $after + 2000, 'which is now');
    is($sent{Seconds}, int($sent{Timestamp} / 1000), 'the same in seconds');
    is($sent{'Date-Time'},
       POSIX::strftime('%Y-%m-%dT%H:%M:%S', gmtime $sent{Seconds})
           . sprintf('.%03dZ', $sent{Timestamp} % 1000), 'and as a date');
    is($sent{Signature},
       padded(hmac_sha256_base64("id$sent{'Request-Id'}$sent{Timestamp}",
                                 canary('key'))), 'an HMAC with a key');
    is($sent{Sig}, 'v1=' . sha256_hex(encode_base64(
       $sent{'Request-Id'} . 'id' . canary('secret'), '')),
       'a hash of base64 of all of it');
    $gateway->stop;
}


# Tripletex and Redtail: base64 of a text with the token, upstream.
{
    my $gateway = gateway(<<'END');
compute basic base64 "0:$oauth_access_token";
inject_header Authorization "Basic $oauth_token_basic";
upstream_header X-Nonce $oauth_token_nonce;
upstream_header X-Time $oauth_token_time;
END
    my @nonces;

    for my $n (1, 2) {
        my $basic = encode_base64('0:' . canary('token') . '-1', '');

        is($gateway->get('/')->{body}, "GET / Basic $basic\n",
           'the token is a Basic password');
        push @nonces, header($gateway->upstream, 'X-Nonce', '/');
        like($nonces[-1], qr/^$uuid\z/, 'a nonce of the request');
        like(header($gateway->upstream, 'X-Time', '/'), qr/^[0-9]{10}\z/,
             'and its time');
    }

    isnt($nonces[0], $nonces[1], 'each request has its own');
    $gateway->stop;
}


# Variables: what only upstream headers use is made for each request, and the
# token does not depend on it.
{
    my $gateway = gateway(<<'END');
client_auth none;
compute path base64 "$request_uri ${http_x_tenant}";
compute sig hmac_sha256 "$oauth_token_path$oauth_token_time" key=$oauth_token_client_secret$http_x_key;
upstream_header X-Time $oauth_token_time;
upstream_header X-Sig $oauth_token_sig;
END
    for my $case ([ '/a?b=c', 'one' ], [ '/d', 'two' ], [ '/d', '' ]) {
        my ($uri, $tenant) = @$case;
        my $at = $uri =~ s/\?.*//r;

        is($gateway->get($uri, 'X-Tenant', $tenant, 'X-Key', "k$tenant")
           ->{status}, 200, "a signed request to $uri");
        is(header($gateway->upstream, 'X-Sig', $at),
           hmac_sha256_hex(encode_base64("$uri $tenant", '')
                           . header($gateway->upstream, 'X-Time', $at),
                           canary('secret') . "k$tenant"),
           'an HMAC over what that request is');
    }

    is($gateway->fetches, 1, 'one token for all');
    $gateway->stop;
}


# What a token request uses is a part of the key, directly or by way of another.
for my $lines ('compute a sha256 "$http_x_tenant";',
               'compute a sha256 $oauth_token_b;',
               'compute a hmac_sha256 $oauth_token_c key=$http_x_tenant;') {
    my $gateway = gateway("client_auth none; compute b base64 \$http_x_tenant;
        compute c base64 c; $lines request_header X \$oauth_token_a;
        upstream_header Y \$oauth_token_a;");
    my %sent;

    for my $tenant (qw(one two)) {
        is($gateway->get('/', 'X-Tenant', $tenant)->{status}, 200,
           "$lines: a token for $tenant");
        $sent{$tenant} = header($gateway->endpoint, 'X', '/token');
        is(header($gateway->upstream, 'Y', '/'), $sent{$tenant},
           'and the same upstream');
    }

    isnt($sent{one}, $sent{two}, 'computed of what they send');
    $gateway->get('/', 'X-Tenant', 'one');
    is($gateway->fetches, 2, 'each has its own');

    is($gateway->get('/')->{status}, 500, 'an empty key is none')
        if $lines =~ /key=/;
    $gateway->stop;
}


# A JWT of what a client sends: not of anything.
{
    my $gateway = gateway('client_auth none; signing_key file:DIR/conf/pem;'
        . 'assertion_claim sub $http_x_user; parameter jwt $oauth_token_signed;'
        . 'compute signed base64 $oauth_token_assertion;');

    for my $user ('one', "\xff", 'two') {
        my $answer = $gateway->get('/', 'X-User', $user);

        is("$answer->{status} " . ($answer->{headers}{'x-error'} // ''),
           $user eq "\xff" ? '503 invalid_value' : '200 ', 'a JWT for a user');
    }

    is($gateway->fetches, 2, 'none is sent that is not UTF-8');
    $gateway->stop;
}


# Another key computes another token, so it is another token.
{
    my $lines = 'client_auth none; compute s hmac_sha256 a key=KEY;'
                . 'request_header S $oauth_token_s;';
    my $gateway = gateway($lines =~ s/KEY/file:DIR\/conf\/key/r);

    $gateway->get('/');
    ok($gateway->nginx->reload, 'a reload');
    $gateway->get('/');
    is($gateway->fetches, 1, 'the same key: the token is kept');

    $gateway->nginx->file('conf/key', canary('other'));
    ok($gateway->nginx->reload, 'another key');
    $gateway->get('/');
    is($gateway->fetches, 2, 'the token is not used any more');
    $gateway->stop;
}


# A provider that repeats a key does not get it logged.
{
    my $gateway = gateway('client_auth none; request_header S $oauth_token_s;'
        . 'compute s hmac_sha256 a key=file:DIR/conf/key;');

    $gateway->endpoint->answer('/token', {
        status => 400,
        json => { error => 'e', error_description => 'bad ' . canary('key') },
    });
    is($gateway->get('/')->{status}, 502, 'an error that shows the key');
    $gateway->stop;
}


my $used = 'request_header X $oauth_token_a;';

accepted 'a compute', provider("compute a sha256 b; $used");
accepted 'the secret in a compute alone, which is no secret unused',
    provider("client_auth none; compute a sha256 \$oauth_token_client_secret; $used");
accepted 'one of a compute before it',
    provider("compute b sha256 c; compute a base64 \$oauth_token_b; $used");
accepted 'a compute that nothing uses', provider('compute a sha256 b;');
accepted 'prefetch with a variable upstream', provider('prefetch on;'
    . 'compute a sha256 $http_x; upstream_header X $oauth_token_a;');
accepted 'the use before the compute', provider("$used compute a sha256 b;");

refused @$_ for
    [ 'an unknown function', provider('compute a md5 b; # here'),
      qr/"compute" directive has a function that is not known/ ],
    [ 'no text', provider('compute a sha256; # here'),
      qr/invalid number of arguments in "compute"/ ],
    [ 'a HMAC without a key', provider('compute a hmac_sha256 b; # here'),
      qr/"compute" directive needs a "key="/ ],
    [ 'a key for none', provider('compute a sha256 b key=SECRET; # here'),
      qr/"compute" directive needs a "key="/ ],
    [ 'an empty key', provider('compute a hmac_sha256 b key=; # here'),
      qr/"compute" directive has an empty key/ ],
    [ 'two keys', provider('compute a hmac_sha256 b key=c key=SECRET; # here'),
      qr/"compute" directive takes key=VALUE/ ],
    [ 'another option', provider('compute a sha256 b SECRET; # here'),
      qr/"compute" directive takes key=VALUE/ ],
    [ 'hexadecimal base64', provider('compute a base64 b encode=hex; # here'),
      qr/"compute" directive has an "encode="/ ],
    [ 'a name twice', provider("compute a sha256 b;\ncompute a sha256 c; # here"),
      qr/"\$oauth_token_a" of "compute" is there already/ ],
    [ 'a name of ours', provider('compute nonce sha256 b; # here'),
      qr/"\$oauth_token_nonce" of "compute" is there already/ ],
    [ 'a name that is none', provider('compute a-b sha256 b; # here'),
      qr/invalid name "a-b" in "compute"/ ],
    [ 'an unknown value', provider('request_header X $oauth_token_none;'),
      qr/unknown variable "\$oauth_token_none" in provider "p"/ ],
    [ 'itself', provider('compute a sha256 $oauth_token_a;'),
      qr/variable "\$oauth_token_a" is used where it is not known/ ],
    [ 'a later one',
      provider('compute a sha256 $oauth_token_b; compute b sha256 c;'),
      qr/variable "\$oauth_token_b" is used where it is not known/ ],
    [ 'the token in a token request',
      provider("compute a base64 \$oauth_access_token; $used"),
      qr/variable "\$oauth_token_a" is used where it is not known/ ],
    [ 'the same by way of another', provider(
      'compute b base64 $oauth_access_token; compute a sha256 $oauth_token_b;'
      . $used), qr/variable "\$oauth_token_a" is used where it is not known/ ],
    [ 'the secret itself upstream',
      provider('upstream_header X $oauth_token_client_secret;'),
      qr/variable "\$oauth_token_client_secret" is used where it is not/ ],
    [ 'the secret itself in the request',
      provider('parameter x $oauth_token_client_secret;'),
      qr/variable "\$oauth_token_client_secret" is used where it is not/ ],
    [ 'an injected header without the token',
      provider('compute a sha256 b; inject_header X $oauth_token_a;'),
      qr/"inject_header" of provider "p" needs "\$oauth_access_token"/ ],
    [ 'an unknown variable in a key', provider(
      "client_auth none;\ncompute a hmac_sha256 b key=pa\$SECRET; # here\n"
      . 'upstream_header X $oauth_token_a;'),
      qr/unknown variable in "compute"/ ],
    [ 'an unknown variable in a text', provider(
      "client_auth none;\ncompute a sha256 pa\$SECRET; # here\n$used"),
      qr/unknown variable in "compute"/ ],
    [ 'prefetch with a variable of a token request',
      provider("prefetch on; compute a sha256 \$http_x; $used"),
      qr/"prefetch on"/ ],
    [ 'nine of them', provider(join("\n", map { "compute a$_ sha256 b;" } 1 .. 9)
      . ' # here'), qr/"compute" directive is there too often/ ];

done_testing();
