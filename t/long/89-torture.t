# Every allocation fails in turn, one alone and three in a row.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life qw(slow);
use OAuth::Test::Life::Torture;

tortured_configuration(slow() ? 3 : 1);
tortured_configuration(37, 1);
tortured_requests(1, 1);
tortured_requests(1, 3);

done_testing();
