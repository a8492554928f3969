package OAuth::Test::Life::Cycle;

# What nginx itself goes through: reloads, upgrades, its end, too little room.

use strict;
use warnings;

use Exporter qw(import);
use IO::Socket::INET;
use Test::More;

use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Life qw(SLACK answer gaps least most failed sums);

our @EXPORT = qw(reloads reloads_with_refreshes new_configuration upgrades
                 last_fetch armed few_connections full_zone);

# Each request has a connection of its own, so that none meets one that a
# worker which quits is closing.
use constant CLIENTS => (connections => 20, keepalive => 0);


sub _gateway {
    my ($life, %arg) = @_;

    return OAuth::Test::Life->new(life => $life, workers => 2,
                                  provider => 'prefetch on;', %arg)->start;
}

# So many reloads under load; the token lives longer.
sub reloads {
    my $n = shift;

    my $gateway = _gateway(1000);
    my $load = $gateway->load(CLIENTS);
    my $done = grep { $gateway->nginx->reload } 1 .. $n;
    my @rows = $load->stop;

    note scalar(@rows), ' requests: ', sums(@rows);
    is($done, $n, "[I8] $n reloads under load");
    is(sums(failed(@rows)), '', '[I8] no request fails');
    is($gateway->fetches, 1, '[I8] no fetch more');
    $gateway->stop;

    return;
}

# The same while tokens are refreshed all the time.
sub reloads_with_refreshes {
    my $n = shift;

    my $gateway = _gateway(1);
    my $load = $gateway->load(CLIENTS);
    my $done = grep { $gateway->nginx->reload } 1 .. $n;
    my @rows = $load->stop;
    my @came = map { $_->{time} } $gateway->endpoint->requests('/token');

    note scalar(@rows), ' requests: ', sums(@rows), '; ', scalar(@came),
         ' fetches';
    is($done, $n, "$n reloads while tokens are refreshed");
    is(sums(failed(@rows)), '', 'no request fails');
    is(scalar $gateway->wrong('/token', $gateway->endpoint, @rows), 0,
       'no token is sent after its end');
    cmp_ok(least(gaps(@came)), '>', 0.35, 'one fetch a period');
    $gateway->stop;

    return;
}


# name => lines of the provider that make it another one
my @changes = (
    [ 'another secret' => 'client_secret 2-SECRET;' ],
    [ 'another endpoint' =>
      'token_endpoint http://127.0.0.1:TOKEN_PORT/token?2;' ],
);

# Under load, while old workers go on for a while.
sub new_configuration {
    my $gateway = _gateway(1000);
    my $number = 1;

    for my $change (@changes) {
        my ($name, $lines) = @$change;
        my %old = map { $_ => 1 } $gateway->nginx->workers;
        my $load = $gateway->load(CLIENTS);

        sleep 0.2;
        $gateway->provider("prefetch on; $lines");
        ok($gateway->nginx->reload, "a reload: $name");
        sleep 0.3;

        my @rows = $load->stop;
        my %used;

        for my $row (grep { $_->{fate} eq 'answer' } @rows) {
            my $whose = $old{ $row->{pid} } ? 'old' : 'new';
            $used{"$whose $1"} = 1 if $row->{body} =~ /-(\d+)\z/;
        }

        is(sums(failed(@rows)), '', 'no request fails');
        is(join(', ', sort keys %used),
           'new ' . ($number + 1) . ", old $number",
           '[I9] new workers do not use the old token');
        is($gateway->fetches, ++$number, 'one fetch');
    }

    $gateway->stop;

    return;
}


# Another binary beside the old one, which then quits.
sub upgrades {
    my $n = shift;

    my $gateway = _gateway(1000, daemon => 1);
    my $nginx = $gateway->nginx;
    my $load = $gateway->load(CLIENTS);

    for my $i (1 .. $n) {
        my %old = map { $_ => 1 } $nginx->workers;
        my $before = time;
        my $old = $nginx->upgrade;

        # Signals to process 0 would go to ourselves.
        ok($old, 'USR2: another master and its workers') or last;
        sleep 0.3;

        my %new = map { $_ => 1 } $nginx->workers;

        is($gateway->fetches, 1 + $i, '[I11] one fetch for them');
        kill 'QUIT', $old;

        my $end = time + 10;
        sleep 0.01 while !OAuth::Test::Nginx::gone($old) && time < $end;
        ok(time < $end, 'the old one quits');
        is($gateway->fetches, 1 + $i, 'no other fetch');
    }

    sleep 0.2;

    my @rows = $load->stop;
    my (%pids, @foreign);

    for my $row (grep { $_->{fate} eq 'answer' } @rows) {
        $pids{ $row->{pid} }{$1} = 1 if $row->{body} =~ /-(\d+)\z/;
    }

    is(sums(failed(@rows)), '', 'no request fails');
    is(join(' ', grep { keys %{ $pids{$_} } != 1 } keys %pids), '',
       '[I11] every worker has the token of its master');
    is(join(' ', keys %{{ map { %$_ } @pids{ $nginx->workers } }}), 1 + $n,
       'the last ones that of the last fetch');
    $gateway->stop;

    return;
}


# A graceful end while a fetch is in flight, for which clients wait.
sub last_fetch {
    my $gateway = OAuth::Test::Life->new(life => 100, workers => 2);

    $gateway->endpoint->answer('/token', answer('token', 100, delay => 1));
    $gateway->start;

    my $load = $gateway->load(connections => 4, interval => 60, spread => 0);

    $gateway->endpoint->wait_for('/token', 1);
    sleep SLACK;
    $gateway->stop(1 + 5 * SLACK);

    my @rows = $load->stop;

    is(sums(@rows), '200 MISS: 1, 200 WAIT: 3',
       '[I12] those who waited when nginx was to quit are served');

    return;
}

# A graceful end with timers for refreshes, and for the end of pauses.
sub armed {
    my $gateway = _gateway(100, more => { q => 'prefetch on;' });

    $gateway->endpoint->fault('/q', { status => 429,
                                      headers => [ 'Retry-After', 60 ] });
    $gateway->get('/');
    $gateway->get('/q');
    $gateway->stop(5 * SLACK);

    return;
}


# An nginx with few connections.
sub OAuth::Test::Life::Few::head {
    return OAuth::Test::Nginx::head(@_)
           =~ s/worker_connections \d+/worker_connections 16/r;
}

@OAuth::Test::Life::Few::ISA = ('OAuth::Test::Nginx');

# Requests that hold a connection each: their heads are not complete.
sub _occupy {
    my ($port, $n) = @_;

    my @socks = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                            PeerPort => $port) } 1 .. $n;
    syswrite $_, "GET / HTTP/1.1\r\n" for @socks;
    sleep 0.03;

    return @socks;
}

# The refresh of a token is due, and there is no connection for it.
sub few_connections {
    my $life = shift;

    my $gateway = OAuth::Test::Life->new(
        life => $life, workers => 1,
        allow => qr/worker_connections are not enough/);

    bless $gateway->nginx, 'OAuth::Test::Life::Few';
    $gateway->start;
    is($gateway->get('/')->{status}, 200, 'few connections: a token');
    sleep 0.55 * $life;

    my %seen;

    # From too many to few enough.
    for my $n (reverse 1 .. 12) {
        my @socks = _occupy($gateway->port, $n);
        my $answer = $gateway->get('/');

        $seen{join ' ', grep { defined } $answer->{status},
              @{ $answer->{headers} }{qw(x-cache x-error)}}++;
        close $_ for @socks;
        last if $gateway->fetches > 1;
    }

    note join ', ', map { "$_: $seen{$_}" } sort keys %seen;
    ok($seen{'200 STALE'}, 'none for the refresh: the token is used on');
    is(join(' ', grep { / ERROR/ } keys %seen), '',
       '[I14] no request lacks it');

    # The attempts that failed for want of connections may have a pause.
    my $end = time + $life;

    while (time < $end && $gateway->fetches < 2) {
        $gateway->get('/');
        sleep 0.05;
    }

    is($gateway->get('/')->{body} =~ /-2\z/ ? 2 : 1, 2,
       'then there are connections, and a new one');
    $gateway->stop;

    return;
}


# Tokens of which the zone has room for a few, all kept fresh by timers.
sub full_zone {
    my ($life, $seconds, $workers) = (@_, 2);

    my @names = map { "q$_" } 1 .. 12;
    my $gateway = OAuth::Test::Life->new(
        life => $life, workers => $workers,
        provider => 'zone z;',
        http => 'oauth_token_zone zone=z:32k;',
        more => { map { $_ => 'prefetch on; zone z;' } @names });
    my $endpoint = $gateway->endpoint;

    # The name that the test knows is the end of it.
    $endpoint->answer("/$_", { %{ answer($_, $life) },
                               token => 'x' x 5000 . '-%d' }) for @names;
    $gateway->start;

    my $load = $gateway->load(uris => [ map { "/$_" } @names ]);

    sleep $seconds;

    my @rows = $load->stop;
    my $most = most(map { $endpoint->count("/$_") } @names);
    my $limit = $workers * (1 + $seconds / (0.4 * $life));

    note scalar(@rows), ' requests: ', sums(@rows), "; $most fetches of one";
    is(sums(failed(@rows)), '', '[I15] a zone too small: no request fails');
    cmp_ok($most, '<=', $limit, 'one fetch a period and worker at most');
    $gateway->stop;

    return;
}

1;
