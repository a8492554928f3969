# A token of 4 seconds under a load of 50 connections for 30 seconds.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Load;

steady(4, 30);

done_testing();
