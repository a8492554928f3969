# Memory and open files after many refreshes; t/long/47-memory.t makes more.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Memory;

refreshes(3000);

done_testing();
