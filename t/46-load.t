# A steady load while tokens come and go; t/long/46-load.t takes longer.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Load;

steady(2, 6);

done_testing();
