# Many workers, no connection left, many keys in a small zone.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Size;

woken();
many_workers(64);
many_keys(1200);

done_testing();
