# Many tenants under load; t/long/48-tenants.t makes more requests.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Tenants;

isolation(50_000);
crowded(2000, '1m', 5);

done_testing();
