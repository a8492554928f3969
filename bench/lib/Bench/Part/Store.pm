package Bench::Part::Store;

# Instructions of a hit and of an eviction in stores of several sizes, counted
# by valgrind, so that other work on the machine changes nothing.  Neither may
# take clearly more among many keys than among few.

use strict;
use warnings;

use Bench::Part qw(thousands);
use Bench::Target qw(target);

use constant PROGRAM => 'build/bench/store';
use constant TIMES => 10_000;
use constant SIZES => 100, 10_000, 100_000;


sub about { return 'instructions to find and to evict, by number of keys' }

sub run {
    my (@rows, @failed);

    for my $what (qw(hit evict)) {
        my @counts = map { _instructions($what, $_) } SIZES;

        for my $i (0 .. $#counts) {
            my $ratio = $counts[$i] / $counts[0];
            my ($cell, $missed) = target("store_$what", $ratio);

            push @rows, [ $what, thousands((SIZES)[$i]),
                          thousands($counts[$i]), sprintf('%.3f', $ratio),
                          $cell ];
            push @failed, grep { defined } $missed;
        }
    }

    return {
        title => 'The store: instructions among so many keys',
        columns => ['', 'keys', 'instructions', 'of the fewest', 'target'],
        rows => \@rows, failed => \@failed,
    };
}


sub _instructions {
    my ($what, $keys) = @_;

    my @command = ('valgrind', '--tool=callgrind',
                   '--callgrind-out-file=/dev/null',
                   '--toggle-collect=measure', PROGRAM, $what, $keys, TIMES);

    open my $out, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', @command
        or die "valgrind: $!\n";
    my $said = do { local $/; <$out> } // '';

    close $out or die "@command failed:\n$said";

    my ($n) = $said =~ /Collected : (\d+)/ or die "no count:\n$said";

    return $n / TIMES;
}

1;
