package Bench::Target;

# What is promised of our module, with units.  A part asks here whether a value
# keeps its promise.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(target judge promised);

# most or least: the bound; unit: printf's format for a value
my %target = (
    # Bench::Part::Store: among many keys, as a ratio to few
    store_hit             => { most => 1.05,  unit => '%.2f times' },
    store_evict           => { most => 1.5,   unit => '%.2f times' },

    # Bench::Part::Instructions: instructions of a hit over L
    static_instructions   => { most => 400,   unit => 'L %+.0f' },
    tenant_instructions   => { most => 3000,  unit => 'L %+.0f' },
    # among more tenants, as a ratio to 10, without malloc()
    tenant_growth         => { most => 1.02,  unit => '%.3f times' },

    # Bench::Part::Throughput: CPU of a request as a ratio to L, median; and to
    # that of the best peer that fetches, upper quartile
    static_cpu            => { most => 1.02,  unit => '%.3f L' },
    static_ahead          => { most => 1,     unit => '%.3f of a peer' },

    # Bench::Part::Cold: from a client's request to its answer, over the time
    # that the provider takes and what the same crowd takes with a literal header
    cold_calls            => { most => 1,     unit => '%d calls' },
    cold_median           => { most => 9,     unit => 'provider + L %+.1f ms' },
    cold_worst            => { most => 15,    unit => 'provider + L %+.1f ms' },

    # Bench::Part::Expiry: tokens of two seconds under load
    expiry_at_once        => { most => 1,     unit => '%d at once' },
    expiry_per_period     => { most => 1.1,   unit => '%.2f calls a period' },
    expiry_errors         => { most => 0,     unit => '%d errors' },
    expiry_ended          => { most => 0,     unit => '%d ended tokens' },
    expiry_p999           => { most => 1,     unit => 'L %+.2f ms' },
    expiry_worst          => { most => 20,    unit => '%.1f ms' },

    # Bench::Part::Outage: the provider answers 503 for four seconds
    outage_calls          => { most => 8,     unit => '%d calls' },
    outage_ended          => { most => 0,     unit => '%d ended tokens' },
    outage_back           => { most => 1,     unit => '%.2f s' },

    # Bench::Part::Memory
    memory_tokens         => { least => 500,  unit => '%d tokens in 1 MB' },
    binary_size           => { most => 200,   unit => '%.0f kB' },

    # Bench::Part::Startup: 100 providers, as a ratio to the same
    # configuration without the module
    startup_time          => { most => 1.2,   unit => '%.2f times' },
);


# Returns the text of the table's cell "target", and a complaint when the value
# misses it.
sub target {
    my ($name, $value) = @_;

    my $t = $target{$name} or die "there is no target \"$name\"\n";
    my ($sign, $bound) = defined $t->{most} ? ('<=', $t->{most})
                                            : ('>=', $t->{least});
    my $wanted = sprintf "$sign $t->{unit}", $bound;
    my $kept = $sign eq '<=' ? $value <= $bound : $value >= $bound;

    return "$wanted: ok" if $kept;
    return ("$wanted: MISSED",
            sprintf "$name is $t->{unit}, wanted $wanted", $value);
}

# Several of them, [ name, value ] each, in one cell; a complaint for each that is
# missed.
sub judge {
    my @missed = grep { defined } map { (target(@$_))[1] } @_;

    return (@missed ? 'MISSED' : 'ok', @missed);
}

# A line that tells what the cell is about.
sub promised {
    return 'Promised: ' . join(', ', map { (target($_, 0))[0] =~ s/: \w+\z//r }
                                     @_) . '.';
}

1;
