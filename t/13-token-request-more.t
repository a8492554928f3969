# The token request: grant, scope, parameters, headers, body formats.

use lib 't/lib';
use OAuth::Test::Socket;

run_suite();

__DATA__

=== TEST 1: a grant that is an URN goes verbatim
--- provider
grant_type urn:example:grant;
--- token_request_like
^grant_type=urn(?::|%3A)example(?::|%3A)grant\z



=== TEST 2: grant and scope in the query, an empty body
--- provider
grant_type client_credentials in=query;
scope /cs/api in=query;
body_format none;
--- token_request
POST /token?grant_type=client_credentials&scope=/cs/api HTTP/1.1
Host: 127.0.0.1:$TEST_NGINX_TOKEN_PORT
Accept: application/json
Authorization: Basic {{b64 id:{{secret}}}}
Content-Length: 0



=== TEST 3: scope in the body is form-encoded
--- provider
scope "read write:all";
--- token_request_like
^grant_type=client_credentials&scope=read\+write%3Aall\z



=== TEST 4: [A9] parameters in order, in body and query; an empty one stays out
--- provider
parameter audience https://api.example/;
parameter left.out "";
parameter q "a b" in=query;
parameter resource "x&y";
--- token_request_like
^POST /token\?q=a(?:\+|%20)b HTTP/1.1\r$
^grant_type=client_credentials&audience=https%3A%2F%2Fapi.example%2F&resource=x%26y\z



=== TEST 5: grant_type none leaves it out
--- provider
grant_type none;
parameter a b;
--- token_request_like
^a=b\z



=== TEST 6: a JSON body
--- provider
body_format json;
scope "a b";
parameter x "line\\";
parameter y "a \"b\"";
--- token_request_like
^Content-Type: application/json\r$
^\{.*"grant_type":\s*"client_credentials".*\}\z
"scope":\s*"a b"
"x":\s*"line\\\\"
"y":\s*"a \\"b\\""



=== TEST 7: method GET
--- provider
method GET;
body_format none;
grant_type client_credentials in=query;
--- token_request_like
^GET /token\?grant_type=client_credentials HTTP/1.1\r$
--- token_request_unlike
(?i)^Content-Type:
(?i)^Transfer-Encoding:
(?i)^Content-Length: [1-9]



=== TEST 8: Accept replaced
--- provider
request_header Accept text/json;
--- token_request_like
^Accept: text/json\r$
--- token_request_unlike
application/json



=== TEST 9: Accept left out, names with "_" and "."
--- provider
request_header Accept "";
request_header di_fiid 1;
request_header a.b c;
--- token_request_like
^di_fiid: 1\r$
^a\.b: c\r$
--- token_request_unlike
(?i)^Accept:



=== TEST 10: [A12] nothing of the client's request is passed on
--- provider
--- request
PUT /api?client=1
client-body
--- more_headers
X-Client: 1
Cookie: a=b
User-Agent: client
Accept-Encoding: gzip
Authorization: Bearer client
X-Forwarded-For: client
Forwarded: for=client
traceparent: client
Range: bytes=0-1
If-None-Match: "client"
TE: trailers
Via: client
--- token_request_like
^POST /token HTTP/1.1\r$
^Accept: application/json\r$
^grant_type=client_credentials\z
--- token_request_unlike
(?i)client-body|^X-|^Cookie|^User-Agent|gzip|[ "=]client\b|Forwarded|trace
(?i)^(?:Range|If-None-Match|TE|Via|Expect|Transfer-Encoding|Connection):



=== TEST 11: settings of http{} do not change the token request
--- provider
--- http_config
proxy_set_header X-Http-Level 1;
proxy_set_body changed;
proxy_method PUT;
proxy_pass_request_headers off;
proxy_read_timeout 1ms;
proxy_intercept_errors on;
--- config
location /api {
    oauth_token_provider p;
    proxy_read_timeout 5s;
    proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
}
--- token_endpoint
'/token' => { token => '{{token}}', delay => 0.1 }
--- token_request_like
^POST /token HTTP/1.1\r$
^grant_type=client_credentials\z
--- token_request_unlike
X-Http-Level



=== TEST 12: a UUID of version 4 in lower case
--- provider
request_header X-Id "$oauth_token_uuid";
parameter id "x-$oauth_token_uuid";
--- token_request_like
^X-Id: [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\r$
&id=x-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\z



=== TEST 13: [A11] more than one resource and audience, in order
--- provider
parameter resource https://a.example/x;
parameter audience one;
parameter resource https://b.example/y;
parameter resource https://c.example/z in=query;
parameter audience two;
--- token_request_like
^POST /token\?resource=https://c.example/z HTTP/1.1\r$
&resource=https%3A%2F%2Fa.example%2Fx&audience=one&resource=https%3A%2F%2Fb.example%2Fy&audience=two\z
