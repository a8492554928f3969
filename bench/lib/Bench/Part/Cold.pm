package Bench::Part::Cold;

# The cold start: nginx has just started and has no token, 200 clients come at
# the same moment, and the provider takes 200 ms to answer.
#
# A client's time is from the first byte of its connection to the last of its
# answer.  The module gets its token when nginx starts, before anybody comes;
# that is turned off here, and there is nothing that peers could do instead.  What
# the same crowd takes with a literal header, where nobody has to wait, tells how
# much of the rest is nginx itself on this machine: what is promised is on top of
# that and of the provider's time.

use strict;
use warnings;

use List::Util qw(max);

use Bench::Clients qw(failed latency);
use Bench::Contender;
use Bench::Gateway;
use Bench::Part qw(median one_of_each progress);
use Bench::Provider;
use Bench::Target qw(judge promised);
use Bench::Upstream;

use constant { CLIENTS => 200, WORKERS => 2 };
use constant DELAY => 0.2;      # seconds


sub about { return 'a crowd meets a gateway that has no token yet' }

sub run {
    my ($options) = @_;

    my $literal = Bench::Contender::literal();
    my @contenders = ($literal, one_of_each($options));
    my $provider = Bench::Provider->new(delay => DELAY);
    my $upstream = Bench::Upstream->new;
    my (%rounds, @rows, @failed);

    for my $round (1 .. $options->{rounds}) {
        progress("cold start, round $round of $options->{rounds}");

        push @{ $rounds{ $_->{name} } }, _round($_, $provider, $upstream)
            for @contenders;
    }

    my %figures = map { $_ => _figures(@{ $rounds{$_} }) } keys %rounds;
    my $floor = $figures{ $literal->{name} };

    for my $contender (@contenders) {
        my @of = @{ $rounds{ $contender->{name} } };
        my %figure = %{ $figures{ $contender->{name} } };
        my ($cell, @missed) = _judge($contender, \%figure, $floor);

        push @failed, @missed;
        push @rows, [ $contender->{title}, _range(map { $_->{calls} } @of),
                      map({ sprintf '%.1f', $figure{$_} } qw(p50 worst)),
                      sprintf('%.1f', max(map { $_->{worst} } @of)),
                      max(map { $_->{errors} } @of), $cell ];
    }

    return {
        title => 'Cold start: ' . CLIENTS . ' clients at once, '
            . WORKERS . ' workers, a provider that takes '
            . DELAY * 1000 . ' ms',
        columns => ['', 'token requests', 'p50, ms', 'worst, ms',
                    'worst of all', 'errors', 'promised'],
        rows => \@rows, failed => \@failed, data => \%rounds,
        notes => ["Medians of $options->{rounds} starts; L has nobody to wait"
                  . ' for.',
                  promised(qw(cold_calls cold_median cold_worst))],
    };
}

sub _figures {
    my (@of) = @_;

    return { calls => max(map { $_->{calls} } @of),
             map { my $name = $_;
                   ($name => median(map { $_->{$name} } @of)) } qw(p50 worst) };
}

sub _range {
    my ($least, $most) = (sort { $a <=> $b } @_)[0, -1];

    return $least == $most ? $most : "$least to $most";
}


sub _round {
    my ($contender, $provider, $upstream) = @_;

    my $gateway = Bench::Gateway->new(contender => $contender,
        provider => $provider, upstream => $upstream, workers => WORKERS,
        prefetch => 'off')->start;

    $provider->forget;

    my @rows = Bench::Clients::crowd($gateway->port, CLIENTS);
    my $calls = $provider->calls;

    $gateway->quit;

    return { calls => $calls, errors => scalar(failed(@rows)),
             %{ latency(@rows) } };
}

sub _judge {
    my ($contender, $figure, $floor) = @_;

    return '' if $contender->{kind} ne 'ours';

    return judge([ cold_calls => $figure->{calls} ],
                 [ cold_median => $figure->{p50} - $floor->{p50}
                                 - DELAY * 1000 ],
                 [ cold_worst => $figure->{worst} - $floor->{worst}
                                - DELAY * 1000 ]);
}

1;
