package Bench::Part::Outage;

# The provider answers 503 for four seconds, under the load of
# Bench::Part::Expiry, while its tokens live for two: so there comes a time
# when none is left, and then the provider is back.
#
# Counted are the calls that it gets meanwhile; how long a request is held up
# that comes meanwhile, be it served or refused: clients that wait for nothing
# make a convoy; and the time from the end of the outage until no request is
# refused any more.

use strict;
use warnings;

use List::Util qw(max sum);
use Time::HiRes qw(sleep);

use Bench::Clients qw(failed latency);
use Bench::Gateway;
use Bench::Part qw(median one_of_each progress);
use Bench::Provider;
use Bench::Target qw(judge promised);
use Bench::Upstream;

use constant WORKERS => 2;
use constant LOAD => (connections => 50, interval => 20);      # ms
use constant { LIFE => 2, DELAY => 0.05 };

# seconds: before, during and after
use constant { BEFORE => 2.5, OUTAGE => 4, AFTER => 5 };

# The outage meets the tokens at another age in each round.
use constant MOST_ROUNDS => 5;
use constant SHIFT => LIFE / 2 / MOST_ROUNDS;

use constant PROMISES => qw(outage_calls outage_ended outage_back);

# what is shown of all rounds
my %together = (calls => \&max, held => \&max, refused => \&median,
                ended => \&sum, back => \&max);


sub about { return 'a provider that fails for four seconds' }

sub run {
    my ($options) = @_;

    my @contenders = one_of_each($options);
    my $rounds = $options->{rounds} < MOST_ROUNDS ? $options->{rounds}
                                                  : MOST_ROUNDS;
    my (%of, @rows, @failed);

    for my $round (1 .. $rounds) {
        progress("a provider that fails, round $round of $rounds");
        push @{ $of{ $_->{name} } }, _round($_, $round * SHIFT)
            for @contenders;
    }

    for my $contender (@contenders) {
        my %own = map {
            my $figure = $_;
            ($figure => $together{$figure}->(map { $_->{$figure} }
                                             @{ $of{ $contender->{name} } }));
        } keys %together;
        my ($cell, @missed) = $contender->{kind} eq 'ours'
            ? judge(map { [ $_ => $own{ s/^outage_//r } ] } PROMISES) : '';

        push @failed, @missed;
        push @rows, [ $contender->{title}, $own{calls},
                      sprintf('%.0f', $own{held}),
                      sprintf('%.0f %%', 100 * $own{refused}),
                      $own{ended}, sprintf('%.2f', $own{back}), $cell ];
    }

    return {
        title => 'A provider that answers 503 for ' . OUTAGE
            . ' s, tokens of ' . LIFE . ' s',
        columns => ['', 'calls meanwhile', 'held up, ms', 'refused',
                    'ended tokens sent', 'back after, s', 'promised'],
        rows => \@rows, failed => \@failed, data => \%of,
        notes => [_note($rounds), promised(PROMISES)],
    };
}

sub _note {
    return "Refused: of the requests during the outage, the median of $_[0]"
           . ' rounds; all else is the worst of them, or their sum.';
}


sub _round {
    my ($contender, $shift) = @_;

    my $provider = Bench::Provider->new(delay => DELAY, expires_in => LIFE);
    my $upstream = Bench::Upstream->new(checks => 1);
    my $gateway = Bench::Gateway->new(contender => $contender,
        provider => $provider, upstream => $upstream, workers => WORKERS,
        lifetime => LIFE)->start;

    Bench::Clients::crowd($gateway->port, WORKERS);
    $upstream->counts(1);

    my $clients = Bench::Clients->start($gateway->port, LOAD,
        seconds => BEFORE + $shift + OUTAGE + AFTER);

    sleep BEFORE + $shift;

    my ($from, $until) = $provider->fail_for(OUTAGE);
    my @rows = $clients->rows;
    my $round = _figures($from, $until, [ $provider->calls ], @rows);

    $round->{ended} = $upstream->counts->{ended};

    # its log tells of the refusals
    $gateway->quit;
    $_->finish for $upstream, $provider;

    return $round;
}

sub _figures {
    my ($from, $until, $calls, @rows) = @_;

    my $during = sub { $_[0]{start} >= $from && $_[0]{start} < $until };
    my @meanwhile = grep { $during->($_) } @rows;
    my $last = max($until, map { $_->{end} } failed(@rows));

    return {
        calls => scalar(grep { $during->($_) } @$calls),
        held => latency(@meanwhile)->{worst},
        refused => failed(@meanwhile) / (@meanwhile || 1),
        back => $last - $until,
    };
}

1;
