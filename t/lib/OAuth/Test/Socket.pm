package OAuth::Test::Socket;

# Test::Nginx::Socket with a token endpoint and an upstream, for tests that a
# request and an answer can show.  A text {{name}} in a block is a secret or
# token, see OAuth::Test::Canary; {{b64 text}} is its base64 form.
#
# Sections of a block, besides Test::Nginx's own:
#
#   --- provider             lines of provider "p"; endpoint, id and secret are
#                            added, and /api as a location that uses it
#   --- token_endpoint       path => answer, or path => [ answers ], in Perl;
#                            '/token' => { token => '{{token}}-%d' } by default
#   --- upstream             the same for the upstream, which echoes by default
#   --- token_requests: N    that many token requests were made
#   --- upstream_requests: N
#   --- token_request        the last one, byte for byte, headers in any order
#   --- upstream_request
#   --- token_request_like   regular expressions, one a line
#   --- token_request_unlike
#   --- upstream_request_like, upstream_request_unlike
#
# Configuration may use $TEST_NGINX_TOKEN_PORT, $TEST_NGINX_TOKEN_TLS_PORT,
# $TEST_NGINX_CA, $TEST_NGINX_UPSTREAM_PORT and $TEST_NGINX_OTHER_PORT (a
# second upstream).  nginx stops after each block and its logs, at level debug,
# must be clean.

use File::Temp ();

BEGIN {
    require OAuth::Test::Nginx;

    $ENV{TEST_NGINX_LOAD_MODULES} = OAuth::Test::Nginx::module();
    $ENV{TEST_NGINX_BINARY} = OAuth::Test::Nginx::binary();
    $ENV{TEST_NGINX_PORT} = OAuth::Test::Nginx::free_port();
    $ENV{TEST_NGINX_SERVER_PORT} = $ENV{TEST_NGINX_PORT};
    $ENV{TEST_NGINX_SERVROOT} =
        File::Temp::tempdir('oauth-socket-XXXXXX', TMPDIR => 1, CLEANUP => 1)
        . '/root';
}

use Test::Nginx::Socket -Base;
use Test::Nginx::Util qw($PidFile);

use OAuth::Test::Block;
use OAuth::Test::Canary qw(in_bytes);

our @EXPORT = qw(run_suite);

my $ran = 0;

OAuth::Test::Block::start_peers();

add_block_preprocessor(sub { OAuth::Test::Block::prepare(@_) });

# An API that repeats the request, as the one of these tests, shows its token.
add_response_body_check(sub {
    my ($block, $body) = @_;

    my @found = $body =~ m{\A[A-Z]+ /} ? () : in_bytes($body);

    Test::More::is("@found", '', $block->name . ' - no secret in the answer');
});

add_test_cleanup_handler(sub {
    OAuth::Test::Block::finish(@_, $PidFile, server_root() . '/logs');
    $ran++;
});


# Runs every block; a block that was skipped or lost fails the test.  Not a
# method: "-Base" would make "sub" one.
*run_suite = sub {
    log_level('debug');
    no_long_string();
    no_shuffle();
    Test::Base::plan('no_plan');

    run_tests();
    Test::More::is($ran, scalar Test::Base::blocks(), 'every block was run');
};

1;
