package OAuth::Test::Life::Clock;

# The wall clock of nginx jumps while its tokens live; those of the provider and
# of the upstream do not.

use strict;
use warnings;

use Exporter qw(import);
use Test::More;

use OAuth::Test::Clock qw(sleep wall);
use OAuth::Test::Life qw(SLACK answer gaps failed sums);

our @EXPORT = qw(jumps);
our @EXPORT_OK = qw(clocked start_clocked set_clock);

use constant DAY => 86400;

my @names = qw(FAKETIME_TIMESTAMP_FILE FAKETIME_NO_CACHE
               FAKETIME_DONT_FAKE_MONOTONIC);


sub library {
    return (glob '/usr/lib/*/faketime/libfaketime.so.1')[0]
           // die "no libfaketime\n";
}

# What a gateway's nginx needs for it: options of its new.
sub clocked { return (env => \@names) }

# Starts nginx with a clock that set_clock sets; also the monotonic one, by
# which timers and tokens run, when that is said.
sub start_clocked {
    my ($gateway, $monotonic) = @_;

    $gateway->{clock} = $gateway->nginx->file('conf/clock', "+0\n", 0644);
    chmod 0755, $gateway->nginx->dir . '/conf';

    local $ENV{LD_PRELOAD} = library();
    local @ENV{@names} = ($gateway->{clock}, 1, $monotonic ? 0 : 1);

    # Else a checked build complains of the library that comes first.
    local $ENV{ASAN_OPTIONS} = join ':', grep { length }
                               $ENV{ASAN_OPTIONS}, 'verify_asan_link_order=0';

    return $gateway->start;
}

# So many seconds from the right time.
sub set_clock {
    my ($gateway, $offset) = @_;

    my $file = $gateway->{clock};

    open my $out, '>', "$file.new" or die "$file: $!";
    printf {$out} "%+d\n", $offset;
    close $out or die "$file: $!";
    rename "$file.new", $file or die "$file: $!";
    return;
}

# What nginx believes to be the day, from today.
sub _day {
    my $gateway = shift;

    my ($day) = ($gateway->get('/')->{headers}{date} // '') =~ /, (\d+) /;

    for my $ahead (-2 .. 2) {
        return $ahead if (gmtime(wall + $ahead * DAY))[3] == ($day // 0);
    }

    return 'another';
}


# A day ahead, a day back from the right time, and right again; tokens of that
# life, and one that lives long.
sub jumps {
    my $life = shift;

    my $gateway = OAuth::Test::Life->new(
        life => $life, clocked(), provider => 'prefetch on;',
        more => { long => 'prefetch on;' });
    my $endpoint = $gateway->endpoint;

    $endpoint->answer('/long', answer('long', 1000));
    start_clocked($gateway);

    my $load = $gateway->load(connections => 20, uris => [ '/', '/long' ]);
    my @jumps = (1, -1, 0);

    sleep 0.6 * $life;

    for my $days (@jumps) {
        set_clock($gateway, $days * DAY);
        sleep 1.2 * $life;
        is(_day($gateway), $days, "the clock is wrong by $days days");
    }

    my @rows = $load->stop;
    my @own = grep { $_->{uri} eq '/' } @rows;
    my @gaps = gaps(map { $_->{time} } $endpoint->requests('/token'));

    note scalar(@rows), ' requests: ', sums(@rows), '; fetches after ',
         join ' ', map { sprintf '%.2f', $_ } @gaps;
    is(sums(failed(@rows)), '', '[C7] no request fails');
    is(scalar $gateway->wrong('/token', $endpoint, @own), 0,
       '[C6] [C7] no token is sent after its end');
    cmp_ok(scalar(grep { $_ < 0.4 * $life - 0.02 } @gaps), '<=', @jumps,
           '[C7] one early fetch a jump at most');
    cmp_ok(scalar @gaps, '>=', 6, 'all the time there are fetches');
    cmp_ok($endpoint->count('/long'), '<=', 1 + @jumps,
           'nor more for a token that lives long');
    $gateway->stop;

    return;
}

1;
