# JWTs in token requests (RFC 7523): what stands in them, who has signed them,
# that each is used once and none is logged.  Grants with directives of their
# own.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use JSON::PP qw(decode_json encode_json);
use MIME::Base64 qw(encode_base64url);
use Test::More;

use OAuth::Test::Canary qw(canary watch);
use OAuth::Test::Clock qw(sleep wall);
use OAuth::Test::Gateway;
use OAuth::Test::JWS qw(new_key decode verifies);

use constant {
    CLIENT => 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    GRANT => 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    EXCHANGE => 'urn:ietf:params:oauth:grant-type:token-exchange',
    ACCESS => 'urn:ietf:params:oauth:token-type:access_token',
};

my %key = map { $_ => new_key($_) } qw(rsa P-256 P-384 P-521 ed25519);
my $secret = canary('secret');

# Algorithm: how it is asked for, and the key it needs.
my %alg = (
    (map { ($_ => [ "private_key_jwt alg=$_", 'rsa' ]) }
     qw(RS256 RS384 RS512 PS256 PS384 PS512)),
    (map { ($_ => [ "client_secret_jwt alg=$_" ]) } qw(HS256 HS384 HS512)),
    ES256 => [ 'private_key_jwt', 'P-256' ],
    ES384 => [ 'private_key_jwt', 'P-384' ],
    ES512 => [ 'private_key_jwt', 'P-521' ],
    EdDSA => [ 'private_key_jwt', 'ed25519' ],
);

# A token that is a JWT with so many seconds left, or none.
sub subject {
    my $left = shift;

    return canary('subject') if !defined $left;
    return join '.', map { encode_base64url($_) }
           '{"alg":"none"}', encode_json({ exp => wall + $left }),
           canary('subject');
}

my $key = 'client_auth private_key_jwt; signing_key file:rsa.pem';

# Lines of further providers, by name; all of them have client_id "id".
my %lines = (
    (map { ($_ => "client_auth $alg{$_}[0];"
                  . ($alg{$_}[1] ? "signing_key file:$alg{$_}[1].pem kid=k-$_;"
                                 : 'client_secret SECRET;')) } keys %alg),
    json => "$key; body_format json;",
    headers => "$key kid=a x5t=b x5t#S256=c;",
    claims => "$key; assertion_claim aud https://issuer.example;"
        . 'assertion_claim aud second; assertion_claim sub "a\"b/\\\\";'
        . 'assertion_claim jti ""; assertion_claim nbf 1700000000;'
        . 'assertion_claim n 17; assertion_lifetime 10m;',
    both => "$key; grant_type jwt_bearer; assertion_claim sub user;"
        . 'assertion_claim aud theirs; scope read;',
    google => 'client_auth none; client_id ""; grant_type jwt_bearer;'
        . 'signing_key file:rsa.pem kid=1; assertion_claim iss me@example;'
        . 'assertion_claim scope "a b";',
    bearer => 'client_auth none; grant_type jwt_bearer;'
        . 'signing_key file:rsa.pem;',
    password => 'client_auth client_secret_post; client_secret SECRET;'
        . 'grant_type password; scope s; username "u ser";'
        . 'password "' . canary('password', '&+ ') . '";',
    exchange => 'client_auth none; grant_type token_exchange;'
        . 'subject_token ' . canary('subject') . ';'
        . 'actor_token ' . canary('actor') . ' type=urn:x:actor;'
        . 'requested_token_type urn:x:wanted;',
    (map { ("own$_" => 'client_auth none; grant_type password;'
            . 'username "u ser"; password "' . canary('password', '&+ ') . '";'
     ) } 1 .. 3),
    (map { ("foreign$_" => 'client_auth none; grant_type token_exchange;'
            . 'subject_token ' . canary('subject') . ' type=urn:x:kind;'
            . 'actor_token ' . canary('actor') . ';') } 1 .. 3),
    (map { ($_->[0] => 'client_auth none; grant_type token_exchange;'
            . 'subject_token ' . subject($_->[1]) . ';') }
     [ short => 300 ], [ ended => -5 ], [ long => 90000 ], [ 'opaque' ]),
    first => 'client_auth none; grant_type refresh_token;'
        . 'parameter refresh_token ' . canary('first') . ';',
    reset => "$key;",
    echo => "$key;",
    raw => "$key;",
    parts => "$key;",
    named => 'client_auth none; grant_type none; signing_key file:rsa.pem kid=1;'
        . 'assertion_claim sub user; assertion_claim aud theirs;'
        . 'parameter jwt $oauth_token_assertion;'
        . 'compute hash sha256 $oauth_token_assertion;'
        . 'request_header X-Hash $oauth_token_hash;'
        . 'request_header X-JWT "Bearer ${oauth_token_assertion}";',
    beside => "$key; parameter jwt \$oauth_token_assertion;"
        . 'assertion_claim sub user; assertion_claim aud theirs;',
    query => "$key; token_endpoint http://127.0.0.1:TOKEN_PORT/query?a=b;",
);

my $gateway = OAuth::Test::Gateway->new(server => join '', map { <<"END" }
location /$_/ {
    oauth_token_provider $_;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
END
    sort keys %lines);

# The defaults, but for the secret; an empty id stands for none.
sub block {
    my $name = shift;

    my $text = $lines{$name};
    my $id = $text =~ s/client_id "";// ? '' : 'client_id id;';
    my $url = $text =~ /token_endpoint/
                  ? '' : "token_endpoint http://127.0.0.1:TOKEN_PORT/$name;";

    return "oauth_provider $name { $url $id prefetch off; $text }\n";
}

sub configure { $gateway->configure(http => join '', map { block($_) }
                                                     sort keys %lines) }

$gateway->nginx->file("conf/$_.pem", $key{$_}) for keys %key;
configure();
$gateway->endpoint->answer("/$_", { token => canary('token') . '-%d' })
    for keys %lines;
$gateway->upstream->answer("/$_/", { echo => 1 }) for keys %lines;
$gateway->start;


# The parameters of a token request, by name.
sub parameters {
    my $record = shift;

    return %{ decode_json($record->{body}) } if $record->{body} =~ /^\{/;
    return map { tr/+/ /r =~ s/%(..)/chr hex $1/ger }
           map { split /=/, $_, 2 } split /&/, $record->{body};
}

# Asks for the token of a provider: the parameters of each token request.
sub sent {
    my $name = shift;

    my $answer = $gateway->get("/$name/");

    is($answer->{status}, 200, "$name: a token")
        or diag $answer->{raw};

    return map { { parameters($_) } } $gateway->endpoint->requests("/$name");
}

sub url { return $gateway->expand("http://127.0.0.1:TOKEN_PORT/$_[0]") }


for my $alg (sort keys %alg) {
    my ($sent) = sent($alg);
    my $jws = delete $sent->{client_assertion};
    my $jwt = decode($jws) // { header => {}, claims => {} };
    my $type = $alg{$alg}[1];

    ok(verifies($jws, $type ? $key{$type} : $secret), "[J1] $alg: it verifies");
    is_deeply($jwt->{header}, { alg => $alg, typ => 'JWT',
                                $type ? (kid => "k-$alg") : () },
              "$alg: its header");
    is_deeply($sent, { grant_type => 'client_credentials', client_id => 'id',
                       client_assertion_type => CLIENT },
              "[J1] $alg: what else is sent");
    is(join(' ', sort keys %{ $jwt->{claims} }), 'aud exp iat iss jti sub',
       "[J1] $alg: its claims");
    is("@{ $jwt->{claims} }{qw(iss sub aud)}", 'id id ' . url($alg),
       "[J1] [J2] [J13] $alg: issuer, subject and audience");
    is($jwt->{claims}{exp}, $jwt->{claims}{iat} + 60, "[J3] $alg: for a minute");
    ok(abs($jwt->{claims}{iat} - wall) < 10, "$alg: from now on");
}

ok(!verifies((sent('RS256'))[0]{client_assertion}, new_key('rsa')),
   'another key does not verify it');

{
    my ($sent) = sent('json');

    ok(verifies($sent->{client_assertion}, $key{rsa}), 'in JSON');
    is($sent->{client_assertion_type}, CLIENT, 'with its type');

    ($sent) = sent('headers');
    is_deeply(decode($sent->{client_assertion})->{header},
              { alg => 'RS256', typ => 'JWT', kid => 'a', x5t => 'b',
                'x5t#S256' => 'c' }, 'headers that name the key');

    ($sent) = sent('claims');
    my $claims = decode($sent->{client_assertion})->{claims};
    is($claims->{exp} - $claims->{iat}, 600, 'assertion_lifetime');
    delete @$claims{qw(iat exp)};
    is_deeply($claims, { iss => 'id', sub => 'a"b/\\', nbf => 1700000000,
                         n => '17', aud => [ 'https://issuer.example',
                                             'second' ] },
              '[J2] claims of the block win; an empty one is left out');
    like(encode_json($claims), qr/"nbf":1700000000/, 'a date is a number');
    like(encode_json($claims), qr/"n":"17"/, 'all else is text');

    ($sent) = sent('query');
    is(decode($sent->{client_assertion})->{claims}{aud}, url('query'),
       'the audience has no query');
}

{
    my ($sent) = sent('both');
    my ($grant, $client) = map { decode(delete $sent->{$_})->{claims} }
                           qw(assertion client_assertion);

    is_deeply($sent, { grant_type => GRANT, client_id => 'id', scope => 'read',
                       client_assertion_type => CLIENT }, 'two JWTs');
    is("@$grant{qw(iss sub aud)}", 'id user theirs',
       '[J2] the claims are those of the grant');
    is("@$client{qw(iss sub aud)}", 'id id ' . url('both'),
       'the client has its own');
    isnt($grant->{jti}, $client->{jti}, 'and each is another');

    ($sent) = sent('google');
    my $jws = delete $sent->{assertion};
    my $jwt = decode($jws);
    ok(verifies($jws, $key{rsa}), 'a grant for itself');
    is_deeply($sent, { grant_type => GRANT }, 'nothing but the grant');
    is("@{ $jwt->{claims} }{qw(iss aud scope)}",
       'me@example ' . url('google') . ' a b', 'its claims');
    ($sent) = sent('bearer');
    is($sent->{client_id}, 'id', 'the client beside its grant');
    is(decode($sent->{assertion})->{claims}{iss}, 'id', 'which it has issued');
    ok(!exists decode($sent->{assertion})->{claims}{sub},
       'for nobody, unless the block says for whom');
}

is_deeply([ sent('password') ],
          [ { grant_type => 'password', client_id => 'id', scope => 's',
              client_secret => $secret, username => 'u ser',
              password => canary('password', '&+ ') } ], 'password');
is_deeply([ sent('exchange') ],
          [ { grant_type => EXCHANGE, client_id => 'id',
              subject_token => canary('subject'), subject_token_type => ACCESS,
              actor_token => canary('actor'), actor_token_type => 'urn:x:actor',
              requested_token_type => 'urn:x:wanted' } ], 'token_exchange');


# Where the block wants it: the same in all places of an attempt.
$gateway->endpoint->answer('/named', { rst => 1 },
                           { token => canary('token') . '-9' });
{
    my @sent = sent('named');
    my @jws = map { delete $_->{jwt} } @sent;
    my @jwt = map { decode($_) } @jws;

    for my $n (0, 1) {
        ok(verifies($jws[$n], $key{rsa}), "attempt $n: a JWT of its own");
        is($jwt[$n]{header}{kid}, 1, 'its header');
        is("@{ $jwt[$n]{claims} }{qw(iss sub aud)}", 'id user theirs',
           'its claims');
        is_deeply($sent[$n], { client_id => 'id' }, 'what else is sent');

        my $record = ($gateway->endpoint->requests('/named'))[$n];
        is_deeply([ map { OAuth::Test::Server::Request::header($record, $_) }
                    qw(X-JWT X-Hash) ],
                  [ "Bearer $jws[$n]", sha256_hex($jws[$n]) ], 'in headers too');
    }

    isnt($jwt[0]{claims}{jti}, $jwt[1]{claims}{jti}, 'each has its own jti');

    my ($sent) = sent('beside');
    my ($named, $client) = map { decode($sent->{$_})->{claims} }
                           qw(jwt client_assertion);

    is("@$named{qw(iss sub aud)}", 'id user theirs', 'the claims are its own');
    is("@$client{qw(iss sub aud)}", 'id id ' . url('beside'),
       'and not those of the client assertion beside it');
}


# The configured refresh token is the first, the store has the newest.
$gateway->endpoint->answer('/first', map { {
    token => canary('token') . "-$_", expires_in => 1,
    fields => { refresh_token => canary('next') . "-$_" } } } 1, 2, 3);

for (1 .. 2) {
    sent('first');
    sleep 1.2;
}

is_deeply([ map { $_->{refresh_token} } (sent('first'))[0 .. 2] ],
          [ canary('first'), map { canary('next') . "-$_" } 1, 2 ],
          'refresh_token: the newest one counts');


# What is exchanged ends with its subject, if that is a JWT.
for my $case ([ 'short', 200, 60, 300 ], [ 'ended', 502 ],
              [ 'long', 200, 3000, 3600 ], [ 'opaque', 200, 3000, 3600 ]) {
    my ($name, $status, $least, $most) = @$case;
    my $answer = $gateway->get("/$name/");

    is($answer->{status}, $status, "exchange of a $name subject: $status");

    if (!$most) {
        is($answer->{headers}{'x-error'}, 'subject_expired', 'and why');
        next;
    }

    my $left = $answer->{headers}{'x-left'};
    cmp_ok($left, '<=', $most, 'it does not live longer');
    cmp_ok($left, '>', $least, 'nor much shorter');
}


# One that nobody has answered is signed anew.
$gateway->endpoint->answer('/reset', { rst => 1 },
                           { token => canary('token') . '-9' });
{
    my @claims = map { decode($_->{client_assertion})->{claims} }
                 sent('reset');

    is(scalar @claims, 2, 'a request that is reset is sent again');
    isnt($claims[0]{jti}, $claims[1]{jti}, '[J3] with a JWT of its own');
    like($_->{jti}, qr/\A[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\z/,
         'whose jti is an UUID') for @claims;
}


# The provider may quote what it was sent.

sub description {
    my ($name, $text) = @_;

    $gateway->endpoint->answer("/$name", {
        status => 400, json => { error => 'invalid_client',
                                 error_description => $text } });
    is($gateway->get("/$name/")->{status}, 502, "$name: refused");

    return (grep { /"$name"/ } $gateway->errors)[0] // 'no error';
}

{
    my ($old) = map { $_->{client_assertion} } sent('RS256');

    unlike(description('echo', "bad: $old"), qr/description/,
           'an error that quotes a JWT is not logged');
    unlike(description('raw', 'bad: "' . join('.', map { $_ x 20 } 'A' .. 'C')
                              . '"'), qr/AAAA/, 'nor one with a JWS in it');
    my %quote = (
        own1 => 'no user u ser here', own2 => canary('password', '&+ '),
        own3 => canary('password', '%26%2B+'), foreign1 => canary('subject'),
        foreign2 => 'the actor ' . canary('actor'),
    );

    like(description($_, $quote{$_}), qr/it shows a secret/,
         "$_: what was sent is not repeated") for sort keys %quote;
    like(description('foreign3', 'unknown urn:x:kind'),
         qr/unknown urn:x:kind/, 'a type is no secret');
    like(description('parts', 'wrong aud ' . url('parts')), qr/wrong aud http/,
         'others are');
}

# Another key, another claim: another token.
{
    my $before = $gateway->endpoint->count('/ES256');

    $lines{ES256} =~ s/kid=k-ES256/kid=other/;
    configure();
    ok($gateway->nginx->reload, 'a reload with another kid');
    sent('ES256');
    is($gateway->endpoint->count('/ES256'), $before + 1, 'a token of its own');

    $gateway->nginx->file('conf/P-256.pem', new_key('P-256'));
    ok($gateway->nginx->reload, 'a reload with another key');
    sent('ES256');
    is($gateway->endpoint->count('/ES256'), $before + 2, 'a token of its own');

    $lines{ES256} .= 'assertion_lifetime 30s;';
    configure();
    ok($gateway->nginx->reload, 'a reload with another lifetime of the JWT');
    sent('ES256');
    is($gateway->endpoint->count('/ES256'), $before + 2, 'the same token');

    $lines{ES256} .= 'assertion_claim scope other;';
    configure();
    ok($gateway->nginx->reload, 'a reload with another claim');
    sent('ES256');
    is($gateway->endpoint->count('/ES256'), $before + 3, 'a token of its own');
}

# No JWT is in any log.
for my $record ($gateway->endpoint->requests) {
    my %sent = parameters($record);

    watch(substr($sent{$_}, -40), 'a JWT')
        for grep { defined $sent{$_} } qw(client_assertion assertion jwt);
}

$gateway->stop;
done_testing();
