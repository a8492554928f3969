package OAuth::Test::Life::Load;

# Short tokens under a steady load.

use strict;
use warnings;

use Exporter qw(import);
use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::Life qw(SLACK slow answer gaps least most failed sums);

our @EXPORT = qw(steady);

# The longest wait for a token after the first, in seconds.
use constant WAIT => slow() ? 0.1 : 0.005;

# What the provider takes, so that waiting for it would show.
use constant TAKES => 0.05;


# 50 connections for so many seconds, with tokens of that life.
sub steady {
    my ($life, $seconds) = @_;

    my $gateway = OAuth::Test::Life->new(life => $life, workers => 2);

    $gateway->endpoint->answer('/token', answer('token', $life,
                                                delay => TAKES));
    $gateway->start;

    my $load = $gateway->load;

    sleep $seconds;

    my @rows = $load->stop;
    my @came = map { $_->{time} } $gateway->endpoint->requests('/token');

    note scalar(@rows), ' requests: ', sums(@rows), '; ', scalar(@came),
         ' fetches';
    cmp_ok(scalar @rows, '>', 200 * $seconds, 'there is load');
    is(sums(failed(@rows)), '', "tokens of $life s: no request fails");
    is(scalar $gateway->wrong('/token', $gateway->endpoint, @rows), 0,
       'no token is sent after its end');

    # All that came before the first answer wait for it.
    my ($first) = map { $_->{answered} } $gateway->endpoint->requests('/token');
    my @late = grep { $_->{start} > $first + SLACK } @rows;

    cmp_ok(most(map { $_->{wait} || 0 } @late), '<=', WAIT,
           'none waits for a token after the first');
    is(join(' ', grep { !/\A200 (?:HIT|STALE)\z/ }
                 map { s/: \d+\z//r } split /, /, sums(@late)),
       '', 'they find it in the cache');

    my @gaps = gaps(@came);

    # 40 to 50 % of the life, and what the machine adds
    cmp_ok(least(@gaps), '>', 0.4 * $life - 0.02, 'one fetch a period');
    cmp_ok(most(@gaps), '<', 0.5 * $life + TAKES + SLACK, 'in each period');
    $gateway->stop;

    return;
}

1;
