# Reloads, upgrades, the end of nginx, too little room.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Cycle;

reloads(10);
reloads_with_refreshes(15);
new_configuration();
upgrades(1);
last_fetch();
armed();
few_connections(4);
full_zone(1, 2);

done_testing();
