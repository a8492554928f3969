# "nginx -t": signing keys, JWTs, and the grants that need more than a name.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::CA;
use OAuth::Test::Conf;
use OAuth::Test::Canary qw(canary);
use OAuth::Test::JWS qw(new_key encrypted public_key);

my %key = map { $_ => new_key($_) }
          qw(rsa rsa1024 P-192 P-256 P-384 P-521 secp256k1 ed25519);

conf_file("$_.pem", $key{$_}) for keys %key;
conf_file('open.pem', $key{rsa}, 0644);
conf_file('locked.pem', encrypted($key{rsa}));
conf_file('public.pem', public_key($key{rsa}));
conf_file('broken.pem', $key{rsa} =~ s/^M/#/mr);
conf_file('parameters.pem', scalar `openssl ecparam -genkey -name prime256v1`);
conf_file('bundle.pem', join '', do { local @ARGV = OAuth::Test::CA->new->file;
                                      <> }, $key{rsa});
conf_file('certificate', "no matter: it is read when a worker connects\n");
$ENV{OAUTH_TEST_KEY} = $key{'P-256'};

my $long = 'client_secret ' . canary('secret') . 'x' x 64 . ';';
my $jwt = 'client_auth private_key_jwt;';
my $bearer = 'grant_type jwt_bearer; client_auth none;';
my $exchange = 'grant_type token_exchange;';
my $named = 'client_auth none; parameter x $oauth_token_assertion;';
my $computed = 'client_auth none; compute h sha256 $oauth_token_assertion;';


# A provider with an id and no secret.
sub keyed { return <<"END" }
oauth_provider p {
    token_endpoint http://127.0.0.1:1/token;
    client_id id;
    @_
}
END


accepted "a key of type $_", keyed($jwt, "signing_key file:$_.pem;")
    for qw(rsa P-256 P-384 P-521 ed25519);

for my $fit ([ rsa => 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512' ],
             [ 'P-256' => 'ES256' ], [ 'P-384' => 'ES384' ],
             [ 'P-521' => 'ES512' ], [ ed25519 => 'EdDSA' ]) {
    my ($type, @algs) = @$fit;

    for my $alg (@algs) {
        accepted "$alg with $type",
            keyed($jwt, "signing_key file:$type.pem alg=$alg kid=1;");
        accepted "$alg with $type, in client_auth",
            keyed("client_auth private_key_jwt alg=$alg;",
                  "signing_key file:$type.pem;");
    }
}

accepted 'a key as a text', keyed($jwt, "signing_key '$key{'P-256'}';");
accepted "a key after $_", keyed($jwt, "signing_key file:$_.pem;")
    for qw(parameters bundle);
accepted 'a key from the environment',
    keyed($jwt, 'signing_key env:OAUTH_TEST_KEY;');
accepted 'a key that others may read is warned about',
    keyed($jwt, 'signing_key file:open.pem;'), qr/open\.pem.*others/;
accepted 'all of the key', keyed($jwt,
    'signing_key file:rsa.pem alg=PS256 kid=a x5t=b "x5t#S256=c";');
accepted "client_secret_jwt $_", keyed($long, "client_auth client_secret_jwt $_;")
    for '', 'alg=HS256', 'alg=HS384', 'alg=HS512';
accepted 'a short secret is warned about',
    keyed('client_secret ' . canary('secret') . ';',
          'client_auth client_secret_jwt alg=HS512;'), qr/shorter than the 64/;
accepted 'a secret beside a key is warned about',
    provider("$jwt signing_key file:rsa.pem;"), qr/does not send its/;
accepted 'every claim', keyed($jwt, 'signing_key file:rsa.pem;', <<'END');
assertion_claim aud a; assertion_claim aud b;
assertion_claim iss i; assertion_claim sub s; assertion_claim jti "";
assertion_claim nbf 1700000000; assertion_claim other "$oauth_token_uuid";
assertion_lifetime 1h;
END
accepted 'tls_client_auth', keyed('client_auth tls_client_auth;',
    'proxy_ssl_certificate certificate$arg_no;',
    'proxy_ssl_certificate_key certificate$arg_no;');

accepted 'jwt_bearer', keyed($bearer, 'signing_key file:rsa.pem;');
accepted 'jwt_bearer of nobody but its issuer', <<"END";
oauth_provider p {
    token_endpoint http://127.0.0.1:1/token;
    $bearer signing_key file:rsa.pem; assertion_claim iss me;
}
END
accepted 'jwt_bearer beside a client assertion by secret',
    keyed($long, 'client_auth client_secret_jwt; grant_type jwt_bearer;',
          'signing_key file:rsa.pem;');
accepted 'a JWT in a parameter',
    keyed($named, 'signing_key file:rsa.pem; assertion_claim sub s;',
          'assertion_lifetime 5s;');
accepted 'a JWT in a header, of a request without a body', <<'END';
oauth_provider p {
    token_endpoint http://127.0.0.1:1/token;
    client_auth none; body_format none; grant_type none;
    request_header Authorization "Bearer $oauth_token_assertion";
    signing_key file:rsa.pem; assertion_claim iss me;
}
END
accepted 'a hash of a JWT',
    keyed($computed, 'parameter h $oauth_token_h; signing_key file:rsa.pem;');
accepted 'a JWT in a parameter, and one by secret',
    keyed($long, 'client_auth client_secret_jwt; signing_key file:rsa.pem;',
          'parameter x $oauth_token_assertion;');
accepted 'password',
    provider('grant_type password; username u; password SECRET;');
accepted 'password by parameters',
    provider('grant_type password; parameter username u;');
accepted 'refresh_token',
    provider('grant_type refresh_token; parameter refresh_token SECRET;');
accepted 'token_exchange', provider("$exchange subject_token SECRET;");
accepted 'all of token_exchange', provider("$exchange
    subject_token SECRET type=urn:ietf:params:oauth:token-type:jwt;
    actor_token SECRET type=urn:x; requested_token_type urn:y;");
accepted 'an URN is sent as it is', provider(
    'grant_type urn:ietf:params:oauth:grant-type:jwt-bearer; '
    . 'parameter assertion x;');


my @keys = (
    [ 'RSA with 1024 bits', 'file:rsa1024.pem', qr/less than 2048 bits/ ],
    [ 'a curve of no algorithm', 'file:secp256k1.pem', qr/curve P-256/ ],
    [ 'a curve that is too small', 'file:P-192.pem', qr/curve P-256/ ],
    [ 'an encrypted key', 'file:locked.pem', qr/encrypted/ ],
    [ 'a public key', 'file:public.pem', qr/private key in PEM/ ],
    [ 'a key that is broken', 'file:broken.pem', qr/private key in PEM/ ],
    [ 'a key that is none', 'SECRET', qr/private key in PEM/ ],
    [ 'a key that is not there', 'file:missing.pem', qr/missing\.pem/ ],
    [ 'a variable', '$http_key', qr/variable "\$http_key" is not supported in "signing_key"/ ],
    [ 'an unknown algorithm', 'file:rsa.pem alg=RS1', qr/"alg=RS1".*RS256/ ],
    [ 'no algorithm', 'file:rsa.pem alg=none', qr/"alg=none"/ ],
    [ 'an algorithm of secrets', 'file:rsa.pem alg=HS256', qr/"alg=HS256"/ ],
    [ 'two algorithms', 'file:rsa.pem alg=RS256 alg=PS256', qr/"alg=PS256"/ ],
    [ 'an unknown option', 'file:rsa.pem name=x', qr/"name=x"/ ],
    [ 'two kids', 'file:rsa.pem kid=a kid=b', qr/"kid=b"/ ],
    [ 'an empty kid', 'file:rsa.pem kid=', qr/"kid="/ ],
    [ 'EC for RSA', 'file:P-256.pem alg=RS256', qr/must be an RSA key/ ],
    [ 'RSA for EC', 'file:rsa.pem alg=ES256', qr/curve P-256/ ],
    [ 'another curve', 'file:P-384.pem alg=ES256', qr/curve P-256/ ],
    [ 'a curve for ES512', 'file:P-256.pem alg=ES512', qr/curve P-521/ ],
    [ 'RSA for EdDSA', 'file:rsa.pem alg=EdDSA', qr/Ed25519 key/ ],
    [ 'Ed25519 for PS256', 'file:ed25519.pem alg=PS256', qr/an RSA key/ ],
);

for my $case (@keys) {
    my ($name, $value, $like) = @$case;

    refused "[J4] $name", keyed($jwt, "\nsigning_key $value; # here\n"),
        qr/"signing_key"/, $like;
}

my @refused = (
    [ 'private_key_jwt without a key', keyed($jwt),
      qr/provider "p" needs "signing_key" \(client_auth private_key_jwt\)/ ],
    [ 'jwt_bearer without a key', keyed($bearer),
      qr/provider "p" needs "signing_key" \(grant_type jwt_bearer\)/ ],
    [ 'a JWT in a parameter without a key', keyed($named),
      qr/provider "p" needs "signing_key" \(\$oauth_token_assertion\)/ ],
    [ 'a hash of a JWT without a key',
      keyed($computed, 'parameter h $oauth_token_h;'),
      qr/provider "p" needs "signing_key" \(\$oauth_token_assertion\)/ ],
    [ 'a key for a JWT that nothing uses',
      keyed($computed, 'signing_key file:rsa.pem;'),
      qr/"signing_key" of provider "p" needs.*"\$oauth_token_assertion"/ ],
    [ 'a JWT upstream', keyed($named, 'signing_key file:rsa.pem;',
      'upstream_header X $oauth_token_assertion;'),
      qr/"\$oauth_token_assertion" is used where it is not known/ ],
    [ 'a JWT in both kinds of requests', keyed($named,
      'signing_key file:rsa.pem; header X $oauth_token_assertion;'),
      qr/"\$oauth_token_assertion" is used where it is not known/ ],
    [ 'a hash of it upstream', keyed($computed, 'signing_key file:rsa.pem;',
      'compute i sha256 $oauth_token_h; header X $oauth_token_i;'),
      qr/"\$oauth_token_i" is used where it is not known/ ],
    [ 'a claim of a JWT in a parameter that is not UTF-8',
      keyed($named, "signing_key file:rsa.pem; assertion_claim sub '\xff';"),
      qr/not UTF-8/ ],
    [ 'a JWT in a parameter without an issuer', <<"END",
oauth_provider p {
    token_endpoint http://127.0.0.1:1/token; $named signing_key file:rsa.pem;
}
END
      qr/"assertion_claim iss" or "client_id" \(\$oauth_token_assertion\)/ ],
    [ 'private_key_jwt without an id', <<"END", qr/needs "client_id"/ ],
oauth_provider p {
    token_endpoint http://127.0.0.1:1/token; $jwt signing_key file:rsa.pem;
}
END
    [ 'jwt_bearer without an issuer', <<"END", qr/"assertion_claim iss"/ ],
oauth_provider p {
    token_endpoint http://127.0.0.1:1/token; $bearer signing_key file:rsa.pem;
}
END
    [ 'client_secret_jwt without a secret',
      keyed('client_auth client_secret_jwt;'), qr/needs "client_secret"/ ],
    [ 'a key for nothing', provider('signing_key file:rsa.pem;'),
      qr/"signing_key" of provider "p" needs "client_auth private_key_jwt"/ ],
    [ 'a claim for nothing', provider('assertion_claim aud x;'),
      qr/"assertion_claim" of provider "p" needs/ ],
    [ 'a lifetime for nothing', provider('assertion_lifetime 5s;'),
      qr/"assertion_lifetime" of provider "p" needs/ ],
    [ 'client_auth with the algorithm of a secret',
      keyed("client_auth private_key_jwt alg=HS256; # here\n"),
      qr/"alg=HS256"/ ],
    [ 'client_auth with the algorithm of a key',
      keyed("client_auth client_secret_jwt alg=RS256; # here\n"),
      qr/"alg=RS256"/ ],
    [ 'an algorithm that the key is not for',
      keyed('client_auth private_key_jwt alg=ES384;',
            'signing_key file:P-256.pem;'), qr/curve P-384/ ],
    [ 'two that differ',
      keyed('client_auth private_key_jwt alg=PS256;',
            'signing_key file:rsa.pem alg=RS256;'),
      qr/"alg=RS256".*"alg=PS256"/ ],
    [ 'two keys', keyed($jwt, "signing_key file:rsa.pem;
      signing_key file:P-256.pem; # here\n"), qr/"signing_key".*duplicate/ ],
    [ 'two issuers', keyed($jwt, "signing_key file:rsa.pem;
      assertion_claim iss a;\nassertion_claim iss b; # here\n"),
      qr/duplicate "assertion_claim iss"/ ],
    [ 'a lifetime of nothing', keyed("\nassertion_lifetime 0; # here\n"),
      qr/"assertion_lifetime".*between 1s and 1h/ ],
    [ 'a lifetime of two hours', keyed("\nassertion_lifetime 2h; # here\n"),
      qr/between 1s and 1h/ ],
    [ 'a claim that is not UTF-8',
      keyed($jwt, "signing_key file:rsa.pem; assertion_claim sub '\xff';"),
      qr/not UTF-8/ ],
    [ 'a kid that is not UTF-8',
      keyed($jwt, "signing_key file:rsa.pem 'kid=\xff';"), qr/not UTF-8/ ],
    [ 'no body', keyed($jwt, 'signing_key file:rsa.pem; body_format none;'),
      qr/no body/ ],
    [ 'a parameter in its place',
      keyed($jwt, 'signing_key file:rsa.pem; parameter client_assertion x;'),
      qr/"parameter client_assertion"/ ],
    [ 'a parameter in the place of the grant\'s',
      keyed($bearer, 'signing_key file:rsa.pem; parameter assertion x;'),
      qr/"parameter assertion"/ ],

    [ 'tls_client_auth without a certificate',
      keyed('client_auth tls_client_auth;'), qr/"proxy_ssl_certificate"/ ],
    [ 'tls_client_auth without an id', <<'END', qr/needs "client_id"/ ],
oauth_provider p {
    token_endpoint http://127.0.0.1:1/token;
    client_auth tls_client_auth; proxy_ssl_certificate c$arg_no;
}
END

    [ 'password without a user', provider('grant_type password;'),
      qr/provider "p" needs "username" \(grant_type password\)/ ],
    [ 'a user without a password',
      provider('grant_type password; username u;'), qr/"password"/ ],
    [ 'a password without a user',
      provider('grant_type password; password SECRET;'), qr/"username"/ ],
    [ 'a user for another grant',
      provider('username u; password SECRET;'),
      qr/"username".*needs "grant_type password"/ ],
    [ 'an empty password',
      provider("\npassword ''; # here\n"), qr/"password".*empty/ ],
    [ 'two users', provider("username a;\nusername b; # here\n"),
      qr/"username".*duplicate/ ],
    [ 'an unknown variable in a password',
      provider("grant_type password; username u;\npassword pa\$SECRET; # here\n"),
      qr/unknown variable in "password"/ ],
    [ 'refresh_token without one', provider('grant_type refresh_token;'),
      qr/needs "parameter refresh_token"/ ],
    [ 'token_exchange without a token', provider($exchange),
      qr/needs "subject_token" \(grant_type token_exchange\)/ ],
    [ 'a subject token for another grant', provider('subject_token SECRET;'),
      qr/"subject_token".*needs "grant_type token_exchange"/ ],
    [ 'a type that is none',
      provider("$exchange\nsubject_token SECRET SECRET2; # here\n"),
      qr/"subject_token".*"type=URN"/ ],
    [ 'an empty type',
      provider("$exchange\nsubject_token SECRET type=; # here\n"),
      qr/"type=URN"/ ],
    [ 'a user in a request without a body', provider('grant_type password;
      username u; password SECRET; method POST; body_format none;'),
      qr/no body/ ],
    [ 'a user sent twice', provider('grant_type password; username u;
      password SECRET; parameter username v;'), qr/"parameter username"/ ],
);

refused(@$_) for @refused;

done_testing();
