package OAuth::Test::Life::Refresh;

# When a token is refreshed, and what its users see of it.

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(sum0);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Life qw(SLACK answer gaps least most failed sums);

our @EXPORT = qw(unattended window same_token late);


# Nobody asks for anything for 10 lifetimes of p, which has tokens of that
# life; so many other providers have tokens of 6 lifetimes.
sub unattended {
    my ($life, $others) = @_;

    my @names = map { "q$_" } 1 .. $others;
    my $gateway = OAuth::Test::Life->new(
        life => $life, workers => 4, provider => 'prefetch on;',
        more => { map { $_ => 'prefetch on;' } @names });
    my $endpoint = $gateway->endpoint;

    $endpoint->answer("/$_", answer($_, 6 * $life)) for @names;
    $gateway->start;
    sleep 10 * $life;

    my $answer = $gateway->get('/');
    my @came = map { $_->{time} } $endpoint->requests('/token');
    my @gaps = gaps(@came);

    like("$answer->{status} $answer->{headers}{'x-cache'}",
         qr/\A200 (?:HIT|STALE)\z/, 'no client for 10 lifetimes: the token is there');
    note sprintf '%d fetches, every %.3f to %.3f s', scalar @came, least(@gaps),
                 most(@gaps);
    cmp_ok(least(@gaps), '>=', 0.4 * $life - SLACK / 4, 'one fetch a period');
    cmp_ok(sum0(@gaps) / (@gaps || 1), '<', 0.5 * $life + SLACK / 4, 'in each period');
    _spread($endpoint, 6 * $life, @names);
    $gateway->stop;

    return;
}

# The second fetches of these come early, each by another part of the life.
sub _spread {
    my ($endpoint, $life, @names) = @_;

    my @at;

    for my $name (@names) {
        my ($first, @more) = $endpoint->requests("/$name");

        # Its life begins when it is asked for; the endpoint, which all of them
        # come to at once, may see that a moment later.
        push @at, $more[0]{time} - $first->{time} if @more;
    }

    is(scalar @at, scalar @names, 'all of ' . @names . ' tokens are refreshed');
    note sprintf 'after %.3f to %.3f s of %.3f', least(@at), most(@at), $life;
    cmp_ok(least(@at), '>=', 0.4 * $life - SLACK / 2,
           '[C11] after 40 % of the life');
    cmp_ok(most(@at), '<', 0.5 * $life + SLACK, '[C11] to 50 %');
    cmp_ok(most(@at) - least(@at), '>', 0.05 * $life, '[C11] and not all at once');

    return;
}


# The refresh takes a while, and the next one fails until the token ends.
sub window {
    my $life = shift;

    my $gateway = OAuth::Test::Life->new(life => $life,
                                         provider => 'backoff 200ms 400ms;');
    my $endpoint = $gateway->endpoint;

    $endpoint->answer('/token', answer('token', $life),
                      answer('token', $life, delay => 0.2 * $life),
                      { status => 500 });
    $gateway->start;
    $gateway->get('/');

    my $load = $gateway->load(connections => 4);

    # until the second one has ended
    sleep 1.9 * $life;

    my @rows = $load->stop;
    my ($first, $second, $third) = $endpoint->requests('/token');

    # The last moment in which the token was usable: its life began when it was
    # asked for, at the latest.
    my $end = $second->{time} + 0.9 * $life;
    my %in = (
        fresh   => [ 0, $second->{time} - 0.05 ],
        running => [ $second->{time} + 0.05, $second->{answered} - 0.05 ],
        again   => [ $second->{answered} + 0.05, $third->{time} - 0.05 ],
        failing => [ $third->{time} + 0.15, $end - 0.15 ],
        over    => [ $end + SLACK, 2 ** 40 ],
    );
    my %sums = map {
        my ($from, $to) = @{ $in{$_} };
        ($_ => join ', ', map { s/: \d+\z//r } split /, /,
               sums(grep { $_->{start} > $from && $_->{end} < $to } @rows));
    } keys %in;

    is($sums{fresh}, '200 HIT', 'a token before its refresh');
    is($sums{running}, '200 STALE', 'while a refresh is running');
    is($sums{again}, '200 HIT', 'with the new one');
    is($sums{failing}, '200 STALE', 'while the refresh has failed');
    like($sums{over}, qr/\A50[23] ERROR/, 'after the end of the token');
    $gateway->stop;

    return;
}


# refresh_before is less than expiry_leeway: a token would not be refreshed
# until it is not used any more.
sub late {
    my ($life, $lives) = @_;

    my $gateway = OAuth::Test::Life->new(
        life => $life, provider => 'prefetch on; refresh_before 50ms;');
    my $endpoint = $gateway->endpoint;

    $endpoint->answer('/token', answer('token', $life, delay => 0.05));
    $gateway->start;
    $gateway->get('/');

    my $load = $gateway->load(connections => 4);

    sleep $lives * $life;

    my %seen = map { ("$_->{status} $_->{cache}" => 1) } $load->stop;

    is(join(', ', sort keys %seen), '200 HIT, 200 STALE',
       'refresh_before below expiry_leeway: nobody waits');
    cmp_ok($endpoint->count('/token'), '>=', $lives, 'for any of the tokens');
    $gateway->stop;

    return;
}


# The provider hands out the same token, with what is left of its life; halves
# of that are 2 s at least.
sub same_token {
    my $life = shift;

    my $gateway = OAuth::Test::Life->new(life => $life,
                                         provider => 'prefetch on;'
                                                     . 'refresh_before 89%;');
    my $endpoint = $gateway->endpoint;
    my $same = canary('same');

    $endpoint->answer('/token', { token => $same, ends_in => $life });
    $gateway->start;

    my $load = $gateway->load(connections => 4);

    sleep 0.8 * $life;

    my @rows = $load->stop;
    my ($first, @more) = $endpoint->requests('/token');
    my $left = sub { $first->{answered} + $life - $_[0]{answered} };
    my @parts;

    is(sums(failed(@rows)), '', '[C12] the same token again: no request fails');

    # Parts of what was left that have passed until the next one came.
    for my $i (1 .. $#more) {
        push @parts, ($more[$i]{time} - $more[$i - 1]{answered})
                     / $left->($more[$i - 1]);
    }

    note sprintf '%d fetches; %s of what was left', scalar @more,
                 join ' ', map { sprintf '%.2f', $_ } @parts;
    cmp_ok(scalar @more, '>=', 2, 'it is tried again');
    cmp_ok(least(@parts), '>=', 0.4, '[C12] not before half of what is left');
    cmp_ok(most(@parts), '<', 0.5 + SLACK / (0.2 * $life), 'but then');
    $gateway->stop;

    return;
}

1;
