package Bench::Part::Expiry;

# Tokens that live for two seconds, under load: 50 clients with a request each
# every 20 ms, whatever has become of the one before.  That is about half of
# what two cores can do with all that runs here, so that what shows is waiting
# for tokens, not for the CPU.
#
# The upstream looks at the end of each token.  A call of the provider that
# comes while the token of the call before it is still young is one too many:
# nobody here has a reason to refresh before two fifths of a life.  The first of
# the two may have come late, by as much as a request may here.

use strict;
use warnings;

use List::Util qw(max sum);

use Bench::Clients qw(failed latency);
use Bench::Contender;
use Bench::Gateway;
use Bench::Part qw(median one_of_each progress);
use Bench::Provider;
use Bench::Target qw(judge promised);
use Bench::Upstream;

use constant WORKERS => 2;
use constant LOAD => (connections => 50, interval => 20);      # ms
use constant { SECONDS => 15, LIFE => 2, DELAY => 0.2 };
use constant { LATE => 0.02, EARLIEST => 0.4 * LIFE };
use constant YOUNG => EARLIEST - LATE;

# Each of them takes a quarter of a minute for each contender.
use constant MOST_ROUNDS => 3;

# what is promised: how to get the number out of a contender's figures and
# those of L
my @promises = (
    [ expiry_at_once    => sub { $_[0]{at_once} } ],
    [ expiry_per_period => sub { $_[0]{per_period} } ],
    [ expiry_errors     => sub { $_[0]{errors} } ],
    [ expiry_ended      => sub { $_[0]{ended} } ],
    [ expiry_p999       => sub { $_[0]{p999} - $_[1]{p999} } ],
    [ expiry_worst      => sub { $_[0]{worst} } ],
);

# How the figures of the rounds become one: what is rare counts from all of
# them.
my %together = (
    calls => \&median, p50 => \&median, p99 => \&median, p999 => \&median,
    worst => \&max, at_once => \&max, per_period => \&max, errors => \&sum,
    ended => \&sum,
);


sub about { return 'tokens of two seconds under load' }

sub run {
    my ($options) = @_;

    my @contenders = (Bench::Contender::literal(), one_of_each($options));
    my $rounds = $options->{rounds} < MOST_ROUNDS ? $options->{rounds}
                                                  : MOST_ROUNDS;
    my (%of, %figures, @rows, @failed);

    for my $round (1 .. $rounds) {
        progress("tokens that end, round $round of $rounds");
        push @{ $of{ $_->{name} } }, _round($_) for @contenders;
    }

    for my $name (keys %of) {
        for my $figure (keys %together) {
            $figures{$name}{$figure} =
                $together{$figure}->(map { $_->{$figure} } @{ $of{$name} });
        }
    }

    for my $contender (@contenders) {
        my $own = $figures{ $contender->{name} };
        my ($cell, @missed) = _judge($contender, $own, $figures{literal});

        push @failed, @missed;
        push @rows, [ $contender->{title},
                      $contender->{fetches}
                          ? (@$own{qw(calls at_once)}) : ('', ''),
                      map({ sprintf '%.2f', $own->{$_} } qw(p50 p99 p999)),
                      sprintf('%.1f', $own->{worst}),
                      @$own{qw(errors ended)}, $cell ];
    }

    return {
        title => 'Tokens of ' . LIFE . ' s for ' . SECONDS
            . ' s, a provider that takes ' . DELAY * 1000 . ' ms',
        columns => ['', 'token requests', 'at once', 'p50, ms', 'p99, ms',
                    'p99.9, ms', 'worst, ms', 'errors', 'ended tokens sent',
                    'promised'],
        rows => \@rows, failed => \@failed, data => \%of,
        notes => [_note($rounds), promised(map { $_->[0] } @promises)],
    };
}

sub _note {
    my %load = LOAD;

    return "$load{connections} clients, $load{interval} ms between the"
           . ' requests of each, ' . WORKERS . " workers; $_[0] rounds:"
           . ' medians, but the worst of all and the sums of what went wrong.';
}


sub _round {
    my ($contender) = @_;

    my $provider = Bench::Provider->new(delay => DELAY, expires_in => LIFE);
    my $upstream = Bench::Upstream->new(checks => 1);
    my $gateway = Bench::Gateway->new(contender => $contender,
        provider => $provider, upstream => $upstream, workers => WORKERS,
        lifetime => LIFE)->start;

    # the first token is another matter, see Bench::Part::Cold
    Bench::Clients::crowd($gateway->port, WORKERS);
    $upstream->counts(1);
    $provider->forget;

    my @rows = Bench::Clients->start($gateway->port, LOAD,
                                     seconds => SECONDS)->rows;
    my @calls = $provider->calls;

    my $round = {
        calls => scalar @calls, at_once => $provider->most_at_once,
        per_period => _per_period(@calls), errors => scalar(failed(@rows)),
        ended => $upstream->counts->{ended}, %{ latency(@rows) },
    };

    $_->finish for $gateway, $upstream, $provider;
    return $round;
}

sub _per_period {
    my @starts = map { $_->{start} } @_;

    my $too_many = grep { $starts[$_] - $starts[$_ - 1] < YOUNG }
                   1 .. $#starts;

    return @starts ? @starts / (@starts - $too_many) : 0;
}

sub _judge {
    my ($contender, $own, $literal) = @_;

    return '' if $contender->{kind} ne 'ours';

    return judge(map { [ $_->[0], $_->[1]->($own, $literal) ] } @promises);
}

1;
