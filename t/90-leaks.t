# Memory and open files after many fetches that failed; t/long/90-leaks.t makes
# more.  Those that succeeded are in t/47-memory.t.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Memory;

failures(3000);

done_testing();
