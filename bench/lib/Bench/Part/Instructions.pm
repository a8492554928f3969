package Bench::Part::Instructions;

# How many instructions of nginx a request takes, counted by callgrind, so that
# other work on the machine changes nothing.  It is the difference between a
# longer and a shorter run of requests on one kept connection, with everything
# warm: what does not belong to a request cancels out.  What malloc() takes to find
# a block does not, and is not the same in two processes: what more tenants cost is
# judged without it.

use strict;
use warnings;

use File::Temp qw(tempdir);

use Bench::Callgrind;
use Bench::Client;
use Bench::Contender;
use Bench::Gateway;
use Bench::Part qw(contenders median progress thousands);
use Bench::Provider;
use Bench::Target qw(target);
use Bench::Upstream;

# Requests of the two runs, and how often both are made.
use constant { SHORT => 200, LONG => 1200, TIMES => 3 };

# Before the first run, so that every buffer and every line of code is there.
use constant WARM => 200;

# What is promised of whom, see Bench::Target.
my %target = (
    ours => [qw(static_instructions)],
    'ours-variable' => [qw(tenant_instructions)],
    'ours-10' => [qw(tenant_instructions)],
    map { ("ours-$_" => [qw(tenant_instructions tenant_growth)]) }
        10_000, 100_000,
);


sub about { return 'instructions of nginx for a request' }

sub run {
    my ($options) = @_;

    my $literal = Bench::Contender::literal();
    my @chosen = contenders($options);
    my ($provider, $upstream) = (Bench::Provider->new, Bench::Upstream->new);
    my %count;

    for my $contender (@chosen, $literal) {
        $count{ $contender->{name} } //=
            [ _measure($contender, $provider, $upstream) ];
    }

    $_->finish for $provider, $upstream;

    return _table(\%count, @chosen);
}


# The instructions of a request, and those of them that are not malloc()'s.
sub _measure {
    my ($contender, $provider, $upstream) = @_;

    progress("counting: $contender->{title}");

    my $callgrind = Bench::Callgrind->new(tempdir(CLEANUP => 1));
    my $gateway = Bench::Gateway->new(
        contender => $contender, provider => $provider,
        upstream => $upstream, single => 1,
        wrapper => [ $callgrind->command ])->start;
    my ($pid) = $gateway->serving;
    my $client = Bench::Client->new($gateway->port, $contender->{tenants});

    $client->warm;
    $client->revisit(WARM + TIMES * (SHORT + LONG)) if $contender->{tenants};
    $callgrind->begin($pid);
    $client->walk(WARM);
    $callgrind->count($pid);

    my @each = map {
        my ($short, $long) = map {
            $client->walk($_);
            [ $callgrind->count($pid) ];
        } SHORT, LONG;

        [ map { ($long->[$_] - $short->[$_]) / (LONG - SHORT) } 0, 1 ];
    } 1 .. TIMES;

    $gateway->finish;

    return map { my $which = $_; median(map { $_->[$which] } @each) } 0, 1;
}


sub _table {
    my ($count, @chosen) = @_;

    my (@rows, @failed, @data);
    my ($floor, $literal, $few) = @$count{qw(none literal ours-10)};

    for my $contender (@chosen) {
        my ($n, $own) = @{ $count->{ $contender->{name} } };
        my %value = (static_instructions => $n - $literal->[0],
                     tenant_instructions => $n - $literal->[0],
                     tenant_growth => $few ? $own / $few->[1] : undef);
        my @checks = map { [ target($_, $value{$_}) ] }
                     grep { defined $value{$_} }
                     @{ $target{ $contender->{name} } // [] };

        push @rows, [ $contender->{title}, thousands($n),
                      _over($n, $literal->[0]),
                      _over($n, $floor && $floor->[0]),
                      thousands($own), _over($own, $literal->[1]),
                      join ', ', map { $_->[0] } @checks ];
        push @failed, map { "$contender->{name}: $_" }
                      map { $_->[1] // () } @checks;
        push @data, { name => $contender->{name}, kind => $contender->{kind},
                      title => $contender->{title}, instructions => $n,
                      unallocated => $own };
    }

    return {
        title => 'Instructions of nginx for a request with a cached token',
        columns => ['', 'instructions', 'over L', 'over N',
                    'without malloc()', 'over L', 'target'],
        rows => \@rows, failed => \@failed, data => \@data,
        notes => [ sprintf('Difference of %s and %s requests, median of %d.'
                           . ' Every tenant has asked within a minute.',
                           thousands(LONG), SHORT, TIMES) ],
    };
}

sub _over {
    my ($n, $base) = @_;

    return '' if !defined $base || $n == $base;
    return ($n > $base ? '+' : '') . thousands($n - $base);
}

1;
