# The token on its way to the upstream.

use lib 't/lib';
use OAuth::Test::Socket;

run_suite();

__DATA__

=== TEST 1: [D1] a request gets the token
--- provider
--- response_body
GET /api Bearer {{token}}-1
--- token_requests: 1
--- upstream_requests: 1
--- upstream_request_like
^Authorization: Bearer {{token}}-1\r$



=== TEST 2: [D2] the client's own Authorization is replaced
--- provider
--- more_headers
aUTHORIZATION: Basic Y2xpZW50Om93bg==
--- response_body
GET /api Bearer {{token}}-1
--- upstream_request_unlike
(?i)^authorization: (?!Bearer {{token}}-1\r$)
(?is)^authorization:.*^authorization:



=== TEST 3: the second request fetches nothing
--- provider
--- request eval
["GET /api/1", "GET /api/2", "GET /api/3"]
--- response_body eval
my $token = OAuth::Test::Canary::canary('token');
[map { "GET /api/$_ Bearer $token-1\n" } 1 .. 3]
--- token_requests: 1
--- upstream_requests: 3



=== TEST 4: other headers and the body of the client go through
--- provider
--- request
POST /api?a=b
hello=world
--- more_headers
X-Client: 1
Content-Type: application/x-www-form-urlencoded
--- response_body
POST /api?a=b Bearer {{token}}-1
--- upstream_request_like
^X-Client: 1\r$
^Content-Length: 11\r$
^hello=world\z



=== TEST 5: a location without a provider
--- provider
--- config
location /api {
    proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
}
--- more_headers
Authorization: Bearer of-the-client
--- response_body
GET /api Bearer of-the-client
--- token_requests: 0



=== TEST 6: inherited from the server, switched off in a location
--- provider
--- config
oauth_token_provider p;
location /api {
    proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
}
location /off {
    oauth_token_provider off;
    proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
}
--- request eval
["GET /api", "GET /off"]
--- response_body eval
my $token = OAuth::Test::Canary::canary('token');
["GET /api Bearer $token-1\n", "GET /off \n"]
--- token_requests: 1



=== TEST 7: the provider stands after the server that uses it
--- http_config
server {
    listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
    location / {
        oauth_token_provider late;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
    }
}
oauth_provider late {
    token_endpoint http://127.0.0.1:$TEST_NGINX_TOKEN_PORT/token;
    client_id id;
    client_secret {{secret}};
    prefetch off;
}
--- config
location /api {
    proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1;
}
--- request
GET /api
--- response_body
GET /api Bearer {{token}}-1



=== TEST 8: two providers do not mix
--- provider
--- http_config
oauth_provider q {
    token_endpoint http://127.0.0.1:$TEST_NGINX_TOKEN_PORT/other;
    client_id id;
    client_secret {{secret}};
    prefetch off;
}
--- token_endpoint
'/token' => { token => '{{token}}' }, '/other' => { token => '{{other}}' }
--- config
location /p {
    oauth_token_provider p;
    proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
}
location /q {
    oauth_token_provider q;
    proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
}
--- request eval
["GET /p", "GET /q", "GET /p"]
--- response_body eval
my ($p, $q) = map { OAuth::Test::Canary::canary($_) } qw(token other);
["GET /p Bearer $p\n", "GET /q Bearer $q\n", "GET /p Bearer $p\n"]
--- token_requests: 2



=== TEST 9: the provider by a variable: a name, off, nothing
--- provider
--- config
location /api {
    oauth_token_provider $arg_p;
    proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
}
--- request eval
["GET /api?p=p", "GET /api?p=off", "GET /api"]
--- response_body_like eval
my $token = OAuth::Test::Canary::canary('token');
[qr/ Bearer $token-1$/, qr/p=off $/, qr/api $/]
--- token_requests: 1
--- upstream_requests: 3



=== TEST 10: the provider by a variable: an unknown name
--- provider
--- config
location /api {
    oauth_token_provider $arg_p;
    proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
}
--- request
GET /api?p=no
--- error_code: 500
--- error_log eval
qr/\[error\].*"no"/
--- upstream_requests: 0
