# Every place from which nginx sends a request: the token of its tenant, once;
# and the places that are not to see it.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request);
use OAuth::Test::Gateway;
use OAuth::Test::H2 qw(h2_get);
use OAuth::Test::Nginx;
use OAuth::Test::Upstream;

my $h2 = OAuth::Test::Nginx::free_port();
my $other = OAuth::Test::Upstream->new;
my $evil = $other->url;
my $p = 'oauth_token_provider p;';
my $off = 'oauth_token_provider off;';
my $api = 'proxy_pass http://127.0.0.1:UPSTREAM_PORT;';
my $stranger = "proxy_pass $evil;";

# locations: those of a request with a token, then those that help them
my %place = (
    '/pass' => "$p $api",
    '/variable' => "$p set \$to 127.0.0.1:UPSTREAM_PORT; "
        . 'proxy_pass http://$to$request_uri;',
    '/tried' => "$off root DIR/html; try_files \$uri \@tried;",
    '@tried' => "$p $api",
    '/tries' => "$p root DIR/html; try_files \$uri /pass/tries;",
    '/file' => "$p root DIR/html; try_files /none =404;",
    '/error' => "$off error_page 404 = /pass/error; return 404;",
    '/named' => "$off error_page 404 = \@tried; return 404;",
    '/accel' => "$off $api",
    '/again' => "$p $api",
    '/ssi' => "$off ssi on; root DIR/html;",
    '/authed' => "$p auth_request /check; $api",
    '= /check' => "internal; $p $api",
    '/mirrored' => "$p mirror /copy; $api",
    '= /copy' => "internal; $p $api",
    '/slice' => "$p slice 4; proxy_set_header Range \$slice_range; "
        . "proxy_http_version 1.1; $api",
    '/if' => "$p if (\$arg_x) { $api } proxy_pass $evil/not;",
    '/except' => "$p limit_except GET { $api } $api",
    '/nested/' => "$p location /nested/in { $api } return 404;",
    '/after' => "$off post_action /pass/after; $stranger",
    '/added' => "$p addition_types text/plain; "
        . "add_before_body /pass/before; $api",
);

# regular expressions leave memory that only a checked build minds
my %rewritten = (
    '/rewritten' => "$off rewrite ^ /pass/rewritten last;",
    '/broken' => "$p rewrite ^ /broken/new break; $api",
);

%rewritten = () if ($ENV{OAUTH_TEST_BUILD} // '') eq 'sanitize';
%place = (%place, %rewritten);

my $gateway = OAuth::Test::Gateway->new(
    provider => 'client_id $http_x_tenant;',
    server => "listen 127.0.0.1:$h2 http2;\n"
        . join '', map { "location $_ { $place{$_} }\n" } sort keys %place,
);
my $upstream = $gateway->upstream;
my $token = canary('token');

$gateway->endpoint->answer('/token', { token => "$token-%i" });
$upstream->answer('/accel', { headers => [ 'X-Accel-Redirect', '/pass/ac' ] });
$upstream->answer('/again',
                  { headers => [ 'X-Accel-Redirect', '/pass/again' ] });
$upstream->answer('/slice', map { { status => 206, body => 'abcd', headers => [
    'Content-Range', "bytes $_-" . ($_ + 3) . '/8', 'ETag', '"1"' ] } }
    0, 4, 0, 4, 0, 4);
$gateway->nginx->file('html/ssi.html', '<!--# include virtual="/pass/1" -->'
    . '<!--# include virtual="/variable/2" -->', 0644);
$gateway->start;

# What has come upstream because of what is done here: "a a", the tenants.
sub tenants {
    my ($n, $do) = @_;

    my $before = $upstream->count;

    $do->();
    $upstream->wait_for(undef, $before + $n);

    my @new = $upstream->requests;

    splice @new, 0, $before;

    return join ' ', map {
        my @sent = map { $_->[1] } grep { lc $_->[0] eq 'authorization' }
                   @{ $_->{headers} };

        "@sent" =~ /\ABearer \Q$token\E-(\w+)\z/ ? $1 : "\"@sent\"";
    } @new;
}

# uri, how many requests with a token; method
for my $case (
    [ '/pass', 1 ], [ '/variable', 1 ], map({ [ $_, 1 ] } sort keys %rewritten),
    [ '/tried', 1 ], [ '/tries', 1 ], [ '/error', 1 ], [ '/named', 1 ],
    [ '/again', 2 ], [ '/ssi.html', 2 ], [ '/authed', 2 ], [ '/mirrored', 2 ],
    [ '/slice', 2 ], [ '/if?x=1', 1 ], [ '/except', 1 ],
    [ '/except', 1, 'PUT' ],
    [ '/nested/in', 1 ], [ '/after', 1 ], [ '/added', 2 ],
) {
    my ($uri, $n, $method) = @$case;

    for my $tenant (qw(a b a)) {
        my $answer;

        is(tenants($n, sub {
            $answer = request($gateway->port, $method // 'GET', $uri, undef,
                'X-Tenant', $tenant, 'Authorization', 'Bearer evil');
        }), join(' ', ($tenant) x $n), "[D5] $uri: the token of $tenant")
            or diag($answer->{raw});
    }
}

is(tenants(1, sub { h2_get($h2, "/pass/$_", 'x-tenant', $_) }), $_,
   "[D5] HTTP/2: the token of $_") for qw(a b);

is(tenants(2, sub { $gateway->get('/accel', 'X-Tenant', 'a',
                                  'Authorization', 'Bearer mine') }),
   '"Bearer mine" a', '[D5] X-Accel-Redirect to a provider');
is($gateway->get('/file', 'X-Tenant', 'a')->{status}, 404,
   'nothing is sent where there is nothing to be sent to');

# of these requests none was for the tenant's eyes
is(join(' ', map { $_->[1] } grep { lc $_->[0] eq 'authorization' }
        map { @{ $_->{headers} } } $other->requests),
   join(' ', ('Bearer evil') x 3), '[D7] a stranger gets what the client sent');
$gateway->stop;


# Where an upstream points to.
$gateway = OAuth::Test::Gateway->new(
    server => <<"END",
location /moved { $p $api proxy_redirect $evil /here; }
location /follow { $p $api proxy_intercept_errors on;
    error_page 302 = \@follow; }
location \@follow { set \$to \$upstream_http_location; proxy_pass \$to; }
location /accel { $p $api }
location /there { $stranger }
location /next { $p proxy_pass http://two; proxy_next_upstream http_503; }
location /both { $p proxy_next_upstream http_503; $api
    proxy_intercept_errors on; error_page 503 = \@other; }
location \@other { $stranger }
location /return { $p return 200 "<\$oauth_access_token>"; }
location /page { $p $api proxy_intercept_errors on; error_page 404 = /shown;
    access_log DIR/logs/shown.log seen; }
location /shown { return 200 "<\$oauth_access_token>";
    access_log DIR/logs/shown.log seen; }
END
    http => "log_format seen '<\$oauth_access_token>';\n"
        . "upstream two { server 127.0.0.1:UPSTREAM_PORT; "
        . "server 127.0.0.1:UPSTREAM_PORT; }\n",
);
$upstream = $gateway->upstream;

my $moved = { status => 302, headers => [ 'Location', "$evil/evil" ] };

$upstream->answer($_, $moved) for '/moved', '/follow';
$upstream->answer('/accel', { headers => [ 'X-Accel-Redirect', '/there' ] });
$upstream->answer('/next', { status => 503 }, { echo => 1 });
$upstream->answer('/both', { status => 503 });
$upstream->answer('/page', { status => 404 });
$gateway->start;

my $before = $other->count;
my $answer = $gateway->get('/moved');

is("$answer->{status} $answer->{headers}{location}",
   '302 http://localhost:' . $gateway->port . '/here/evil',
   '[D7] a redirect is passed on');
unlike($answer->{raw}, qr/\Q$token\E/, 'without the token');
is($other->count, $before, 'not followed');

for my $uri (qw(/follow /accel /both)) {
    $answer = $gateway->get($uri, 'Authorization', 'Bearer mine');

    is($answer->{status}, 200, "[D7] $uri: another origin is asked");
    like($answer->{body}, qr/ Bearer mine\n\z/, 'without the token');
}

is($gateway->get('/next')->{body}, 'GET /next ' . $gateway->token(1) . "\n",
   '[D7] the next server of the same upstream has it');

is($gateway->get('/return')->{body}, '<>',
   '[D6] "return" knows of no token');
is($gateway->get('/page')->{body}, '<>', '[D6] nor does a page of an error');
is($gateway->nginx->logged('logs/shown.log', 1), "<->\n",
   '[D6] nor the log of such a request');
$gateway->stop;

done_testing();
