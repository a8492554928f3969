package Bench::Part::Throughput;

# Requests in a second, and the time on the CPU that nginx needs for one, as
# ratios to the literal header.  All contenders run beside each other, each with
# a worker that has a CPU for itself, and get load in turns: in every round each
# has as many seconds as it is told, one at a time, in an order that is shuffled
# anew.  A ratio is of one round, so that what the machine does otherwise meets
# all of them.  Every round has processes of its own: where in memory one happens
# to be is worth some percent.

use strict;
use warnings;

use List::Util qw(max shuffle);

use Bench::Client;
use Bench::Contender;
use Bench::Cpus;
use Bench::Gateway;
use Bench::Part qw(contenders median progress quartiles thousands);
use Bench::Provider;
use Bench::Target qw(target);
use Bench::Upstream;
use Bench::Wrk;

# Enough that a worker always has something to do.
use constant CONNECTIONS => 32;

# Ours and those near it have rounds of their own, so many times as long: one or
# two percent, which is what lies between them, are less than what a short round
# differs from the next.  Near is what takes at most so many times the CPU of the
# literal header.
use constant { LONGER => 3, NEAR => 1.3 };


sub about { return 'requests in a second, CPU for a request' }

sub run {
    my ($options) = @_;

    my @chosen = contenders($options);
    my $literal = Bench::Contender::literal();
    my @all = (@chosen,
               grep { my $c = $_; !grep { $c == $_ } @chosen } $literal);
    my @rounds = map {
        progress("throughput: round $_ of $options->{rounds}");
        _round($options->{seconds}, @all);
    } 1 .. $options->{rounds};

    my $of = _ratios(@rounds);
    my $long = LONGER * $options->{seconds};

    return _table($options, $of, @chosen)
        if !grep { $_->{name} eq 'ours' } @all;

    my @near = _near($of, @all);
    my @alone = map {
        progress("throughput: those near L alone, round $_ of"
                 . " $options->{rounds}");
        _round($long, @near);
    } 1 .. $options->{rounds};

    return _table({ %$options, long => $long },
                  { %$of, %{ _ratios(@alone) } }, @chosen);
}


# What is judged, and peers that come near the literal header.
sub _near {
    my ($of, @all) = @_;

    return grep {
        $_->{kind} eq 'literal' || $_->{name} eq 'ours'
            || $_->{kind} eq 'peer' && $of->{ $_->{name} }{cpus}[1] <= NEAR
    } @all;
}


# Everything that runs while this part does; tokens are there when it returns.
sub _start {
    my (@all) = @_;

    my ($own, $others) = Bench::Cpus::wrappers();
    my $provider = Bench::Provider->new;
    my $upstream = Bench::Upstream->new(wrapper => $others);
    my %gateway;

    for my $contender (@all) {
        my $gateway = Bench::Gateway->new(
            contender => $contender, provider => $provider,
            upstream => $upstream, wrapper => $own)->start;

        Bench::Client->new($gateway->port, $contender->{tenants})->warm;
        $gateway{ $contender->{name} } = $gateway;
    }

    return { provider => $provider, upstream => $upstream,
             gateway => \%gateway, others => $others };
}


# One second of load: requests, and ns on the CPU.
sub _slice {
    my ($world, $contender) = @_;

    my $gateway = $world->{gateway}{ $contender->{name} };
    my $before = $gateway->cpu_ns;
    my ($requests, $seconds) = Bench::Wrk::load($gateway->port,
        connections => CONNECTIONS, seconds => 1,
        tenants => $contender->{tenants}, wrapper => $world->{others});

    return { requests => $requests, seconds => $seconds,
             ns => $gateway->cpu_ns - $before };
}

# NAME => { rate, cpu (us) }
sub _round {
    my ($slices, @all) = @_;

    my $world = _start(@all);
    my %sum;

    _slice($world, $_) for @all;

    for (1 .. $slices) {
        for my $contender (shuffle @all) {
            my $slice = _slice($world, $contender);

            $sum{ $contender->{name} }{$_} += $slice->{$_} for keys %$slice;
        }
    }

    $_->finish for values %{ $world->{gateway} },
                   @$world{qw(provider upstream)};

    return { map {
        my $sum = $sum{$_};

        $_ => { rate => $sum->{requests} / $sum->{seconds},
                cpu => $sum->{ns} / 1000 / $sum->{requests} };
    } keys %sum };
}


# NAME => { rate, cpu: medians; rates, cpus: quartiles of their ratios to L;
# ahead: upper quartile of the ratio of our CPU to its }; the first round has
# all of them
sub _ratios {
    my (@all) = @_;

    my $literal = Bench::Contender::literal()->{name};

    return { map {
        my $name = $_;
        my @rounds = grep { $_->{$name} } @all;
        my %of;

        for my $what (qw(rate cpu)) {
            $of{$what} = median(map { $_->{$name}{$what} } @rounds);
            $of{"${what}s"} = [ quartiles(map {
                $_->{$name}{$what} / $_->{$literal}{$what}
            } @rounds) ];
        }

        $of{ahead} = (quartiles(map { $_->{ours}{cpu} / $_->{$name}{cpu} }
                                @rounds))[2] if $rounds[0]{ours};
        $name => \%of;
    } keys %{ $all[0] } };
}


# What is promised of one of the contenders: [ cell, complaint ]
sub _checks {
    my ($of, $contender, @chosen) = @_;

    return if $contender->{name} ne 'ours';

    my @peers = map { $of->{ $_->{name} }{ahead} }
                grep { $_->{kind} eq 'peer' } @chosen;

    return ([ target('static_cpu', $of->{ours}{cpus}[1]) ],
            @peers ? [ target('static_ahead', max(@peers)) ] : ());
}

sub _table {
    my ($options, $of, @chosen) = @_;

    my (@rows, @failed, @data);

    for my $contender (@chosen) {
        my $own = $of->{ $contender->{name} };
        my @checks = _checks($of, $contender, @chosen);

        push @rows, [ $contender->{title},
                      thousands($own->{rate}), _spread($own->{rates}),
                      sprintf('%.2f', $own->{cpu}), _spread($own->{cpus}),
                      join ', ', map { $_->[0] } @checks ];
        push @failed, map { "$contender->{name}: $_" }
                      map { $_->[1] // () } @checks;
        push @data, { %$own, map { $_ => $contender->{$_} }
                                 qw(name title kind) };
    }

    return {
        title => 'Requests in a second and CPU for a request',
        columns => ['', 'requests/s', 'ratio to L', 'CPU us', 'ratio to L',
                    'target'],
        rows => \@rows, failed => \@failed, data => \@data,
        notes => [ "Medians of $options->{rounds} rounds (and quartiles of"
                   . " their ratios), $options->{seconds} s of each in a round,"
                   . ' one worker, ' . CONNECTIONS . ' connections.',
                   $options->{long} ? "$options->{long} s for L, one provider"
                   . ' and peers near to it, in rounds of their own.' : () ],
    };
}

sub _spread { return sprintf '%.3f (%.3f-%.3f)', @{ $_[0] }[1, 0, 2] }

1;
