# Many workers, 10,000 keys in a small zone.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Size;

woken();
many_workers(64);
many_keys(10_000);

done_testing();
