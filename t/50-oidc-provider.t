# A real, certified authorization server over TLS, its certificate verified.

use strict;
use warnings;
use lib 't/lib';

use MIME::Base64 qw(encode_base64);
use Test::More;

use OAuth::Test::CA;
use OAuth::Test::Canary qw(canary watch);
use OAuth::Test::Nginx;
use OAuth::Test::OIDC;
use OAuth::Test::Upstream;

# Characters that RFC 6749 2.3.1 and a form treat each in their own way.
my $special = ' +:/%&=?~*';
my %secret = (
    basic => canary('basicsecret', $special),
    post  => canary('postsecret', $special),
    judge => canary('judgesecret'),
);

my $ca = OAuth::Test::CA->new;
my $oidc = OAuth::Test::OIDC->new(ca => $ca, clients => [
    { client_id => 'basic id:1', client_secret => $secret{basic},
      method => 'client_secret_basic' },
    { client_id => 'post id:2', client_secret => $secret{post},
      method => 'client_secret_post' },
    { client_id => 'judge', client_secret => $secret{judge},
      method => 'client_secret_basic' },
]);
my $upstream = OAuth::Test::Upstream->new;
my $nginx = OAuth::Test::Nginx->new(workers => 2);

my ($port, $behind, $token_url) = ($nginx->port, $upstream->port,
                                   $oidc->url('/token'));
my $trusted = $ca->file;
my $stranger = OAuth::Test::CA->new->file;


sub provider { my ($name, $auth, $id, $secret, $file) = @_; return <<"END" }
oauth_provider $name {
    token_endpoint $token_url;
    client_id      "$id";
    client_secret  "$secret";
    client_auth    $auth;
    prefetch       off;
    scope          "api:read api:write";
    proxy_ssl_trusted_certificate $file;
}
END

sub location { return <<"END" }
    location /$_[0] {
        oauth_token_provider $_[0];
        proxy_pass http://127.0.0.1:$behind;
    }
END

my @providers = (
    [ 'basic', 'client_secret_basic', 'basic id:1', $secret{basic}, $trusted ],
    [ 'post', 'client_secret_post', 'post id:2', $secret{post}, $trusted ],
    [ 'plain', 'client_secret_basic encode=none', 'judge', $secret{judge},
      $trusted ],
    [ 'wrong', 'client_secret_basic', 'judge', 'not it', $trusted ],
    [ 'untrusted', 'client_secret_post', 'post id:2', $secret{post},
      $stranger ],
);

$nginx->http(join '', (map { provider(@$_) } @providers),
    "server { listen 127.0.0.1:$port;\n",
    (map { location($_->[0]) } @providers), '}');
$nginx->start;


# What the authorization server itself says about a token (RFC 7662).
sub introspect {
    my $token = shift;

    return $oidc->post('/token/introspection', "token=$token",
        'Authorization' => 'Basic '
            . encode_base64("judge:$secret{judge}", ''));
}


for my $case ([ 'basic', 'basic id:1' ], [ 'post', 'post id:2' ],
              [ 'plain', 'judge' ]) {
    my ($name, $id) = @$case;
    my $answer = $nginx->get("/$name");
    my ($token) = $answer->{body} =~ /\AGET \/$name Bearer (\S+)\n\z/;

    ok(defined $token, "$name: the upstream got a token")
        or diag "$answer->{status} $answer->{body}";
    watch($token // 'no token at all', "token of $name");

    my $verdict = introspect($token // 'none');

    ok($verdict->{active}, "$name: the token is real");
    is($verdict->{client_id}, $id, "$name: it is that client's");
    is($verdict->{scope}, 'api:read api:write', "$name: with its scope");
    is($nginx->get("/$name")->{body}, $answer->{body}, "$name: and is kept");
}

is($nginx->get('/wrong')->{status}, 502, 'a wrong secret is refused');
like($nginx->error_log, qr/\[error\].*invalid_client/, 'and the log says so');
is($nginx->get('/untrusted')->{status}, 502, 'a stranger CA is refused');
is(scalar(grep { $_->{path} =~ /wrong|untrusted/ } $upstream->requests), 0,
   'nothing goes upstream without its token');

$nginx->stop;
done_testing();
