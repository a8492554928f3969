# Pauses after failed fetches.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Life::Backoff;

pauses();
keys_of_an_endpoint();

done_testing();
