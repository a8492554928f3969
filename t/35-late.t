# A refresh that is to come later than it can.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Refresh;

late(3, 2);

done_testing();
