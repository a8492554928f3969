# "nginx -t" outside the provider block: zones, names, contexts.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Conf;

my $empty = provider('');
my $server = 'server { listen 127.0.0.1:1; location / { %s } }';


accepted 'a provider before its server',
    $empty . sprintf $server, 'oauth_token_provider p;';
accepted 'a provider after its server',
    sprintf($server, 'oauth_token_provider p;') . "\n$empty";
accepted 'oauth_token_provider off',
    sprintf $server, 'oauth_token_provider off;';
accepted 'oauth_token_provider with a variable',
    $empty . sprintf $server, 'oauth_token_provider $arg_name;';
accepted 'oauth_token_provider in http, server, location and if in location',
    "$empty oauth_token_provider p;\n"
    . 'server { listen 127.0.0.1:1; oauth_token_provider off; location / {'
    . ' oauth_token_provider p; if ($arg_x) { oauth_token_provider off; } } }';
accepted 'a zone', "oauth_token_zone zone=z:256k;\n" . provider('zone z;');
accepted 'a zone after the provider',
    provider('zone z;') . 'oauth_token_zone zone=z:256k;';
accepted 'two providers', $empty . ($empty =~ s/provider p/provider p2/r);
accepted 'log_secrets on is warned about',
    sprintf($server, 'oauth_token_log_secrets on;'),
    qr/oauth_token_log_secrets/;
accepted 'nothing of the module', sprintf $server, 'return 204;';

conf_file('part.conf', "client_id id;\nclient_secret s;\n");
accepted 'include in the block',
    'oauth_provider p { token_endpoint http://127.0.0.1:1/t;'
    . ' include part.conf; }';


my @refused = (
    [ 'an unknown provider', sprintf($server, "\noauth_token_provider no; # here\n"),
      qr/unknown provider "no"|provider "no".*(?:unknown|not (?:found|defined))/ ],
    [ 'oauth_token_provider without a name',
      sprintf($server, "\noauth_token_provider; # here\n"),
      qr/invalid number of arguments in "oauth_token_provider"/ ],
    [ 'oauth_token_provider twice',
      $empty . sprintf($server, "oauth_token_provider p;\n"
                                . "oauth_token_provider p; # here\n"),
      qr/"oauth_token_provider" directive is duplicate/ ],
    [ 'a provider defined twice', "$empty$empty", qr/"p"/, qr/duplicate|already|twice/ ],
    [ 'a provider without a name', "oauth_provider { } # here",
      qr/invalid number of arguments in "oauth_provider"/ ],
    [ 'a provider with two names', "oauth_provider a b { } # here",
      qr/invalid number of arguments in "oauth_provider"/ ],
    [ 'a provider named "off"', $empty =~ s/provider p/provider off/r,
      qr/oauth_provider|provider name/, qr/"off"/ ],
    [ 'a provider named with a slash', $empty =~ s/provider p/provider a\/b/r,
      qr/name/, qr{a/b} ],
    [ 'a provider named with a variable', $empty =~ s/provider p/provider \$a/r,
      qr/name/ ],
    [ 'a provider with an empty name', $empty =~ s/provider p/provider ""/r,
      qr/name/ ],
    [ 'a provider in a server', "server { oauth_provider p { } # here\n }",
      qr/"oauth_provider" directive is not allowed here/ ],

    [ 'a zone without a size', 'oauth_token_zone zone=z; # here',
      qr/oauth_token_zone|zone size/, qr/size/ ],
    [ 'a zone with a wrong size', 'oauth_token_zone zone=z:big; # here',
      qr/invalid zone size|size/ ],
    [ 'a zone that is too small', 'oauth_token_zone zone=z:1k; # here',
      qr/zone "z"/, qr/too small/ ],
    [ 'a zone without a name', 'oauth_token_zone zone=:1m; # here', qr/zone/ ],
    [ 'a zone by an unknown parameter', 'oauth_token_zone name=z:1m; # here',
      qr/oauth_token_zone|invalid parameter/, qr/name=z:1m|zone=/ ],
    [ 'a zone defined twice',
      "oauth_token_zone zone=z:1m;\noauth_token_zone zone=z:1m; # here",
      qr/zone.*"z"|"z".*zone/, qr/duplicate|already/ ],
    [ 'a zone in a server', "server { oauth_token_zone zone=z:1m; # here\n }",
      qr/"oauth_token_zone" directive is not allowed here/ ],
    [ 'an unknown zone', provider('zone no; # here'), qr/zone/, qr/"no"/ ],
    [ 'the zone of another module',
      "limit_req_zone \$uri zone=z:1m rate=1r/s;\n" . provider('zone z;'),
      qr/"z"/ ],
    [ 'log_secrets with a wrong value',
      sprintf($server, "\noauth_token_log_secrets maybe; # here\n"),
      qr/oauth_token_log_secrets/, qr/"on" or "off"/ ],
);

for my $directive (qw(token_endpoint client_id client_secret scope preset
                      fetch_timeout body_format inject_header))
{
    push @refused, [
        "$directive outside a provider", "$directive a b; # here",
        qr/"$directive" directive is not allowed here/,
    ];
}

refused @$_ for @refused;

done_testing();
