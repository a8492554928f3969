package OAuth::Test::Upstream;

# The API behind the gateway: answers every request with
# "METHOD URI AUTHORIZATION" unless told otherwise.

use strict;
use warnings;

use parent 'OAuth::Test::Server';

sub default_answer { return { status => 200, echo => 1 } }

1;
