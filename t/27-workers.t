# Workers that die, that have no connection left, that have no master.

use strict;
use warnings;
use lib 't/lib';

use IO::Socket::INET;
use List::Util qw(max);
use POSIX ();
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(time);
use OAuth::Test::Gateway qw(clients tally);

# What a take-over may cost, and the machine, in seconds.
use constant { NOTICED => 0.25, PROVIDER => 0.1, SLACK => 0.15 };

my $token = canary('token') . '-%d';


# kill -9 of the worker that fetches.  Now and then it has taken all clients,
# and the others have nobody to serve: again.
sub killed {
    my $tries = shift // 5;
    my $gateway = OAuth::Test::Gateway->new(
        workers => 4, allow => qr/exited on signal 9/);
    my ($endpoint, $nginx) = ($gateway->endpoint, $gateway->nginx);

    $endpoint->answer('/token', { never => 1 },
                      { token => $token, delay => PROVIDER });
    $gateway->start;

    my $pid = open(my $from, '-|') // die "fork: $!";

    if ($pid == 0) {
        $endpoint->wait_for('/token', 1);

        my ($worker) = $nginx->talking_to($endpoint->port);

        # Time for the others to have come.
        select undef, undef, undef, 0.2;
        kill 'KILL', $worker;
        syswrite STDOUT, time;
        POSIX::_exit(0);
    }

    my @answers = $gateway->many(5, clients(60, '/'));
    my @good = grep { $_->{status} == 200 } @answers;

    if (!@good && $tries > 1) {
        $gateway->stop;
        return killed($tries - 1);
    }

    my $late = max(map { $_->{end} } @good) - <$from>;

    is(scalar(grep { $_->{status} != 200 && $_->{raw} ne '' } @answers), 0,
       'the fetching worker is killed: nobody gets an error');
    cmp_ok(scalar @good, '>', 0, 'those of other workers are served');
    is(tally(@good), '200 WAIT: ' . @good, 'all of them have waited');
    is($gateway->fetches, 2, 'with one fetch more');
    is($gateway->get('/')->{headers}{'x-cache'}, 'HIT', 'its token is kept');
    $gateway->stop;
    note sprintf 'served after %.0f ms', 1000 * $late;

    return $late;
}

{
    my $limit = NOTICED + PROVIDER + SLACK;
    my $late = killed();

    # Other work on the machine may have been the cause.
    $late = killed() if $late > $limit;
    cmp_ok($late, '<', $limit, '[I3] another worker takes over in time');
}


# Requests that hold a connection each: their heads are not complete.
sub occupy {
    my ($port, $n) = @_;

    my @socks = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                            PeerPort => $port) } 1 .. $n;
    syswrite $_, "GET / HTTP/1.1\r\n" for @socks;
    select undef, undef, undef, 0.05;

    return @socks;
}

# An nginx with few connections.
sub Few::head {
    return OAuth::Test::Nginx::head(@_)
           =~ s/worker_connections \d+/worker_connections 16/r;
}

{
    @Few::ISA = ('OAuth::Test::Nginx');

    my $gateway = OAuth::Test::Gateway->new(
        allow => qr/worker_connections are not enough/);
    my %seen;

    bless $gateway->nginx, 'Few';
    $gateway->start;

    my ($worker) = $gateway->nginx->workers;

    # From too many to few enough.
    for my $n (reverse 1 .. 12) {
        my @socks = occupy($gateway->port, $n);
        my $answer = $gateway->get('/');
        my $result = $answer->{status}
                     . ($answer->{headers}{'x-error'} // '');

        note "$n connections taken: $result";
        $seen{$result}++;
        close $_ for @socks;
        last if $answer->{status} == 200;
    }

    is(join(' ', grep { !/\A(?:0|200|503internal)\z/ } sort keys %seen), '',
       '[I14] no connection left: 503');
    ok($seen{'503internal'}, 'of the module itself');
    is($gateway->get('/')->{body}, 'GET / ' . $gateway->token(1) . "\n",
       'enough of them: all is well');
    is(join(' ', $gateway->nginx->workers), $worker, 'the worker is the same');
    $gateway->stop;
}


{
    my $gateway = OAuth::Test::Gateway->new(main => 'master_process off;');

    $gateway->endpoint->answer('/token', { token => $token, delay => 0.2 });
    $gateway->start;
    is(tally($gateway->many(5, clients(10, '/'))), '200 MISS: 1, 200 WAIT: 9',
       '[I14] master_process off');
    is($gateway->get('/')->{headers}{'x-cache'}, 'HIT', 'keeps its token');
    $gateway->stop;
}

done_testing();
