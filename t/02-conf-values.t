# "nginx -t": values, secrets from files and the environment, combinations.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Conf;
use OAuth::Test::Canary qw(canary);

my $secret = canary('secret');

conf_file('good', "$secret\n");
conf_file('open', "$secret\n", 0644);
conf_file('empty', '');
conf_file('newline', "\n");
conf_file('control', "$secret\r\nX-Evil: 1\n");
conf_file('null', "$secret\0more");
conf_file('crlf', "$secret\r\n");
conf_file('two', "$secret\n\n");
conf_file('cr', "$secret\r");

delete $ENV{OAUTH_TEST_MISSING};
$ENV{OAUTH_TEST_EMPTY} = '';
$ENV{OAUTH_TEST_GOOD} = $secret;


# A block with these lines for id and secret.
sub with_secret { return <<"END" }
oauth_provider p {
    token_endpoint http://127.0.0.1:1/token;
    @_
}
END

sub auth { return provider("client_auth $_[0]; # here") }


accepted 'a secret from a file',
    with_secret('client_id id; client_secret file:good;');
accepted 'a secret from a file with its whole path',
    with_secret('client_id id; client_secret file:DIR/conf/good;');
accepted '[A5] a secret from a file with CRLF at its end',
    with_secret('client_id id; client_secret file:crlf;');
accepted 'a secret from the environment',
    with_secret('client_id id; client_secret env:OAUTH_TEST_GOOD;');
accepted 'a file that others may read is warned about',
    with_secret('client_id id; client_secret file:open;'), qr/open"?.*(?:read|others)/;
accepted "client_auth $_", provider("client_auth $_;")
    for 'client_secret_basic', 'client_secret_basic encode=none',
        'client_secret_basic encode=form', 'client_secret_post',
        'client_secret_post id=clientId secret=clientSecret',
        'client_secret_header id=client_id secret=client_secret';
accepted '[A7] client_secret_query is warned about',
    provider('client_auth client_secret_query id=a secret=b;'),
    qr/secret of provider "p" is sent in the URL/;
accepted 'client_auth none without a secret',
    with_secret('client_auth none;');
accepted 'the random UUID in a value',
    provider('request_header X-Id "a-$oauth_token_uuid";');
accepted 'every directive once', provider(<<'END');
method POST;
grant_type client_credentials in=query;
scope "a b" in=query;
parameter audience https://api.example;
parameter x.y z in=query;
body_format json;
request_header di_fiid 1;
request_header a.b "";
header Merchant-Serial-Number 123456;
inject_header X-Token "$oauth_access_token";
upstream_header X-Up 1;
token_field data.accessToken access_token;
expires_field data.exp unit=epoch_ms;
token_lifetime default=5m min=1s max=1h;
expiry_leeway 3s;
fetch_timeout 2500ms;
max_waiting 10;
refresh_before 90s;
prefetch off;
backoff 500ms 10s;
END


my @refused = (
    [ 'a file that is missing',
      with_secret("client_id id;\nclient_secret file:missing; # here\n"),
      qr/"client_secret"/, qr{missing"} ],
    [ '[A5] a file with two newlines',
      with_secret("client_id id;\nclient_secret file:two; # here\n"),
      qr/"client_secret"/, qr/control/ ],
    [ '[A5] a file with a CR',
      with_secret("client_id id;\nclient_secret file:cr; # here\n"),
      qr/"client_secret"/, qr/control/ ],
    [ '[A5] a file that is empty',
      with_secret("client_id id;\nclient_secret file:empty; # here\n"),
      qr/"client_secret"/, qr/empty/ ],
    [ '[A5] a file with nothing but a newline',
      with_secret("client_id id;\nclient_secret file:newline; # here\n"),
      qr/"client_secret"/, qr/empty/ ],
    [ 'a file that is a directory',
      with_secret("client_id id;\nclient_secret file:DIR/conf; # here\n"),
      qr/"client_secret"/ ],
    [ 'a file without a name',
      with_secret("client_id id;\nclient_secret file:; # here\n"),
      qr/"client_secret"/ ],
    [ '[A4] control characters in a secret',
      with_secret("client_id id;\nclient_secret file:control; # here\n"),
      qr/"client_secret"/, qr/control|character/ ],
    [ '[A4] a null byte in a secret',
      with_secret("client_id id;\nclient_secret file:null; # here\n"),
      qr/"client_secret"/, qr/control|character/ ],
    [ '[A4] control characters in an id',
      with_secret("client_secret SECRET;\nclient_id 'a\tb'; # here\n"),
      qr/"client_id"/, qr/control/ ],
    [ 'control characters in a header',
      provider("request_header X-A file:control; # here"),
      qr/"request_header"/, qr/control|character/ ],
    [ 'an environment variable that is missing',
      with_secret("client_id id;\nclient_secret env:OAUTH_TEST_MISSING; # here\n"),
      qr/"client_secret"/, qr/OAUTH_TEST_MISSING/ ],
    [ 'an environment variable that is empty',
      with_secret("client_id id;\nclient_secret env:OAUTH_TEST_EMPTY; # here\n"),
      qr/"client_secret"/, qr/OAUTH_TEST_EMPTY/ ],
    [ 'an empty secret',
      with_secret("client_id id;\nclient_secret ''; # here\n"),
      qr/"client_secret"/, qr/empty/ ],

    [ 'Basic without a secret', with_secret('client_id id;'),
      qr/provider "p"/, qr/client_secret/ ],
    [ 'Basic without an id', with_secret('client_secret SECRET;'),
      qr/provider "p"/, qr/client_id/ ],
    [ 'client_secret_post without a secret',
      with_secret('client_id id; client_auth client_secret_post;'),
      qr/provider "p"/, qr/client_secret/ ],
    [ '[A4] an id with ":" in unencoded Basic',
      with_secret("client_id a:b; client_secret SECRET;\n"
                  . 'client_auth client_secret_basic encode=none;'),
      qr/client_id/, qr/":"|colon/ ],
    [ 'client_secret_post without a body',
      provider('client_auth client_secret_post; body_format none;'),
      qr/client_secret_post/, qr/body_format/ ],

    (map { [ "[A6] Basic and $_ in the body", provider("parameter $_ SECRET;"),
             qr/"parameter $_" of provider "p" is sent already/ ] }
        qw(client_secret client_assertion)),
    [ '[A6] Basic and another Authorization',
      provider('request_header Authorization x;'), qr/"Authorization"/ ],
    [ '[A6] client_secret_post and another secret',
      provider('client_auth client_secret_post; parameter client_secret x;'),
      qr/"parameter client_secret"/ ],
    [ '[A9] a parameter twice', provider("parameter a b;\nparameter a c; # here"),
      qr/duplicate "parameter a"/ ],
    [ '[A9] scope as a parameter, too', provider('scope x; parameter scope y;'),
      qr/"parameter scope"/ ],
    [ '[A9] the grant as a parameter, too', provider('parameter grant_type y;'),
      qr/"parameter grant_type"/ ],
    [ '[A11] two resources in JSON', provider('body_format json;'
        . 'parameter resource a; parameter resource b;'),
      qr/"parameter resource" of provider "p" is sent already/ ],
    [ '[A10] a control character in a scope', provider("scope 'a\tb'; # here"),
      qr/"scope"/, qr/control/ ],
    (map { [ "[A10] in a scope: $_->[0]", provider("scope 'a${\ $_->[1] }b';"),
             qr/"scope" of provider "p" has a character/ ] }
        [ 'a quote', '"' ], [ 'a backslash', '\\\\' ],
        [ 'UTF-8', "\xc3\xa9" ], [ 'a quote beside a variable', '"$arg_a' ]),
    [ 'an unknown client_auth', auth('secret_basic'), qr/client_auth/,
      qr/client_secret_basic|unknown|invalid/ ],
    [ 'client_auth without a method', auth(''),
      qr/invalid number of arguments in "client_auth"/ ],
    [ 'an unknown encoding', auth('client_secret_basic encode=hex'),
      qr/client_auth/, qr/encode/ ],
    [ 'an unknown option of client_auth', auth('client_secret_post name=x'),
      qr/client_auth/, qr/name=x|"name"/ ],
    [ 'encode where it has no meaning', auth('client_secret_post encode=form'),
      qr/client_auth/, qr/encode/ ],
    [ 'a header name that is none', auth('client_secret_header id="a b"'),
      qr/client_auth/, qr/name|id/ ],

    [ 'inject_header without the token', provider('inject_header X-A constant;'),
      qr/"inject_header"/, qr/oauth_access_token/ ],
    [ 'two headers for the token',
      provider('upstream_header authorization x;'), qr/"inject_header"/ ],
    [ 'credentials in a header of nginx',
      provider('client_auth client_secret_header id=Host;'), qr/"Host"/ ],
    [ 'an id in the place of the grant',
      provider('client_auth client_secret_post id=grant_type;'),
      qr/"grant_type"/ ],
    [ 'credentials of one name',
      provider('client_auth client_secret_post id=a secret=a;'), qr/"a"/ ],
    [ 'an empty grant_type', provider('grant_type ""; # here'), qr/grant_type/ ],
    [ 'a wrong place', provider('grant_type client_credentials in=header; # here'),
      qr/grant_type/, qr/in=|body|query/ ],
    [ 'a wrong place of scope', provider('scope a in=path; # here'),
      qr/scope/, qr/in=|body|query/ ],
    [ 'a wrong place of a parameter', provider('parameter a b in=x; # here'),
      qr/parameter/, qr/in=|body|query/ ],
    [ 'a parameter without a value', provider('parameter a; # here'),
      qr/invalid number of arguments in "parameter"/ ],
    [ 'an unknown body_format', provider('body_format xml; # here'),
      qr/body_format/, qr/xml|form/ ],
    [ 'a parameter that has no body to go into',
      provider('grant_type none; body_format none; parameter a b;'),
      qr/parameter/, qr/body_format/ ],
    [ 'a header name with a blank', provider('request_header "A B" c; # here'),
      qr/request_header/, qr/name/ ],
    [ 'a header name with a colon', provider('header A: c; # here'),
      qr/header/, qr/name/ ],
    [ 'an empty header name', provider('upstream_header "" c; # here'),
      qr/upstream_header/, qr/name/ ],
    [ 'a line break in a header', provider("request_header A 'b\nC: d';"),
      qr/request_header/, qr/control|character|value/ ],

    [ 'an unknown unit', provider('expires_field exp unit=h; # here'),
      qr/expires_field/, qr/unit/ ],
    [ 'an unknown option of expires_field', provider('expires_field exp in=s; # here'),
      qr/expires_field/ ],
    [ 'an empty path', provider('token_field ""; # here'), qr/token_field/ ],
    [ 'a path with an empty part', provider('token_field a..b; # here'),
      qr/token_field/ ],
    [ 'an unknown option of token_lifetime', provider('token_lifetime avg=1s; # here'),
      qr/token_lifetime/ ],
    [ 'a bad time in token_lifetime', provider('token_lifetime max=soon; # here'),
      qr/token_lifetime/, qr/max/ ],
    [ 'min over max', provider('token_lifetime min=2h max=1h; # here'),
      qr/token_lifetime/, qr/min/, qr/max/ ],
    [ 'a bad expiry_leeway', provider('expiry_leeway 10x; # here'),
      qr/expiry_leeway|invalid value/ ],
    [ 'a bad fetch_timeout', provider('fetch_timeout -1s; # here'),
      qr/fetch_timeout|invalid value/ ],
    [ 'a fetch_timeout of nothing', provider('fetch_timeout 0; # here'),
      qr/fetch_timeout/ ],
    [ 'a refresh_before of all', provider('refresh_before 100%; # here'),
      qr/refresh_before.* must have a part of the lifetime from 1% to 99%/ ],
    [ 'a refresh_before of nothing', provider('refresh_before 0%; # here'),
      qr/refresh_before.* must have a part of the lifetime from 1% to 99%/ ],
    [ 'a bad refresh_before', provider('refresh_before half; # here'),
      qr/invalid value "half" in "refresh_before"/ ],
    [ 'a bad prefetch', provider('prefetch maybe; # here'),
      qr/invalid value "maybe" in "prefetch"/ ],
    [ 'a backoff the wrong way round', provider('backoff 2s 1s; # here'),
      qr/backoff.* must have 0 < MIN <= MAX/ ],
    [ 'a backoff of nothing', provider('backoff 0 1s; # here'),
      qr/backoff.* must have 0 < MIN <= MAX/ ],
    [ 'a bad backoff', provider('backoff 1s long; # here'),
      qr/invalid value "long" in "backoff"/ ],
    [ 'a bad max_waiting', provider('max_waiting many; # here'),
      qr/max_waiting|invalid number/ ],
);

# One for each directive that is allowed once, with values that are right.
my %once = (
    client_id => 'x', client_secret => 'x', client_auth => 'none',
    grant_type => 'none', scope => 'a', body_format => 'json',
    inject_header => 'A b', token_field => 'a', expires_field => 'a',
    token_lifetime => 'max=1h', expiry_leeway => '1s', fetch_timeout => '1s',
    max_waiting => '1', refresh_before => '20%', prefetch => 'off',
    backoff => '1s 2s', zone => 'oauth_token', insecure_http => 'on',
);

push @refused, [
    "[A9] $_ twice", provider("\n$_ $once{$_};\n$_ $once{$_}; # here"),
    qr/"$_" directive is duplicate/,
] for grep { !/client_(?:id|secret)/ } sort keys %once;

push @refused, [
    "$_ twice", provider("$_ $once{$_}; # here"),
    qr/"$_" directive is duplicate/,
] for qw(client_id client_secret);

push @refused, [
    "$_ without a value", provider("$_; # here"),
    qr/invalid number of arguments in "$_"/,
] for grep { $_ ne 'token_lifetime' } sort keys %once;

# Variables of the request; one that does not exist may be a part of a secret,
# which no message shows.
accepted "a variable in $_", provider("$_;") for
    'scope $arg_s', 'parameter a "b $arg_a"', 'request_header A $http_a',
    'header A $http_a', 'upstream_header A "x $arg_a"',
    'inject_header Authorization "$scheme $oauth_access_token"';
accepted 'variables in what a tenant has', <<'END';
oauth_provider p {
    token_endpoint http://127.0.0.1:1/$arg_a/token?a=${arg_b};
    client_id a-${arg_i}b;
    client_secret $http_s;
}
END

push @refused, [
    'an unknown variable in client_secret',
    with_secret("client_id id;\nclient_secret pa\$SECRET; # here\n"),
    qr/unknown variable in "client_secret"/, qr/"file:" or "env:"/,
], [
    'a variable in the host',
    provider('') =~ s{token_endpoint .*}{token_endpoint https://\$arg_h/t; # here}r,
    qr/"token_endpoint" of provider "p" must not have a variable in its host/,
];

refused @$_ for @refused;

done_testing();
