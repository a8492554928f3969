package OAuth::Test::Life::Crash;

# Workers that are killed.

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(max);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use OAuth::Test::Gateway qw(clients tally);
use OAuth::Test::Life qw(SLACK answer most sums);

our @EXPORT = qw(fetching_worker any_worker);

use constant WORKERS => 4;

# A take-over, in seconds, without the provider's time.
use constant NOTICED => 0.25;

# The provider takes this long for the first byte, and for all of its about 250
# bytes, which come 20 times a second.
use constant { DELAY => 0.05, DRIP => 1000, TAKES => 0.35 };

# Now and then one worker has all clients, and the others have nobody to serve.
use constant SPARE => 5;


# The worker that fetches is killed at so many moments, from the token request
# to some time after the answer, each with a provider of its own.
sub fetching_worker {
    my $points = shift;

    my @names = map { "q$_" } 1 .. $points + SPARE;
    my $gateway = OAuth::Test::Life->new(
        life => 100, workers => WORKERS, allow => qr/exited on signal 9/,
        more => { map { $_ => '' } @names });

    $gateway->endpoint->answer("/$_", answer($_, 100, delay => DELAY,
                                             drip => DRIP)) for @names;
    $gateway->start;

    my (@late, @bad, @fetches);

    for my $i (0 .. $points - 1) {
        my $after = TAKES * $i / ($points - 1);
        my ($name, $killed, @answers) = _kill_after($gateway, $after, \@names);
        my @good = grep { $_->{status} == 200 } @answers;

        push @bad, grep { $_->{status} != 200 && $_->{raw} ne '' } @answers;
        push @late, max(map { $_->{end} } @good) - $killed if @good;
        push @fetches, $gateway->endpoint->count("/$name");
        push @bad, grep { $_->{body} !~ /-[12]\z/ } @good;
    }

    note 'served after ', join ' ', map { sprintf '%.3f', $_ } @late;
    is(scalar @late, $points, "the fetching worker is killed $points times: "
                              . 'others are served');
    is(tally(@bad), '', 'nobody gets an error');
    cmp_ok(most(@late), '<', NOTICED + TAKES + SLACK,
           'another worker takes over in time');
    is(join(' ', grep { $_ > 2 } @fetches), '', 'with one fetch more');
    $gateway->stop;

    return;
}

# Returns the provider, when its worker was killed, and what clients got.
sub _kill_after {
    my ($gateway, $after, $names) = @_;

    my ($name, $killed, @answers);

    while (@$names) {
        $name = shift @$names;

        my $killer = _killer($gateway, "/$name", $after);

        @answers = $gateway->many(5, clients(60, "/$name"));
        $killed = <$killer>;
        last if grep { $_->{status} == 200 } @answers;
    }

    return ($name, $killed, @answers);
}

sub _killer {
    my ($gateway, $path, $after) = @_;

    my $pid = open(my $from, '-|') // die "fork: $!";

    return $from if $pid;

    my ($endpoint, $nginx) = ($gateway->endpoint, $gateway->nginx);

    $endpoint->wait_for($path, 1);

    my ($worker) = $nginx->talking_to($endpoint->port);
    my $left = $endpoint->last_request($path)->{time} + $after - time;

    sleep $left if $left > 0;
    kill 'KILL', $worker if $worker;
    syswrite STDOUT, time;
    POSIX::_exit(0);
}


# So many workers are killed at random under load, while tokens come and go.
sub any_worker {
    my $kills = shift;

    my $gateway = OAuth::Test::Life->new(
        life => 0.6, workers => WORKERS, allow => qr/exited on signal 9/);

    $gateway->endpoint->answer('/token', answer('token', 0.6, delay => 0.1));
    $gateway->start;

    my $load = $gateway->load;
    my (%killed, @when);

    for (1 .. $kills) {
        sleep 0.05 + rand 0.1;

        my @workers = $gateway->nginx->workers;
        my $worker = $workers[rand @workers] // next;

        push @when, time;
        kill 'KILL', $worker;
        $killed{$worker} = 1;
    }

    sleep 0.3;

    my @rows = $load->stop;
    my @lost = grep { $_->{fate} eq 'lost' } @rows;
    my @foreign = grep {
        my $row = $_;
        my $known = $row->{pid} ? $killed{ $row->{pid} } : 1;

        !$known || !grep { $row->{end} > $_ && $row->{end} < $_ + SLACK } @when;
    } @lost;

    note scalar(@rows), ' requests: ', sums(@rows), '; ',
         $gateway->fetches, ' fetches';
    is(join(' ', grep { !/\A(?:200 (?:HIT|MISS|WAIT|STALE)|lost)\z/ }
                 map { s/: \d+\z//r } split /, /, sums(@rows)),
       '', "$kills workers are killed: no request fails, hangs or is torn");
    is(scalar @foreign, 0, 'but those of the killed workers');
    is(scalar $gateway->wrong('/token', $gateway->endpoint, @rows), 0,
       'all that are served go upstream with a token that is theirs');
    is(scalar(my @now = $gateway->nginx->workers), WORKERS, 'all are replaced');
    $gateway->stop;

    return;
}

1;
