package OAuth::Test::Life::Crash;

# Workers that are killed.

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(max);
use POSIX ();
use Test::More;

use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway qw(clients tally);
use OAuth::Test::Life qw(SLACK slow answer most sums);

our @EXPORT = qw(fetching_worker refreshing_worker any_worker);

use constant WORKERS => 4;

# A take-over, in seconds, without the provider's time.
use constant NOTICED => 0.25;

# The provider takes this long for the first byte, and for all of its about 250
# bytes, which come 20 times a second.
use constant { DELAY => 0.05, DRIP => 1000, TAKES => 0.35 };

# Now and then one worker has all clients, and the others have nobody to serve,
# or this machine is too slow to kill at the moment that was meant.
use constant SPARE => 10;
use constant LATE => slow() ? 0.3 : 0.1;


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
        push @late, max(map { $_->{end} } @good) - $killed
            if @good && $killed;
        push @fetches, $gateway->endpoint->count("/$name");
        push @bad, grep { $_->{body} !~ /-[12]\z/ } @good;
    }

    note 'served after ', join ' ', map { sprintf '%.3f', $_ } @late;
    is(scalar @late, $points, "[I3] the fetching worker is killed $points "
                              . 'times: others are served');
    is(tally(@bad), '', '[I3] nobody gets an error');
    cmp_ok(most(@late), '<', NOTICED + TAKES + SLACK,
           '[I3] another worker takes over in time');
    is(join(' ', grep { $_ > 2 } @fetches), '', 'with one fetch more');
    $gateway->stop;

    return;
}

# Returns the provider, when its worker was killed, and what clients got.
sub _kill_after {
    my ($gateway, $after, $names) = @_;

    my ($name, $killed, @answers);

    # until it was as it was meant
    while (@$names) {
        $name = shift @$names;

        my $killer = _killer($gateway, "/$name", $after);

        @answers = $gateway->many(5, clients(60, "/$name"));
        $killed = <$killer> // next;
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
    POSIX::_exit(0) if !$worker || $left < -LATE();
    kill 'KILL', $worker;
    syswrite STDOUT, time;
    POSIX::_exit(0);
}


# The worker that refreshes is killed, and there are no clients to notice.
sub refreshing_worker {
    my $life = shift;

    my $gateway = OAuth::Test::Life->new(
        life => $life, workers => WORKERS, provider => 'prefetch on;',
        allow => qr/exited on signal 9/);
    my $endpoint = $gateway->endpoint;

    $endpoint->answer('/token', answer('token', $life), { never => 1 },
                      answer('token', $life));
    $gateway->start;
    $endpoint->wait_for('/token', 2);

    my ($worker) = $gateway->nginx->talking_to($endpoint->port);

    ok($worker, 'a worker is refreshing') or return;
    kill 'KILL', $worker;

    my $killed = time;

    $endpoint->wait_for('/token', 3);

    my $third = ($endpoint->requests('/token'))[2];

    cmp_ok($third ? $third->{time} - $killed : 1e9, '<', NOTICED + SLACK,
           '[I3] another one goes on when it is killed');
    like($gateway->get('/')->{body}, qr/-3\z/, 'and has a new token');
    is($gateway->fetches, 3, 'with one fetch');
    $gateway->stop;

    return;
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
       '', "[I5] $kills workers are killed: no request fails, hangs or is "
           . 'torn');
    is(scalar @foreign, 0, 'but those of the killed workers');
    is(scalar $gateway->wrong('/token', $gateway->endpoint, @rows), 0,
       'all that are served go upstream with a token that is theirs');
    is(scalar(my @now = $gateway->nginx->workers), WORKERS, 'all are replaced');
    $gateway->stop;

    return;
}

1;
