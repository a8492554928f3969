# "nginx -t": what is empty, twice there, or in each other's way.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Conf;
use OAuth::Test::Canary qw(canary);

conf_file('control', "a\rb\n");
conf_file('crlf', canary('secret') . "\r\n");
conf_file('latin', "caf\xe9\n");

# Without an endpoint, with an id and a secret.
sub known { return <<"END" }
oauth_provider p {
    client_id id;
    client_secret SECRET;
    @_
}
END

sub at { return known("token_endpoint $_[0]; # here") }

sub location { return provider('') . "server { location / { @_ } }\n" }

accepted 'a secret from a file with DOS lines', <<'END';
oauth_provider p {
    token_endpoint http://127.0.0.1:1/token;
    client_id id;
    client_secret file:crlf;
}
END
accepted 'the buffers of an answer',
    provider('proxy_buffers 8 16k; proxy_buffer_size 16k;');
accepted 'an issuer that ends with a slash',
    known('issuer http://127.0.0.1:1/;');
accepted 'a parameter in the body', provider('parameter a b in=body;');

# Lines of a provider, what the message says.
my @lines = (
    [ 'include; # here', qr/invalid number of arguments in "include"/ ],
    [ 'include a b; # here', qr/invalid number of arguments in "include"/ ],
    [ 'zone ""; # here', qr/"zone" directive has an empty value/ ],
    [ "zone default;\nzone default; # here",
      qr/"zone" directive is duplicate/ ],
    [ 'parameter "" a; # here', qr/"parameter" directive has an empty name/ ],
    [ "parameter a b;\nparameter a c; # here", qr/duplicate "parameter a"/ ],
    [ 'parameter scope a; scope b;',
      qr/"parameter scope" of provider "p" is sent already/ ],
    [ 'parameter grant_type a;',
      qr/"parameter grant_type" of provider "p" is sent already/ ],
    [ 'client_auth client_secret_post; parameter client_id a;',
      qr/"parameter client_id" of provider "p" is sent already/ ],
    [ "request_header A b;\nrequest_header a c; # here",
      qr/duplicate header "a" in "request_header"/ ],
    [ 'request_header Content-Length 1; # here',
      qr/header "Content-Length" in "request_header" is set by nginx/ ],
    [ 'upstream_header connection close; # here',
      qr/header "connection" in "upstream_header" is set by nginx/ ],
    [ 'inject_header TE "$oauth_access_token"; # here',
      qr/header "TE" in "inject_header" is set by nginx/ ],
    [ "inject_header X-A \"\$oauth_access_token\rb\"; # here",
      qr/"inject_header" directive has a control character in its value/ ],
    [ "request_header Host a;\nrequest_header Host b; # here",
      qr/"request_header" directive is duplicate/ ],
    [ 'request_header Host $host; # here',
      qr/must give "Host" a name without variables/ ],
    [ 'request_header Host ""; # here',
      qr/must give "Host" a name without variables/ ],
    [ 'request_header Authorization a;',
      qr/has both "client_auth client_secret_basic" and a header "Auth/ ],
    [ 'client_auth none id=a; # here', qr/client_auth/ ],
    [ 'client_auth client_secret_jwt key=a; # here', qr/client_auth/ ],
    [ 'client_auth client_secret_jwt alg=HS256 alg=HS256; # here',
      qr/client_auth/ ],
    [ 'body_format json; parameter account file:latin;',
      qr/provider "p" has a value that is not UTF-8, as "body_format json"/ ],
    [ 'grant_type password; username file:control; password b; # here',
      qr/"username" directive has a control character in its value/ ],
    [ 'client_auth client_secret_jwt; assertion_claim "" a; # here',
      qr/"assertion_claim" directive has an empty name/ ],
    [ 'capture "" a; # here', qr/capture/ ],
);

for (@lines) {
    my ($line, @like) = @$_;

    refused $line =~ s/\n/ /r, provider($line), @like;
}

# The endpoint and the issuer.
my @places = (
    [ 'a host with a backslash', at('"https://a\\\\b/token"'),
      qr/has an invalid host/ ],
    [ 'a host with a blank', at('"https://a b/token"'),
      qr/has an invalid host/ ],
    [ 'two issuers', known("issuer https://a;\nissuer https://b; # here"),
      qr/"issuer" directive is duplicate/ ],
    [ 'an empty issuer', known('issuer ""; # here'),
      qr/"issuer" directive has an empty value/ ],
    [ 'an environment and an endpoint', <<'END',
oauth_provider p {
    preset vipps;
    token_endpoint http://127.0.0.1:1/token;
    environment test;
    client_id id;
    client_secret SECRET;
    header Ocp-Apim-Subscription-Key a;
}
END
      qr/provider "p" has both "token_endpoint" and "environment"/ ],
);

refused @$_ for @places;

# A location.
my @used = (
    [ 'oauth_token_provider "";',
      qr/"oauth_token_provider" directive has an empty value/ ],
    [ 'oauth_token_provider p; oauth_token_provider p;',
      qr/"oauth_token_provider" directive is duplicate/ ],
    [ 'oauth_token_purge "";',
      qr/"oauth_token_purge" directive has an empty value/ ],
);

refused $_->[0], location($_->[0]), $_->[1] for @used;

done_testing();
