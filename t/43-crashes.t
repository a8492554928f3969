# Workers that are killed while they fetch, and at any time.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Crash;

fetching_worker(6);
refreshing_worker(2);
any_worker(20);

done_testing();
