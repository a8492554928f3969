# Memory and open files after 20,000 refreshes.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Memory;

refreshes(20_000);

done_testing();
