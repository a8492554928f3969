package OAuth::Test::Build;

# Which nginx is under test, see tools/run-tests, and what it needs time for.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(build checked slow bound patience);

# Those that check memory, and mind what nginx itself does not free.
my %checked = map { $_ => 1 } qw(sanitize valgrind);

# How many times as much time they need as the fastest of them.
my %slow = (sanitize => 1, coverage => 1, valgrind => 4);

sub build   { return $ENV{OAUTH_TEST_BUILD} // 'release' }
sub checked { return exists $checked{ build() } }
sub slow    { return exists $slow{ build() } }

# One of two bounds in seconds: of nginx as it is, of one that is slow.
sub bound {
    my ($plain, $slow) = @_;

    return slow() ? $slow * $slow{ build() } : $plain;
}

# How long to wait for what must come, seconds, of nginx as it is.
sub patience { return $_[0] * ($slow{ build() } // 1) }

1;
