package OAuth::Test::Clock;

# What tests measure with: seconds since some moment, the same in all processes,
# and sleep() for parts of them.  Unlike the time of day, which nginx and tokens
# go by, nobody sets it: a machine whose clock is put right while a test waits is
# no reason for the test to fail.

use strict;
use warnings;

use Exporter qw(import);
use Time::HiRes qw(CLOCK_MONOTONIC clock_gettime sleep);

our @EXPORT_OK = qw(sleep time wall);

sub time() { return clock_gettime(CLOCK_MONOTONIC) }

# The time of day.
sub wall() { return Time::HiRes::time() }

1;
