# An error_page for an upstream that fails at once: the location it leads to
# answers as ever, with a token of its own or without any.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Gateway;

# no such socket: the request fails before its content handler has returned
my $fails = 'oauth_token_provider p; proxy_pass http://unix:DIR/none.sock;';

my $gateway = OAuth::Test::Gateway->new(
    allow  => qr/\[crit\].*none\.sock failed/,
    http   => OAuth::Test::Gateway->block('q', 'client_id q;'),
    server => <<"END",
location /none/ { $fails error_page 502 = \@none; }
location /own/ { $fails error_page 502 = \@own; }
location /other/ { $fails error_page 502 = \@other; }
location /never/ { $fails error_page 502 = \@never; }
location /off/ { $fails error_page 502 = \@own; oauth_token_retry off; }
location /off_none/ { $fails error_page 502 = \@none; oauth_token_retry off; }
location /page/ { $fails error_page 502 /sorry; }

location \@none { proxy_pass http://127.0.0.1:UPSTREAM_PORT; }
location \@own { oauth_token_provider p;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT; }
location \@other { oauth_token_provider q;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT; }
location \@never { oauth_token_provider p; oauth_token_retry off;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT; }
location = /sorry { proxy_pass http://127.0.0.1:UPSTREAM_PORT; }
END
);
my $endpoint = $gateway->endpoint;

$gateway->start;

my ($p, $q) = map { $gateway->token($_) } 1, 2;
my %expected = (
    none => '', own => $p, other => $q, never => $p, off => $p, off_none => '',
);

$gateway->get('/');

for my $name (qw(none own other never off off_none)) {
    my $answer = $gateway->get("/$name/x");

    is("$answer->{status} $answer->{body}",
       "200 GET /$name/x $expected{$name}\n", "error_page of /$name/");
    $answer = $gateway->nginx->post("/$name/x", 'body');
    is("$answer->{status} $answer->{body}",
       "200 POST /$name/x $expected{$name}\n", 'of a POST');
}

my $answer = $gateway->get('/page/x');

is("$answer->{status} $answer->{body}", "502 GET /sorry \n", 'a plain page');
is($endpoint->count('/token'), 2, 'a token for each provider');
$gateway->stop;

done_testing();
