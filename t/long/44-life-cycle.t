# Reloads, upgrades and a zone too small, for longer.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Cycle;

reloads(100);
reloads_with_refreshes(100);
upgrades(10);
full_zone(4, 20);

done_testing();
