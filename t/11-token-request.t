# The bytes of the token request: where the client's credentials go.

use lib 't/lib';
use OAuth::Test::Socket;

run_suite();

__DATA__

=== TEST 1: [A1] [A13] client_secret_basic is the default
--- provider
--- token_request
POST /token HTTP/1.1
Host: 127.0.0.1:$TEST_NGINX_TOKEN_PORT
Accept: application/json
Authorization: Basic {{b64 id:{{secret}}}}
Content-Type: application/x-www-form-urlencoded
Content-Length: 29

grant_type=client_credentials



=== TEST 2: [A2] client_secret_basic form-encodes id and secret first
--- provider
client_id "my id:/ä";
client_secret "{{secret}} +&=%/~*";
--- token_request
POST /token HTTP/1.1
Host: 127.0.0.1:$TEST_NGINX_TOKEN_PORT
Accept: application/json
Authorization: Basic {{b64 my+id%3A%2F%C3%A4:{{secret}}+%2B%26%3D%25%2F%7E*}}
Content-Type: application/x-www-form-urlencoded
Content-Length: 29

grant_type=client_credentials



=== TEST 3: [A3] client_secret_basic encode=none takes them as they are
--- provider
client_id "my id/";
client_secret "{{secret}} +:&=%/";
client_auth client_secret_basic encode=none;
--- token_request
POST /token HTTP/1.1
Host: 127.0.0.1:$TEST_NGINX_TOKEN_PORT
Accept: application/json
Authorization: Basic {{b64 my id/:{{secret}} +:&=%/}}
Content-Type: application/x-www-form-urlencoded
Content-Length: 29

grant_type=client_credentials



=== TEST 4: client_secret_post
--- provider
client_auth client_secret_post;
client_id "my id";
client_secret "{{secret}}&+";
--- token_request_like
^POST /token HTTP/1.1\r$
^Content-Type: application/x-www-form-urlencoded\r$
^(?=.*client_id=my\+id(?:&|\z))(?=.*client_secret={{secret}}%26%2B(?:&|\z)).*grant_type=client_credentials
--- token_request_unlike
(?i)^Authorization:



=== TEST 5: client_secret_post with other names
--- provider
client_auth client_secret_post id=clientId secret=clientSecret;
--- token_request_like
\bclientId=id\b
\bclientSecret={{secret}}\b
--- token_request_unlike
client_id|client_secret



=== TEST 6: client_secret_post as JSON
--- provider
client_auth client_secret_post;
client_id "a\"b\\c";
body_format json;
--- token_request_like
^Content-Type: application/json\r$
"client_id":\s*"a\\"b\\\\c"
"client_secret":\s*"{{secret}}"
"grant_type":\s*"client_credentials"



=== TEST 7: client_secret_header, without grant and body
--- provider
client_auth client_secret_header;
client_secret "{{secret}} +&%";
grant_type none;
body_format none;
--- token_request
POST /token HTTP/1.1
Host: 127.0.0.1:$TEST_NGINX_TOKEN_PORT
Accept: application/json
client_id: id
client_secret: {{secret}} +&%
Content-Length: 0



=== TEST 8: client_secret_header with other names
--- provider
client_auth client_secret_header id=X-Id secret=x.secret;
--- token_request
POST /token HTTP/1.1
Host: 127.0.0.1:$TEST_NGINX_TOKEN_PORT
Accept: application/json
X-Id: id
x.secret: {{secret}}
Content-Type: application/x-www-form-urlencoded
Content-Length: 29

grant_type=client_credentials



=== TEST 9: client_secret_query
--- provider
client_auth client_secret_query;
client_secret "{{secret}} &";
--- token_request_like
^POST /token\?client_id=id&client_secret={{secret}}(?:\+|%20)%26 HTTP/1.1\r$
^grant_type=client_credentials\z
--- token_request_unlike
(?i)^Authorization:



=== TEST 10: [A8] client_secret_query after a query of the endpoint
--- provider
token_endpoint http://127.0.0.1:$TEST_NGINX_TOKEN_PORT/token?a=b;
client_auth client_secret_query id=u secret=p;
--- token_request_like
^POST /token\?a=b&u=id&p={{secret}} HTTP/1.1\r$



=== TEST 11: none sends the client_id only
--- provider
client_auth none;
client_secret {{secret}};
--- token_request_like
\bclient_id=id\b
--- token_request_unlike
{{secret}}
(?i)^Authorization:



=== TEST 12: over TLS, verified
--- provider
token_endpoint https://localhost:$TEST_NGINX_TOKEN_TLS_PORT/token;
proxy_ssl_trusted_certificate $TEST_NGINX_CA;
--- response_body
GET /api Bearer {{token}}-1
--- token_request
POST /token HTTP/1.1
Host: localhost:$TEST_NGINX_TOKEN_TLS_PORT
Accept: application/json
Authorization: Basic {{b64 id:{{secret}}}}
Content-Type: application/x-www-form-urlencoded
Content-Length: 29

grant_type=client_credentials



=== TEST 13: a certificate of an unknown CA
--- provider
token_endpoint https://localhost:$TEST_NGINX_TOKEN_TLS_PORT/token;
--- error_code: 502
--- token_requests: 0
--- upstream_requests: 0
