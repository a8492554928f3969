# The clock jumps, a day ahead and two days back, while tokens live longer.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Clock;

jumps(20);

done_testing();
