package OAuth::Test::TokenEndpoint;

# A provider's token endpoint; see OAuth::Test::Server::Answer for what it can
# be told.  A path nobody has programmed answers 404.

use strict;
use warnings;

use parent 'OAuth::Test::Server';

1;
