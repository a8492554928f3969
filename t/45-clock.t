# The clock jumps, a day ahead and two days back.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Clock;

jumps(2);

done_testing();
