package OAuth::Test::Life::Size;

# Many workers, many keys.

use strict;
use warnings;

use Exporter qw(import);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway qw(clients tally);
use OAuth::Test::Life qw(slow least);
use OAuth::Test::Worker qw(to_worker);

our @EXPORT = qw(woken many_workers many_keys);

# in seconds, and clock ticks of a hundredth
use constant { TAKES => 1, WAKES => slow() ? 3 : 0.5 };
use constant IDLE => slow() ? 40 : 10;

# When the token comes, and how soon others are to know.
use constant { BETWEEN => 0.3, HINT => slow() ? 0.15 : 0.05 };

# A token fills one of few places; its length in bytes.
use constant LONG => 3000;


# A request in one worker, and the token comes to another; the best of three, as
# other work on the machine may be in the way.  A worker looks for tokens four
# times a second by itself, and this one's comes in between.
sub woken {
    my $gateway = OAuth::Test::Gateway->new(workers => 2, level => 'error',
        provider => 'token_endpoint http://127.0.0.1:TOKEN_PORT/token?$arg_t;');
    my @late;

    $gateway->endpoint->answer('/token', { token => canary('token') . '-%d',
                                           delay => BETWEEN });
    $gateway->start;

    for my $key (1 .. 3) {
        my @answers = $gateway->many(5, map { to_worker($gateway, $_,
            "/?$key=&t=$key") } $gateway->nginx->workers);
        my ($waited) = grep { ($_->{headers}{'x-cache'} // '') eq 'WAIT' }
                       @answers or next;

        push @late, $waited->{end}
                    - $gateway->endpoint->last_request('/token')->{answered};
    }

    note 'woken after ', join ' ', map { sprintf '%.3f', $_ } @late;
    cmp_ok(least(@late), '<', HINT,
           '[I2] another worker is woken when the token is there');
    cmp_ok(least(@late), '>', -1, '[I2] which has waited');
    $gateway->stop;

    return;
}


# The CPU time that processes have had, in clock ticks.
sub _ticks {
    my $sum = 0;

    for my $pid (@_) {
        open my $in, '<', "/proc/$pid/stat" or next;
        my (undef, @field) = split /\) /, <$in>;
        @field = split ' ', $field[0];
        $sum += $field[11] + $field[12];
    }

    return $sum;
}

# They all wait for one fetch, and cost nothing while they do.
sub many_workers {
    my $n = shift;

    my $gateway = OAuth::Test::Gateway->new(workers => $n, level => 'error');

    $gateway->endpoint->answer('/token', { token => canary('token') . '-%d',
                                           delay => TAKES });
    $gateway->start;

    my $end = time + 10;
    my @workers;

    @workers = $gateway->nginx->workers while @workers < $n && time < $end;
    is(scalar @workers, $n, "[I14] $n workers");

    pipe my $from, my $to or die "pipe: $!";
    my $pid = fork() // die "fork: $!";

    if ($pid == 0) {
        # from when all have come to shortly before the answer comes
        $gateway->endpoint->wait_for('/token', 1);
        sleep 0.3 * TAKES;

        my $before = _ticks(@workers);

        sleep 0.6 * TAKES;
        syswrite $to, _ticks(@workers) - $before;
        POSIX::_exit(0);
    }

    close $to;

    my @answers = $gateway->many(10, clients(200, '/'));
    my $ticks = <$from>;
    my $answered = $gateway->endpoint->last_request('/token')->{answered};
    my ($last) = sort { $b <=> $a } map { $_->{end} } @answers;

    waitpid $pid, 0;
    is(tally(@answers), '200 MISS: 1, 200 WAIT: 199',
       '[I14] all of 200 clients are served');
    is($gateway->fetches, 1, '[I1] with one fetch');
    note sprintf 'the last one after %.0f ms, %s ticks while they waited',
         1000 * ($last - $answered), $ticks;
    cmp_ok($last - $answered, '<', WAKES,
           '[I2] soon after the answer has come');
    cmp_ok($ticks, '<=', IDLE, '[I2] and nobody is busy while they wait');
    $gateway->stop;

    return;
}


# So many keys in a zone with room for a few.
sub many_keys {
    my $n = shift;

    my $gateway = OAuth::Test::Gateway->new(workers => 2, level => 'warn',
        http => 'oauth_token_zone zone=z:64k;',
        provider => 'zone z; expiry_leeway 1s;'
            . 'token_endpoint http://127.0.0.1:TOKEN_PORT/token?$arg_t;');
    my ($begun, $good) = (time, 0);

    $gateway->endpoint->answer('/token', { token => 'x' x LONG . '-%d' });
    $gateway->start;

    for (my $i = 0; $i < $n; $i += 50) {
        my @answers = $gateway->many(20, map {
            clients(1, '/?a' . ($i + $_) . '&t=' . ($i + $_)) } 1 .. 50);

        $good += grep { $_->{status} == 200
                        && $_->{body} =~ /Bearer x{3000}-\d+$/ } @answers;
    }

    my @lines = grep { /\[(?:warn|error|crit|alert)\]/ }
                split /\n/, $gateway->nginx->error_log;
    my $minutes = 1 + int((time - $begun) / 60);

    note "$n keys: ", scalar(@lines), ' lines of the log: ',
         substr $lines[0] // '', 0, 200;
    is($good, $n, "[I15] $n keys in a zone of 64 kB: all are served");
    cmp_ok(scalar @lines, '<=', 2 * $minutes,
           '[I15] each worker tells of it once a minute at most');
    is($gateway->get('/?a&t=1')->{status}, 200, '[I15] and goes on');
    $gateway->stop;

    return;
}

1;
