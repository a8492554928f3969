# A provider that comes back when there is no token any more.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Down;

back_again(7);

done_testing();
