# A gateway under valgrind's memcheck: a fetch that others wait for, a hit, a
# failure.  "make test BUILD=valgrind" is the same for the whole suite.

use strict;
use warnings;
use lib 't/lib';

use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use Test::More;

use OAuth::Test::Build qw(build);
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway qw(clients tally);
use OAuth::Test::Nginx;

plan skip_all => 'AddressSanitizer does not run under valgrind'
    if build() eq 'sanitize';

my $reports = tempdir('oauth-memcheck-XXXXXX', TMPDIR => 1, CLEANUP => 1);

if (build() ne 'valgrind') {
    $ENV{OAUTH_MEMCHECK_NGINX} = OAuth::Test::Nginx::binary();
    $ENV{TEST_NGINX_BINARY} = getcwd() . '/tools/valgrind/memcheck';
}

$ENV{OAUTH_MEMCHECK_REPORTS} = $reports;

my $gateway = OAuth::Test::Gateway->new(
    http => OAuth::Test::Gateway->block('bad',
        'token_endpoint http://127.0.0.1:TOKEN_PORT/bad;'),
    server => 'location /bad { oauth_token_provider bad;'
        . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }',
)->start;

$gateway->endpoint->answer('/bad', { status => 500, body => '{' });
$gateway->endpoint->answer('/token', { token => canary('token') . '-%d',
                                       delay => 0.5 });

is(tally($gateway->many(30, clients(5, '/'))), '200 MISS: 1, 200 WAIT: 4',
   'one fetches, others wait');
is($gateway->get('/')->{status}, 200, 'a hit');
is($gateway->get('/bad')->{status}, 502, 'a failure');
$gateway->stop(30);

my @files = glob "$reports/memcheck.*";
my $said = join '', map { local (@ARGV, $/) = $_; <> // '' } grep { -s } @files;

cmp_ok(scalar @files, '>=', 2, 'master and worker were watched');
is($said, '', '[L6] memcheck finds no error and no block that is lost');

done_testing();
