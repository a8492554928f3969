# When tokens are refreshed.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Refresh;

unattended(0.5, 40);
window(2);
same_token(8);

done_testing();
