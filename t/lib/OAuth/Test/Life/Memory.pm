package OAuth::Test::Life::Memory;

# What a worker keeps of the tokens it has fetched: nothing.

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(max min);
use Test::More;
use Time::HiRes qw(sleep time);

use OAuth::Test::Life qw(slow);

our @EXPORT = qw(refreshes);

# Each of them has a new token ten times a second and more.
use constant { PROVIDERS => 100, LIFE_MS => 200 };

# After so many refreshes a worker has all the memory it needs, but for this
# growth in kB.
use constant { FIRST => 1000, GROWTH => 64 };

use constant SAMPLES => 50;

# What fetches that are running may have more than before.
use constant FILES => slow() ? PROVIDERS : 2;

# An endpoint that costs little: a token and a byte in the log, a request.
my $endpoint = <<'END';
location /token {
    access_log %s/count one;
    default_type application/json;
    return 200 '{"access_token":"$request_id","expires_in":%d}';
}
END


# kB of its own that are in memory; the zone is not, which all share.
sub _memory {
    my $pid = shift;

    open my $in, '<', "/proc/$pid/smaps_rollup" or die "$pid: $!";
    my ($kb) = do { local $/; <$in> } =~ /^Anonymous:\s+(\d+) kB/m;

    return $kb;
}

# Those of the fetches that are running are not meant.
sub _files {
    my $pid = shift;

    return min(map { sleep 0.005; scalar(my @n = glob "/proc/$pid/fd/*") }
               1 .. SAMPLES);
}

# So many tokens are fetched by timers.
sub refreshes {
    my $n = shift;

    my @names = map { "q$_" } 1 .. PROVIDERS;
    my $gateway = OAuth::Test::Life->new(
        echo => sub { sprintf $endpoint, $_[0]->dir, LIFE_MS },
        more => { map { $_ => 'prefetch on;'
                  . 'token_endpoint http://127.0.0.1:UPSTREAM_PORT/token;'
                  } @names });
    my $file = $gateway->upstream->dir . '/count';

    $gateway->start;

    my $reach = sub {
        my $wanted = shift;
        my $end = time + 10 + $wanted / 200;

        # a byte and the end of the line for each
        sleep 0.05 while (-s $file // 0) / 2 < $wanted && time < $end;
        return (-s $file // 0) / 2;
    };

    $reach->(FIRST);

    my @workers = $gateway->nginx->workers;
    my %before = map { $_ => [ _memory($_), _files($_) ] } @workers;
    my $done = $reach->(FIRST + $n);
    my @grown = map { _memory($_) - $before{$_}[0] } @workers;
    my @opened = map { _files($_) - $before{$_}[1] } @workers;

    note "$done refreshes: @grown kB more, @opened files more";
    cmp_ok($done, '>=', FIRST + $n, "$n refreshes");

    # A checked build keeps what was freed, to look at it.
    cmp_ok(max(@grown), '<=', GROWTH, 'memory does not grow') if !slow();
    cmp_ok(max(@opened), '<=', FILES, 'nor the number of open files');
    is(join(' ', $gateway->nginx->workers), "@workers", 'of the same workers');
    $gateway->stop;

    return;
}

1;
