# A million requests of 64 tenants: none has the token of another.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Tenants;

isolation(1_000_000);

done_testing();
