# Clients that go away, over HTTP/1.1 and HTTP/2.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Abort;

aborts(100_000);
resets(100, 1000);

done_testing();
