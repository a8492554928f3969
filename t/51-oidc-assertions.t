# A real authorization server: client assertions with every algorithm, client
# certificates, refresh tokens, token exchange; and the wrong ones of each.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::CA;
use OAuth::Test::Canary qw(canary watch);
use OAuth::Test::JWS qw(new_key jwk);
use OAuth::Test::Nginx;
use OAuth::Test::OIDC;
use OAuth::Test::Upstream;

my %type = (
    (map { ($_ => 'rsa') } qw(RS256 RS384 RS512 PS256 PS384 PS512)),
    ES256 => 'P-256', ES384 => 'P-384', ES512 => 'P-521', EdDSA => 'ed25519',
);
my @keyed = sort keys %type;
my @secret = qw(HS256 HS384 HS512);
my $exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';

my @types = qw(rsa P-256 P-384 P-521 ed25519);
my %key = map { $_ => new_key($_) } @types;
my %stranger = map { $_ => new_key($_) } @types;
my $secret = canary('secret') x 4;
my $ca = OAuth::Test::CA->new;

my $signed = $ca->cert(cn => 'client');
my $other = $ca->cert(cn => 'stranger');
my $self = $ca->cert(cn => 'self', self_signed => 1);

sub content {
    open my $in, '<', $_[0] or die "$_[0]: $!";
    local $/;
    return <$in>;
}

my ($der) = content($self->{cert})
            =~ /-----BEGIN CERTIFICATE-----\s*(.*?)\s*-----END/s;
my $self_jwk = jwk(content($self->{key}), x5c => [ $der =~ s/\s//gr ]);

my $oidc = OAuth::Test::OIDC->new(ca => $ca, clients => [
    (map { { client_id => $_, method => 'private_key_jwt', metadata => {
        token_endpoint_auth_signing_alg => $_,
        jwks => { keys => [ jwk($key{$type{$_}}, kid => "k-$_") ] } } } }
     @keyed),
    (map { { client_id => $_, method => 'client_secret_jwt',
             client_secret => $secret,
             metadata => { token_endpoint_auth_signing_alg => $_ } } }
     @secret),
    { client_id => 'tls', method => 'tls_client_auth',
      metadata => { tls_client_auth_subject_dn => 'CN=client' } },
    { client_id => 'selfsigned', method => 'self_signed_tls_client_auth',
      metadata => { jwks => { keys => [ $self_jwk ] } } },
    { client_id => 'refresh', method => 'client_secret_basic',
      client_secret => $secret, grant_types => [ 'refresh_token' ] },
    { client_id => 'exchange', method => 'private_key_jwt',
      grant_types => [ 'client_credentials', $exchange ],
      metadata => { jwks => { keys => [ jwk($key{'P-256'}) ] } } },
]);

my $upstream = OAuth::Test::Upstream->new;
my $nginx = OAuth::Test::Nginx->new(workers => 2);
my ($port, $behind, $trusted) = ($nginx->port, $upstream->port, $ca->file);
my $first = watch($oidc->refresh_token('refresh'), 'the refresh token');

for my $type (@types) {
    $nginx->file("conf/$type.pem", $key{$type});
    $nginx->file("conf/stranger-$type.pem", $stranger{$type});
}

# Name, client, lines of the block.
my @good = (
    (map { [ $_, $_, "client_auth private_key_jwt alg=$_;"
                     . " signing_key file:$type{$_}.pem kid=k-$_" ] } @keyed),
    [ 'nokid', 'ES256',
      'client_auth private_key_jwt; signing_key file:P-256.pem' ],
    [ 'issuer', 'PS256', 'client_auth private_key_jwt;'
      . ' signing_key file:rsa.pem alg=PS256; assertion_claim aud '
      . $oidc->url ],
    [ 'json', 'RS256', 'client_auth private_key_jwt; assertion_lifetime 5s;'
      . ' signing_key file:rsa.pem' ],
    (map { [ $_, $_, "client_auth client_secret_jwt alg=$_;"
                     . " client_secret $secret" ] } @secret),
    [ 'tls', 'tls', "client_auth tls_client_auth;"
      . " proxy_ssl_certificate $signed->{cert};"
      . " proxy_ssl_certificate_key $signed->{key}" ],
    [ 'selfsigned', 'selfsigned', "client_auth tls_client_auth;"
      . " proxy_ssl_certificate $self->{cert};"
      . " proxy_ssl_certificate_key $self->{key}" ],
);

my @bad = (
    (map { [ "bad-$_", $_, "client_auth private_key_jwt alg=$_;"
             . " signing_key file:stranger-$type{$_}.pem kid=k-$_" ] } @keyed),
    (map { [ "bad-$_", $_, "client_auth client_secret_jwt alg=$_;"
             . ' client_secret ' . canary('wrong') x 4 ] } @secret),
    [ 'bad-alg', 'RS256', 'client_auth private_key_jwt;'
      . ' signing_key file:rsa.pem alg=PS256' ],
    [ 'bad-aud', 'ES256', 'client_auth private_key_jwt;'
      . ' signing_key file:P-256.pem; assertion_claim aud https://a.example' ],
    [ 'bad-iss', 'ES256', 'client_auth private_key_jwt;'
      . ' signing_key file:P-256.pem; assertion_claim iss RS256' ],
    [ 'bad-tls', 'tls', "client_auth tls_client_auth;"
      . " proxy_ssl_certificate $other->{cert};"
      . " proxy_ssl_certificate_key $other->{key}" ],
    [ 'bad-selfsigned', 'tls', "client_auth tls_client_auth;"
      . " proxy_ssl_certificate $self->{cert};"
      . " proxy_ssl_certificate_key $self->{key}" ],
);

my $refresh = "client_secret $secret; grant_type refresh_token;"
              . ' parameter refresh_token';

sub provider { my ($name, $id, $lines) = @_; return <<"END" }
oauth_provider $name {
    token_endpoint @{[ $oidc->url('/token') ]};
    client_id $id;
    prefetch  off;
    scope     "api:read api:write";
    proxy_ssl_trusted_certificate $trusted;
    $lines;
}
END

sub configure {
    my @providers = @_;

    $nginx->http(join '', (map { provider(@$_) } @providers),
        "server { listen 127.0.0.1:$port;\n", (map { <<"END" } @providers), '}')
    location /$_->[0] {
        oauth_token_provider $_->[0];
        proxy_pass http://127.0.0.1:$behind;
    }
END
}

my $exchanging = 'client_auth private_key_jwt; signing_key file:P-256.pem';
my @all = (
    @good, @bad,
    [ 'refresh', 'refresh', "$refresh $first" ],
    [ 'bad-refresh', 'refresh', "$refresh " . canary('unknown') ],
    [ 'own', 'exchange', $exchanging ],
);

configure(@all);
$nginx->start;

# The token that the upstream got.
sub token {
    my $name = shift;

    my $answer = $nginx->get("/$name");
    my ($token) = $answer->{body} =~ /\AGET \/$name Bearer (\S+)\n\z/;

    ok(defined $token, "$name: the upstream got a token")
        or diag "$answer->{status} $answer->{body}\n",
                grep { /\[error\].*"$name"/ } split /^/, $nginx->error_log;

    return watch($token // 'no token at all', "token of $name");
}

token($_->[0]) for @good;

for my $name (map { $_->[0] } @bad, [ 'bad-refresh' ]) {
    is($nginx->get("/$name")->{status}, 502, "$name: refused");
    like((grep { /\[error\].*"$name"/ } split /\n/, $nginx->error_log)[0]
         // 'no error', qr/invalid_(?:client|grant)/, "$name: by the server");
}

# Each answer brings a new refresh token, and the old one has no value: used
# again it would end them all.
my %seen;

for (1 .. 3) {
    $seen{ token('refresh') } = 1;
    sleep 1.2;
}

cmp_ok(scalar keys %seen, '>=', 2, 'refresh: a chain of refresh tokens');

# What is exchanged is a token of the server's own.
my $subject = token('own');
my $grant = 'grant_type token_exchange; subject_token';

configure(@all,
    [ 'exchange', 'exchange', "$exchanging; $grant $subject" ],
    [ 'bad-exchange', 'exchange', "$exchanging; $grant " . canary('subject') ],
    [ 'bad-type', 'exchange', "$exchanging; $grant $subject type=urn:x" ]);
ok($nginx->reload, 'a reload');

isnt(token('exchange'), $subject, 'exchange: it is another');
is($nginx->get("/bad-$_")->{status}, 502, "bad-$_: refused")
    for qw(exchange type);

is(scalar(grep { $_->{path} =~ /bad/ } $upstream->requests), 0,
   'nothing goes upstream without its token');

$nginx->stop;
done_testing();
