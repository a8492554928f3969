# "nginx -t": where the token comes from, and what else may stand in the block.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Conf;
use OAuth::Test::CA;

sub endpoint {
    my ($url, $more) = @_;

    return "oauth_provider p {\nclient_id id;\nclient_secret SECRET;\n"
           . "token_endpoint $url; # here\n" . ($more // '') . "\n}";
}


my $ca = OAuth::Test::CA->new->file;

accepted '[H4] https, by the CAs of the system',
    endpoint('https://127.0.0.1:1/token');
accepted 'https with its own CA',
    endpoint('https://127.0.0.1/token', "proxy_ssl_trusted_certificate $ca;");
accepted "http to $_", endpoint("http://$_/token")
    for qw(127.0.0.1 127.1.2.3:8080 localhost [::1] [::1]:81);
accepted 'http elsewhere with insecure_http',
    endpoint('http://192.0.2.1/token', 'insecure_http on;');
accepted '[A8] a query', endpoint('https://127.0.0.1/token?a=b&c=d');
accepted 'a host without a path', endpoint('https://127.0.0.1');
accepted 'an upstream{}',
    'upstream idp { server 127.0.0.1:1; } ' . endpoint('https://idp/token');
accepted 'transport directives',
    endpoint('https://127.0.0.1/token', 'proxy_connect_timeout 1s; '
             . 'proxy_read_timeout 2s; proxy_ssl_name idp.example; '
             . 'proxy_bind 127.0.0.1; proxy_buffer_size 16k; '
             . 'proxy_ssl_protocols TLSv1.2 TLSv1.3; '
             . 'resolver 127.0.0.1; resolver_timeout 1s;');
accepted '[H3] proxy_ssl_verify off is warned about',
    endpoint('https://127.0.0.1/token', 'proxy_ssl_verify off;'),
    qr/proxy_ssl_verify/;


# nginx reads no block in a block that is not its own
my $block = qr/unexpected "\{"/;

my @refused = (
    [ '[H1] http to another host', endpoint('http://192.0.2.1/token'),
      qr/insecure_http/, qr/http/ ],
    [ 'http to a name that only starts like loopback',
      endpoint('http://127.0.0.1.example/token'), qr/insecure_http/ ],
    [ 'http to a number that is octal for others',
      endpoint('http://0127.0.0.1/token'), qr/insecure_http/ ],
    [ 'http to what is no number', endpoint('http://127.0..1/token'),
      qr/insecure_http/ ],
    [ 'another scheme', endpoint('ftp://127.0.0.1/token'),
      qr/token_endpoint/, qr/https/ ],
    [ 'no scheme', endpoint('127.0.0.1/token'), qr/token_endpoint/, qr/https/ ],
    [ 'no host', endpoint('https:///token'), qr/token_endpoint|host/ ],
    [ 'an empty URL', endpoint('""'), qr/token_endpoint/ ],
    [ 'a wrong port', endpoint('https://127.0.0.1:99999/token'), qr/port/ ],
    [ '[A7] [H7] a secret in the userinfo',
      endpoint('https://id:SECRET@127.0.0.1/token'),
      qr/token_endpoint/, qr/user|credential|secret|"@"/i ],
    [ '[A7] a secret in the query',
      endpoint('https://127.0.0.1/token?client_secret=SECRET'),
      qr/token_endpoint/, qr/client_secret/ ],
    [ '[A8] a fragment', endpoint('https://127.0.0.1/token#part'),
      qr/token_endpoint/, qr/fragment|"#"/ ],
    [ '[H7] a variable as host', endpoint('https://$arg_host/token'),
      qr/token_endpoint/, qr/variable/ ],
    [ '[H7] a variable in the host', endpoint('https://a$arg_host/token'),
      qr/token_endpoint/, qr/variable/ ],
    [ '[H7] a variable as port', endpoint('https://127.0.0.1:$arg_p/token'),
      qr/token_endpoint/, qr/variable/ ],
    [ '[H7] a variable for all of it', endpoint('$arg_url'),
      qr/token_endpoint/, qr/variable|https/ ],
    [ '[H7] a socket', endpoint('https://unix:/run/x:/token'),
      qr/token_endpoint/ ],
    [ '[H7] a variable as scheme', endpoint('$scheme://127.0.0.1/token'),
      qr/token_endpoint/, qr/variable|https/ ],
    [ 'a blank in the URL', endpoint('"https://127.0.0.1/to ken"'),
      qr/token_endpoint/ ],
    [ 'a line break in the URL', endpoint("'https://127.0.0.1/to\r\nken'")
                                 =~ s/# here//r, qr/token_endpoint/ ],
    [ 'token_endpoint twice',
      provider('token_endpoint http://127.0.0.1:2/token; # here'),
      qr/"token_endpoint" directive is duplicate/ ],
    [ 'neither token_endpoint nor preset',
      "oauth_provider p {\nclient_id id;\nclient_secret SECRET;\n}",
      qr/provider "p"/, qr/token_endpoint/ ],
    [ 'an empty block', "oauth_provider p {\n}", qr/provider "p"/,
      qr/token_endpoint/ ],
    [ 'a method that is not known', provider('method PATCH; # here'),
      qr/method/, qr/POST/ ],
    [ 'method twice', provider("method POST;\nmethod GET; # here"),
      qr/"method" directive is duplicate/ ],
    [ 'a body with GET', provider('method GET; body_format json;'),
      qr/GET/, qr/body_format/ ],
    [ 'insecure_http with a wrong value', provider('insecure_http yes; # here'),
      qr/insecure_http/, qr/"on" or "off"/ ],
    [ 'a CA file that is missing',
      endpoint('https://127.0.0.1/token', 'proxy_ssl_trusted_certificate no.pem;')
          =~ s/# here//r, qr/no\.pem/ ],
    [ 'a location inside', provider("location /a { } # here"), $block ],
    [ 'an if inside', provider('if ($arg_x) { } # here'), $block ],
    [ 'a limit_except inside', provider("limit_except GET { } # here"),
      $block ],
    [ 'a server inside', provider("server { } # here"), $block ],
    [ 'a provider inside', provider("oauth_provider q { } # here"),
      $block ],
    [ 'an unknown directive', provider("no_such_thing on; # here"),
      qr/unknown directive "no_such_thing"/ ],
);

# What a provider's block does not take, each with values nginx would take.
my %foreign = (
    root => '/tmp', add_header => 'A b', access_log => 'off',
    return => 204, deny => 'all', gzip => 'on', expires => '1h',
    proxy_store => 'on', proxy_cache => 'off',
    proxy_pass => 'http://127.0.0.1:1', proxy_set_header => 'A b',
    oauth_token_provider => 'off', oauth_token_log_secrets => 'off',
);

push @refused, [
    "$_ inside", provider("$_ $foreign{$_}; # here"), qr/"$_"/,
    qr/not allowed|must not|cannot|use "/,
] for sort keys %foreign;

refused @$_ for @refused;

done_testing();
