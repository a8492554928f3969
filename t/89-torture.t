# Every allocation fails in turn: a configuration and requests of every kind are
# refused or served, nothing crashes, hangs or leaks, and what comes next is
# served.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life qw(slow);
use OAuth::Test::Life::Torture;

# a checked build has twenty times as many, and takes ten times as long for each
tortured_configuration(slow() ? 61 : 10);
tortured_configuration(slow() ? 997 : 1499, 1);
tortured_requests(1, 1);

done_testing();
