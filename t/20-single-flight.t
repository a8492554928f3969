# Many clients want the same token at the same time: one fetch for all of them.

use strict;
use warnings;
use lib 't/lib';

use List::Util qw(max);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::Build qw(bound);
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway qw(clients tally);
use OAuth::Test::H2 qw(h2_many);

use constant { CLIENTS => 300, TAKES => 0.3 };
use constant LATE => bound(0.3, 0.6);

# An upstream that costs no time to speak of.
my $fast = <<'END';
server {
    listen unix:DIR/api.sock;
    access_log off;
    location / { return 200 $http_authorization; }
}
END

sub gateway {
    my $gateway = OAuth::Test::Gateway->new(
        workers => 4, level => 'info', http => $fast,
        location => 'proxy_pass http://unix:DIR/api.sock;', @_,
    );

    $gateway->endpoint->answer('/token', {
        token => canary('token') . '-%d', delay => TAKES,
    });

    return $gateway->start;
}

# Those that were served with the first token.
sub served {
    my $gateway = shift;

    return scalar grep { $_->{body} eq $gateway->token(1) } @_;
}

# Runs a scenario with a new gateway; once more when it was late, since other
# work on the machine may have been the cause.
sub in_time {
    my ($name, $run) = @_;

    my $late;

    for my $try (1, 2) {
        my $gateway = gateway();
        my @answers = $run->($gateway);
        my $answered = $gateway->endpoint->last_request('/token')->{answered};

        $late = max(map { $_->{end} } grep { !$_->{error} } @answers)
                - $answered;
        note sprintf '%s: the last client was served after %.1f ms', $name,
                     1000 * $late;

        is($gateway->fetches, 1, "[I1] $name: one fetch");
        $gateway->stop;
        last if $late < LATE;
    }

    return cmp_ok($late, '<', LATE, "[I2] $name: nobody waits for long after "
                                    . "the provider's answer");
}


in_time('300 cold clients', sub {
    my $gateway = shift;

    my @answers = $gateway->many(10, clients(CLIENTS, '/'));

    is(tally(@answers), '200 MISS: 1, 200 WAIT: 299',
       'one client causes the fetch, the others wait for it');
    is(served($gateway, @answers), CLIENTS, 'all get the token');
    is($gateway->get('/')->{headers}{'x-cache'}, 'HIT', 'then it is there');

    return @answers;
});


in_time('the client that caused the fetch leaves', sub {
    my $gateway = shift;

    # It comes first: the others start when its token request has arrived.
    my $pid = fork() // die "fork: $!";

    if ($pid == 0) {
        $gateway->many(10, clients(1, '/', leave => TAKES / 2));
        POSIX::_exit(0);
    }

    $gateway->endpoint->wait_for('/token', 1);

    my @answers = $gateway->many(10, clients(CLIENTS, '/'));

    waitpid $pid, 0;
    is(tally(@answers), '200 WAIT: 300', '[I7] the others are served');
    is(served($gateway, @answers), CLIENTS, 'all with its token');

    return @answers;
});


in_time('clients leave while they wait', sub {
    my $gateway = shift;

    my @answers = $gateway->many(10, clients(CLIENTS / 2, '/'),
        clients(CLIENTS / 2, '/', leave => TAKES / 2));

    like(tally(@answers), qr/, left: 150\z/, 'half of them leave');
    is(served($gateway, @answers), CLIENTS / 2, 'the others are served');

    return @answers;
});

{
    my $gateway = gateway();
    my @answers = $gateway->many(10, clients(40, '/', leave => TAKES / 3));

    is(tally(@answers), 'left: 40', 'all clients leave');

    sleep TAKES;
    is($gateway->get('/')->{headers}{'x-cache'}, 'HIT',
       '[I7] the fetch is finished all the same');
    is($gateway->fetches, 1, 'no other is made');
    $gateway->stop;
}

{
    my $port = OAuth::Test::Nginx::free_port();
    my $gateway = gateway(server => "listen 127.0.0.1:$port http2;");

    my @bodies = h2_many($port, 50, 10);

    is(scalar(grep { $_ eq $gateway->token(1) } @bodies), 40,
       '[I7] an HTTP/2 connection with 50 streams, of which 10 are reset');
    is($gateway->fetches, 1, 'causes one fetch');
    $gateway->stop;
}

done_testing();
