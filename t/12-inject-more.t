# Which headers go upstream, and where the token must not go.

use lib 't/lib';
use OAuth::Test::Socket;

run_suite();

__DATA__

=== TEST 1: upstream_header goes upstream only
--- provider
upstream_header X-Up "one two";
--- token_request_unlike
X-Up
--- upstream_request_like
^X-Up: one two\r$



=== TEST 2: header goes to both
--- provider
header Merchant-Serial-Number 123456;
--- token_request_like
^Merchant-Serial-Number: 123456\r$
--- upstream_request_like
^Merchant-Serial-Number: 123456\r$



=== TEST 3: request_header goes to the token endpoint only
--- provider
request_header X-Request 1;
--- token_request_like
^X-Request: 1\r$
--- upstream_request_unlike
X-Request



=== TEST 4: header and upstream_header replace the client's
--- provider
header X-Both of-the-gateway;
upstream_header X-Up of-the-gateway;
--- more_headers
X-Both: of-the-client
x-up: of-the-client
--- upstream_request_like
^X-Both: of-the-gateway\r$
^X-Up: of-the-gateway\r$
--- upstream_request_unlike
of-the-client



=== TEST 5: inject_header sends the token in another header
--- provider
inject_header X-Token "$oauth_access_token";
--- more_headers
Authorization: Bearer of-the-client
X-Token: of-the-client
--- upstream_request_like
^X-Token: {{token}}-1\r$
^Authorization: Bearer of-the-client\r$
--- upstream_request_unlike
^X-Token: of-the-client



=== TEST 6: inject_header with another scheme
--- provider
inject_header Authorization "Token token=$oauth_access_token";
--- response_body
GET /api Token token={{token}}-1



=== TEST 7: token_type of the answer is never copied
--- provider
--- token_endpoint
'/token' => { token => '{{token}}', fields => { token_type => 'BearerToken' } }
--- response_body
GET /api Bearer {{token}}



=== TEST 8: the user's own proxy_set_header Authorization wins
--- provider
--- config
location /api {
    oauth_token_provider p;
    proxy_set_header Authorization "Own header";
    proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
}
--- response_body
GET /api Own header



=== TEST 9: [D7] error_page to a location without a provider drops the token
--- provider
upstream_header X-Up 1;
--- upstream
'/api' => { status => 503 }
--- config
location /api {
    oauth_token_provider p;
    proxy_intercept_errors on;
    error_page 503 = /fallback;
    proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
}
location /fallback {
    proxy_pass http://127.0.0.1:$TEST_NGINX_OTHER_PORT;
}
--- more_headers
Authorization: Bearer of-the-client
--- response_body
GET /fallback Bearer of-the-client
--- upstream_requests: 1



=== TEST 10: [D7] a named location without a provider drops the token
--- provider
--- upstream
'/api' => { status => 503 }
--- config
location /api {
    oauth_token_provider p;
    proxy_intercept_errors on;
    error_page 503 = @fallback;
    proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
}
location @fallback {
    proxy_pass http://127.0.0.1:$TEST_NGINX_OTHER_PORT;
}
--- response_body eval
"GET /api \n"



=== TEST 11: [D7] a redirect to a location with another provider
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
--- upstream
'/api' => { status => 200, headers => [ 'X-Accel-Redirect', '/next' ] }
--- config
location /api {
    oauth_token_provider p;
    proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
}
location /next {
    oauth_token_provider q;
    proxy_pass http://127.0.0.1:$TEST_NGINX_OTHER_PORT;
}
--- response_body
GET /next Bearer {{other}}



=== TEST 12: [D7] an auth_request subrequest keeps its token to itself
--- provider
--- config
location = /check {
    internal;
    oauth_token_provider p;
    proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
}
location /api {
    auth_request /check;
    proxy_pass http://127.0.0.1:$TEST_NGINX_OTHER_PORT;
}
--- more_headers
Authorization: Bearer of-the-client
--- response_body
GET /api Bearer of-the-client
--- upstream_request_like
^Authorization: Bearer {{token}}-1\r$
--- upstream_requests: 1



=== TEST 13: a client that is refused costs no token
--- provider
--- config
location /api {
    deny all;
    oauth_token_provider p;
    proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
}
--- error_code: 403
--- token_requests: 0
--- upstream_requests: 0



=== TEST 14: [D6] the access log shows the client's own header, not the token
--- provider
--- http_config
log_format own '$uri auth="$http_authorization"';
--- config
location /api {
    oauth_token_provider p;
    access_log logs/access.log own;
    proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
}
--- more_headers
Authorization: Bearer of-the-client
--- response_body
GET /api Bearer {{token}}-1
--- access_log
/api auth="Bearer of-the-client"
