package Bench::Cpus;

# Which CPU is whose: the first one that we may use is the gateway's alone, all
# others are for those who talk to it.  With a single one nobody is held.

use strict;
use warnings;

use constant STATUS => '/proc/self/status';


sub _allowed {
    open my $in, '<', STATUS or die STATUS . ": $!\n";
    my ($list) = (do { local $/; <$in> }) =~ /^Cpus_allowed_list:\s*(\S+)/m;

    return map { my ($from, $to) = split /-/; $from .. $to // $from }
           split /,/, $list;
}

# The start of a command for the gateway, and one for the others.
sub wrappers {
    my ($first, @others) = _allowed();

    return ([], []) if !@others;
    return map { [ 'taskset', '--cpu-list', $_ ] }
           $first, join ',', @others;
}

1;
