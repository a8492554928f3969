package Bench::Part;

# What is common to the parts.  A part is a package Bench::Part::NAME in a file
# of bench/lib/Bench/Part.  Its
#
#   about()            says in a line what it measures
#   run(\%options)     measures and returns a table:
#
#     title    => text
#     notes    => [ lines to print below ]
#     columns  => [ names ]
#     rows     => [ [ cells ], ... ]         texts, as they are to be shown
#     data     => whatever bench/plot wants to have in result.json
#     failed   => [ texts of targets that were missed ]
#
# Options: rounds, seconds (of load, in each round), names (of contenders; all
# when there are none), see bench/run.

use strict;
use warnings;

use Exporter qw(import);

use Bench::Contender;

our @EXPORT_OK = qw(thousands median quartiles contenders one_of_each
                    progress);


# Those that the user has chosen, of those for which a condition holds.
sub contenders {
    my ($options, $wanted) = @_;

    return grep { !$wanted || $wanted->($_) }
           Bench::Contender::named(@{ $options->{names} // [] });
}

# Those that fetch, each way once: with one token that all requests have.
sub one_of_each {
    my ($options) = @_;

    return contenders($options, sub {
        $_[0]{fetches} && !$_[0]{tenants} && $_[0]{name} ne 'ours-variable' });
}

# 12345.6 as "12,346"
sub thousands {
    my $text = sprintf '%.0f', $_[0];

    1 while $text =~ s/^(-?\d+)(\d{3})/$1,$2/;
    return $text;
}

# The value below which a share of them is, between neighbours where none is.
sub _at {
    my ($share, @sorted) = @_;

    my $place = $share * $#sorted;
    my $below = int $place;
    my $above = $below < $#sorted ? $below + 1 : $below;

    return $sorted[$below]
           + ($place - $below) * ($sorted[$above] - $sorted[$below]);
}

sub quartiles {
    my @sorted = sort { $a <=> $b } @_;

    return map { _at($_, @sorted) } 0.25, 0.5, 0.75;
}

sub median { return (quartiles(@_))[1] }

# A line about what goes on, for who waits.
sub progress { print STDERR "bench: @_\n"; return }

1;
