# Clients that go away, over HTTP/1.1 and HTTP/2; t/long/89-aborts.t has more.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Abort;

aborts(1000);
resets(5, 1000);

done_testing();
