# A provider that comes back after a minute without a token.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Down;

back_again(60);

done_testing();
