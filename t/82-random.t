# A token endpoint that answers with noise.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Random;

noise(2, $ENV{OAUTH_TEST_SEED} // int rand 2 ** 31);

done_testing();
