# Memory and open files after 100,000 fetches, and after as many that failed.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Memory;

refreshes(100_000);
failures(100_000);

done_testing();
