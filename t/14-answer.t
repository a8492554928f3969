# Reading the answer: the token's member, its lifetime; the variables.

use lib 't/lib';
use OAuth::Test::Socket;

our $Show = <<'END';
    location /show {
        oauth_token_provider p;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
        add_header X-Provider "$oauth_token_provider" always;
        add_header X-Status "$oauth_token_cache_status" always;
        add_header X-Left "$oauth_token_expires_in" always;
        add_header X-Wait "$oauth_token_wait_time" always;
        add_header X-Error "$oauth_token_error" always;
    }
END

run_suite();

__DATA__

=== TEST 1: a nested member
--- provider
token_field data.accessToken;
expires_field data.ttl;
--- config eval: $::Show
--- token_endpoint
'/token' => { json => { data => { accessToken => '{{token}}', ttl => 500 } } }
--- request
GET /show
--- response_body
GET /show Bearer {{token}}
--- raw_response_headers_like chomp
X-Left: (?:499|500)



=== TEST 2: the first member that is there
--- provider
token_field id_token nested.token access_token;
--- token_endpoint
'/token' => { token => '{{token}}' }
--- response_body
GET /api Bearer {{token}}



=== TEST 3: seconds, as a string
--- provider
--- config eval: $::Show
--- token_endpoint
'/token' => { token => '{{token}}', expires_in => '899' }
--- request
GET /show
--- raw_response_headers_like chomp
X-Left: 89[89]



=== TEST 4: milliseconds
--- provider
expires_field expires_in unit=ms;
--- config eval: $::Show
--- token_endpoint
'/token' => { token => '{{token}}', expires_in => '899000' }
--- request
GET /show
--- raw_response_headers_like chomp
X-Left: 89[89]



=== TEST 5: an absolute time in seconds
--- provider
expires_field exp unit=epoch;
--- config eval: $::Show
--- token_endpoint
'/token' => { token => '{{token}}', fields => { exp => time + 1000 } }
--- request
GET /show
--- raw_response_headers_like chomp
X-Left: (?:99[789]|1000)



=== TEST 6: an absolute time in milliseconds
--- provider
expires_field exp unit=epoch_ms;
--- config eval: $::Show
--- token_endpoint
'/token' => { token => '{{token}}', fields => { exp => 1000 * (time + 1000) } }
--- request
GET /show
--- raw_response_headers_like chomp
X-Left: (?:99[789]|1000)



=== TEST 7: ISO 8601
--- provider
expires_field exp unit=iso8601;
--- config eval: $::Show
--- token_endpoint
'/token' => { token => '{{token}}', fields => {
    exp => POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + 1000)) } }
--- request
GET /show
--- raw_response_headers_like chomp
X-Left: (?:99[789]|1000)



=== TEST 8: unit=s knows an absolute time
--- provider
--- config eval: $::Show
--- token_endpoint
'/token' => { token => '{{token}}', expires_in => time + 1000 }
--- request
GET /show
--- raw_response_headers_like chomp
X-Left: (?:99[789]|1000)



=== TEST 9: no lifetime: the default, and max cuts
--- provider
token_lifetime default=200s;
--- config eval: $::Show
--- token_endpoint
'/token' => { token => '{{token}}', expires_in => undef }
--- request
GET /show
--- raw_response_headers_like chomp
X-Left: (?:199|200)



=== TEST 10: a lifetime over the maximum is cut
--- provider
token_lifetime max=1h;
--- config eval: $::Show
--- token_endpoint
'/token' => { token => '{{token}}', expires_in => 86400 }
--- request
GET /show
--- raw_response_headers_like chomp
X-Left: (?:3599|3600)



=== TEST 11: the variables of a first and a second request
--- provider
--- config eval: $::Show
--- request eval
["GET /show", "GET /show"]
--- raw_response_headers_like eval
[qr/X-Provider: p\r\n.*X-Status: MISS\r\n.*X-Wait: 0\.\d{3}\r\n/s,
 qr/X-Provider: p\r\n.*X-Status: HIT\r\n/s]
--- token_requests: 1



=== TEST 12: the variables are empty without a provider
--- config
location /none {
    return 200 "[$oauth_access_token$oauth_token_provider$oauth_token_cache_status$oauth_token_wait_time$oauth_token_expires_in$oauth_token_error]\n";
}
--- request
GET /none
--- response_body
[]



=== TEST 13: a refusal
--- provider
--- config eval: $::Show
--- token_endpoint
'/token' => { status => 401, json => { error => 'invalid_client' } }
--- request
GET /show
--- error_code: 502
--- raw_response_headers_like eval
qr/X-Status: ERROR\r\n.*X-Error: (?:invalid_client|http_401)\r\n/s
--- error_log eval
qr/\[error\].*invalid_client.*provider: "p"|\[error\].*"p".*invalid_client/
--- upstream_requests: 0
