package OAuth::Test::Life::Tenants;

# Many tenants under load: none ever has another's token.
#
# The endpoint and the API are an nginx each: a token holds the id that its
# client has shown and the moment at which it was made, the API tells what came
# and when.

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(max);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Life qw(SLACK slow sums);
use OAuth::Test::Life::Memory qw(memory);

our @EXPORT = qw(isolation crowded);

use constant { TENANTS => 64, WORKERS => 4, LIFE => 1 };

# Of a round, so that what it left fits into memory.
use constant ROUND => 50_000;

# So many connections of two generators each, which the machine cannot keep up
# with: it does what it can.
use constant { CONNECTIONS => 32, INTERVAL => 0.002 };

# Growth of a worker's memory, in kB, once it has all that it needs.
use constant GROWTH => 256;

# A reload and a kill every so many seconds, half of it apart.
use constant PERIOD => slow() ? 6 : 2;

my $endpoint = <<'END';
location /token {
    default_type application/json;
    return 200 '{"access_token":"%s-$remote_user-${msec}%s","expires_in":%d}';
}
END


# Options: pad, bytes that make tokens longer; life, in seconds; others as in
# OAuth::Test::Life.
sub _gateway {
    my (%arg) = @_;

    my ($pad, $life) = (delete $arg{pad} // '', delete $arg{life} // LIFE);

    return OAuth::Test::Life->new(
        workers => WORKERS, allow => qr/exited on signal 9/, %arg,
        echo => sub {
            sprintf $endpoint, canary('token'), $pad, 1000 * $life;
        },
        provider => 'token_endpoint http://127.0.0.1:UPSTREAM_PORT/token;'
            . 'client_id tenant$arg_t; client_secret SECRET$arg_t;'
            . ($arg{provider} // ''),
    )->start;
}

# Rows that were served with anything but a token of their tenant, or with one
# that had ended.
sub _wrong {
    my ($life, @rows) = @_;

    my $token = canary('token');

    return grep {
        my ($tenant) = $_->{uri} =~ /t=(\w+)/;
        my ($now, $made) = $_->{body}
            =~ /\A([\d.]+) Bearer \Q$token\E-tenant$tenant-([\d.]+)x*\z/;

        # on its way to the API it may have to wait for a busy machine
        !$made || $now - $made > $life + SLACK;
    } grep { $_->{fate} eq 'answer' && $_->{status} == 200 } @rows;
}

# A generator that goes through the tenants in an order of its own.
sub _load {
    my ($gateway, $tenants, $step) = @_;

    my @uris = map { '/?t=' . $_ * $step % $tenants } 0 .. $tenants - 1;

    return $gateway->load(connections => CONNECTIONS, interval => INTERVAL,
                          spread => 0.2, uris => \@uris);
}


# So many requests while tokens end, configurations are reloaded and workers
# are killed.
sub isolation {
    my $wanted = shift;

    my $gateway = _gateway();
    my ($n, $kills, $reloads, $began) = (0, 0, 0, time);
    my (@wrong, %fate);

    # a fast machine has made them before two workers were killed
    while (($n < $wanted || $kills < 2 || $reloads < 2)
           && time < $began + 60 + $wanted / 500) {
        my @loads = (_load($gateway, TENANTS, 1), _load($gateway, TENANTS, 5));
        my $rows = 0;

        do {
            sleep PERIOD / 2;
            $reloads += $gateway->nginx->reload;
            sleep PERIOD / 2;

            my @workers = $gateway->nginx->workers;

            $kills += kill 'KILL', $workers[rand @workers];
            $rows = _written(150, @loads);
        } while ($rows < ROUND && $n + $rows < $wanted);

        for my $load (@loads) {
            my @rows = $load->stop;

            $n += @rows;
            $fate{ $_->{fate} eq 'answer'
                   ? "$_->{status} " . ($_->{cache} // '') : $_->{fate} }++
                for @rows;
            push @wrong, _wrong(LIFE, @rows);
        }
    }

    note "$n requests in ", int(time - $began), " s, $reloads reloads, ",
         "$kills kills: ", join ', ', map { "$_: $fate{$_}" } sort keys %fate;
    cmp_ok($n, '>=', $wanted, "$wanted requests of " . TENANTS . ' tenants');
    cmp_ok($kills, '>=', 2, 'with kills');
    cmp_ok($reloads, '>=', 2, 'and reloads');
    is(scalar @wrong, 0,
       "[F5] none has another's token, nor one that has ended")
        or diag map { "$_->{uri} $_->{body}\n" } splice @wrong, 0, 10;
    is(join(' ', grep { !/\A(?:200 (?:HIT|MISS|WAIT|STALE)|lost|torn)\z/ }
                 sort keys %fate), '', 'nor does any fail');
    cmp_ok(($fate{lost} // 0) + ($fate{torn} // 0), '<=',
           2 * CONNECTIONS * $kills, 'but those of the killed workers');
    $gateway->stop;

    return;
}

# Requests that have ended so far, about, if a row has so many bytes.
sub _written {
    my ($size, @loads) = @_;

    my $bytes = 0;

    $bytes += -s $_->{file}->filename for @loads;

    return $bytes / $size;
}


# More tenants than the zone has room for, for so many seconds and more, until
# each of them has come twice.
sub crowded {
    my ($tenants, $zone, $seconds) = @_;

    my $gateway = _gateway(
        pad => 'x' x 1150, life => 3600, level => 'info',
        http => "oauth_token_zone zone=small:$zone;",
        provider => 'zone small;',
    );
    my @loads = (_load($gateway, $tenants, 1), _load($gateway, $tenants, 7));

    sleep $seconds / 2;

    my %before = map { $_ => memory($_) } $gateway->nginx->workers;

    sleep $seconds / 2;

    my $end = time + 60;

    sleep 0.1 while _written(1400, @loads) < 2 * $tenants && time < $end;

    my @grown = map { memory($_) - $before{$_} } $gateway->nginx->workers;
    my @rows = map { $_->stop } @loads;
    my %tokens = map { /Bearer (\S+)/ ? ($1 => 1) : () }
                 map { $_->{body} } @rows;

    note scalar(@rows), ' requests: ', sums(@rows), '; ', scalar(keys %tokens),
         " tokens; @grown kB more";
    is(scalar _wrong(3600, @rows), 0,
       "[F4] $tenants tenants in a zone of $zone: none has another's token");
    is(join(' ', grep { !/\A200 (?:HIT|MISS|WAIT)\z/ }
                 map { s/: \d+\z//r } split /, /, sums(@rows)),
       '', 'nor does any fail');
    cmp_ok(scalar keys %tokens, '>', 1.2 * $tenants,
           'tokens are evicted and fetched again');

    # A checked build keeps what was freed, to look at it.
    cmp_ok(max(@grown), '<=', GROWTH, 'memory does not grow') if !slow();
    $gateway->stop;

    return;
}

1;
