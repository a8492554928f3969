# Token exchange (RFC 8693) with a second authorization server: each user of the
# gateway gets a token of its own, for the one that it came with.

use strict;
use warnings;
use lib 't/lib';

use List::Util qw(uniq);
use MIME::Base64 qw(encode_base64);
use Test::More;

use OAuth::Test::Build qw(checked);
use OAuth::Test::CA;
use OAuth::Test::Canary qw(canary watch);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Gateway qw(tally);
use OAuth::Test::OIDC;

my $grant = 'urn:ietf:params:oauth:grant-type:token-exchange';

# The library takes a Basic header as it is; a form it decodes.
my $special = ' +/%&=?~*';
my %secret = map { $_ => canary("${_}secret") . $special } qw(basic post);
my $judge = canary('judgesecret');

my $ca = OAuth::Test::CA->new;
my $server = OAuth::Test::OIDC->new(
    program => 'exchange', ca => $ca, clients => [
        (map { { client_id => $_, client_secret => $secret{$_},
                 grant_types => [ $grant ] } } sort keys %secret),
        { client_id => 'judge', client_secret => $judge,
          grant_types => [ qw(client_credentials password) ] },
    ]);
my @judge = ('Authorization' => 'Basic ' . encode_base64("judge:$judge", ''));

# The token of a user, from its login at the authorization server.
sub login {
    my $user = shift;

    my $said = $server->post('/token', "grant_type=password&username=$user"
        . '&password=open+sesame&scope=api:all', @judge);

    return watch($said->{access_token} // die("no login: $said->{error}\n"),
                 "subject $user");
}

my @users = qw(alice bob);
my %subject = map { $_ => login($_) } @users, 'carol';

$subject{forged} = watch($subject{carol} =~ s/.{9}\z/'x' x 9/er, 'forged');

# A regular expression leaves memory that only a checked build minds.
my $map = !checked()
    ? '"~^Bearer (?<own>\S+)$" $own;'
    : join ' ', map { qq("Bearer $_" "$_";) } sort values %subject;

sub provider {
    my ($name, $lines) = @_;

    return OAuth::Test::Gateway->block($name, <<"END");
token_endpoint @{[ $server->url('/token') ]};
grant_type     token_exchange;
proxy_ssl_trusted_certificate @{[ $ca->file ]};
scope          "api:read api:write";
parameter      audience https://api.example;
$lines
END
}

sub location { return <<"END" }
location /$_[0] {
    oauth_token_provider $_[0];
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
END

my $basic = "client_id basic; client_secret '$secret{basic}';"
            . 'client_auth client_secret_basic encode=none;';
my $post = "client_id post; client_secret '$secret{post}';"
           . 'client_auth client_secret_post;';

# At its debug level nginx logs what clients send.
my $gateway = OAuth::Test::Gateway->new(
    workers => 2, level => 'info',
    http => join('',
        "map_hash_bucket_size 1024;\n",
        "map \$http_authorization \$bearer { default ''; $map }\n",
        provider('basic', "$basic subject_token \$http_x_subject;"),
        provider('post', "$post subject_token \$bearer;"),
        provider('type', "$post subject_token \$bearer type=urn:x;")),
    server => 'add_header X-Worker $pid always;'
        . join('', map { location($_) } qw(basic post type)),
);

# reuseport: both workers get clients
my $listen = 'listen 127.0.0.1:' . $gateway->port;

$gateway->nginx->http($gateway->nginx->{http} =~ s/\Q$listen\E/$& reuseport/r);
$gateway->start;

# How a user shows who it is, in each of the locations.
my %header = (
    basic => sub { ('X-Subject' => $_[0]) },
    post  => sub { ('Authorization' => "Bearer $_[0]") },
);

$header{type} = $header{post};

sub crowd {
    my ($name, $user, $n) = @_;

    return $gateway->many(10, map {
        { bytes => request_bytes('GET', "/$name", undef,
                                 $header{$name}->($subject{$user})) }
    } 1 .. $n);
}

sub workers { return scalar uniq map { $_->{headers}{'x-worker'} } @_ }

my %token;

for my $name (qw(basic post)) {
    my $before = $server->lines;

    for my $user (@users) {
        my ($first) = crowd($name, $user, 1);
        my @then = crowd($name, $user, 40);
        my ($token) = $first->{body} =~ m{\AGET /$name Bearer (\S+)\n\z};

        is(tally($first), '200 MISS: 1', "$name, $user: a token")
            or diag $gateway->errors;
        is(tally(@then), '200 HIT: 40', 'it is kept');
        is(workers(@then), 2, 'by both workers');
        is(join('', uniq map { $_->{body} } $first, @then), $first->{body},
           '[J12] it is the same for all');

        $token{"$name $user"} = watch($token // 'none at all', "$name $user");

        my $said = $server->post('/token/introspection',
            'token=' . $token{"$name $user"}, @judge);

        is(join(' ', map { $_ // 'none' }
                @$said{qw(active sub client_id aud scope)}),
           "1 $user $name https://api.example api:read api:write",
           'and is what was asked for');
    }

    my @asked = $server->lines;

    @asked = grep { !/introspection/ } splice @asked, $before;
    is(join(',', @asked), $name eq 'basic' ? '/token basic,/token basic'
                                           : '/token,/token',
       "$name: a request for each, the secret in its place");
}

is(scalar(uniq values %token, values %subject), 8, '[J12] no token is another');

# Both at once, in both workers.
my @order = map { $users[$_ % 2] } 1 .. 60;
my @got = map { $_->{body} } $gateway->many(10, map {
    { bytes => request_bytes('GET', '/basic', undef,
                             $header{basic}->($subject{$_})) }
} @order);

is(join('', @got),
   join('', map { "GET /basic Bearer $token{qq(basic $_)}\n" } @order),
   '[J12] each gets its own among others');


# From here on nothing is to go upstream.
my $upstream = $gateway->upstream->count;

for my $case ([ 'basic', 'forged', 'invalid_grant' ],
              [ 'post', 'forged', 'invalid_grant' ],
              [ 'type', 'carol', 'invalid_request' ]) {
    my ($name, $user, $error) = @$case;
    my ($answer) = crowd($name, $user, 1);

    is($answer->{status}, 502, "$name, $user: refused");
    like(($gateway->errors)[-1] // 'no error', qr/"$name".*"$error"/,
         'by the server');
}

my $asked = $server->lines;

for my $case ([ '/basic' ], [ '/basic', 'X-Subject' => '' ], [ '/post' ],
              [ '/post', 'Authorization' => 'Basic eDp5' ]) {
    my ($uri, @headers) = @$case;
    my $answer = $gateway->get($uri, @headers);

    is("$answer->{status} $answer->{headers}{'x-error'}", '500 invalid_value',
       "$uri @headers: no subject, no token");
}

is(scalar($server->lines), $asked, 'nobody was asked');
is($gateway->upstream->count, $upstream, 'nothing went upstream');

$gateway->stop;
done_testing();
