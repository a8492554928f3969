# When tokens are refreshed, with more time.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Refresh;

unattended(4, 200);
window(10);
same_token(30);

done_testing();
