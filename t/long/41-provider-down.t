# A provider that is down for half a minute, half of the life of its tokens.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Down;

unnoticed(60);

done_testing();
