# Blocks within a location, "if" and limit_except, that have no handler of their
# own: what answers is that of the location around them, if it has one.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request);
use OAuth::Test::Gateway;

my $gateway = OAuth::Test::Gateway->new(
    http => OAuth::Test::Gateway->block('q', 'client_id q;'),
    server => <<'END',
set $x "";

location /plain {
    oauth_token_provider p;
    if ($arg_t = yes) { set $x 1; }
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}

location /twice {
    oauth_token_provider p;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
    if ($arg_t = yes) { set $x 1; }
    if ($arg_u = yes) { set $x 2; }
}

location /other {
    oauth_token_provider p;
    if ($arg_t = yes) { oauth_token_provider q; }
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}

location /off {
    oauth_token_provider p;
    if ($arg_t = yes) { oauth_token_provider off; }
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}

location /on {
    if ($arg_t = yes) { oauth_token_provider p; }
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}

location /last {
    oauth_token_provider p;
    if ($arg_t = yes) { proxy_pass http://127.0.0.1:UPSTREAM_PORT; }
    if ($arg_u = yes) { set $x 2; }
    if ($arg_v = yes) { oauth_token_provider off; }
}

location /except {
    oauth_token_provider p;
    limit_except GET { allow all; }
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
END
);

$gateway->endpoint->answer('/token', { token => canary('token') . '-%i' });
$gateway->start;

my $token = canary('token');

# The client whose token a request had; what it said without one.
sub client {
    my ($method, $uri) = @_;

    my $body = request($gateway->port, $method, $uri, undef)->{body};

    return $body =~ /\A\Q$method $uri\E Bearer \Q$token\E-(\w+)\n\z/ ? $1
           : $body eq "$method $uri \n" ? 'none' : "\"$body\"";
}

is(client('GET', "$_?t=yes"), 'id', "[D5] $_, if")
    for '/plain', '/twice', '/on';
is(client('GET', "$_?t=no"), 'id', "$_, not") for '/plain', '/twice';
is(client('GET', '/twice?t=yes&u=yes'), 'id', 'both of them');
is(client('GET', '/other?t=yes'), 'q', 'with another provider, if');
is(client('GET', '/other?t=no'), 'id', 'not');
is(client('GET', '/off?t=yes'), 'none', 'without a provider, if');
is(client('GET', '/off?t=no'), 'id', 'not');
is(client('GET', '/on?t=no'), 'none', '/on, not');

# The handler of the first "if", but what it needs is in that one.
is(client('GET', '/last?t=yes'), 'id', 'a handler in "if" only');

for my $args ('t=yes&u=yes', 't=yes&v=yes', 't=yes&u=yes&v=yes') {
    is($gateway->get("/last?$args")->{status}, 500,
       "then another one without a handler: $args");
}

is(client($_, '/except'), 'id', "[D5] limit_except, $_") for qw(GET PUT);
$gateway->stop;

done_testing();
