# Reloads that change a provider in every way, that are refused, that take the
# module away; upgrades that are taken back; an end that has a limit.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway qw(clients tally);
use OAuth::Test::Life qw(SLACK slow failed sums);

# Each request has a connection of its own, so that none meets one that a
# worker which quits is closing.
use constant LOAD => (connections => 10, keepalive => 0);

# in seconds
use constant { MOMENT => 0.15, LIMIT => 2 };

my $endpoint = 'token_endpoint http://127.0.0.1:TOKEN_PORT/token';
my $zone = sub { http => "oauth_token_zone zone=z:$_[0]k;",
                 provider => 'prefetch on; zone z;' };

# name => what is new, and whether the old token is as good as before
my @changes = (
    [ 'a scope' => { provider => 'prefetch on; scope read;' }, 0 ],
    [ 'another scope' => { provider => 'prefetch on; scope write;' }, 0 ],
    [ 'a secret' => { provider => 'prefetch on; client_secret 2-SECRET;' },
      0 ],
    [ 'an endpoint' => { provider => "prefetch on; $endpoint?2;" }, 0 ],
    [ 'a lifetime' => { provider => 'prefetch on; token_lifetime max=1h;' },
      0 ],
    [ 'a tenant' => { provider => "prefetch on; $endpoint?t=a;" }, 0 ],
    [ 'tenants' => { provider => 'parameter t x$arg_t;' }, 0 ],
    [ 'a zone' => { $zone->(64) }, 0 ],
    [ 'a larger zone' => { $zone->(128) }, 0 ],
    [ 'another provider' => { $zone->(128), http =>
        'oauth_token_zone zone=z:128k;'
        . OAuth::Test::Gateway->block('q', 'client_id q;') }, 1 ],
    [ 'without it again' => { $zone->(128) }, 1 ],
);

# Under load; the gateway, the workers, the endpoint and the tokens go on.
{
    my $gateway = OAuth::Test::Life->new(life => 1000, workers => 2,
                                         provider => 'prefetch on;')->start;
    my $nginx = $gateway->nginx;
    my $token = 1;

    for my $change (@changes) {
        my ($name, $new, $same) = @$change;
        my %old = map { $_ => 1 } $nginx->workers;
        my $load = $gateway->load(LOAD);

        sleep MOMENT;
        $gateway->configure(http => '', %$new, provider =>
            'expires_field expires_in unit=ms;'
            . 'token_lifetime ' . ($name eq 'a lifetime' ? 'max=1h' : 'min=10ms')
            . ';' . $new->{provider} =~ s/token_lifetime.*?;//r);
        ok($nginx->reload, "[I9] a reload changes: $name");
        sleep MOMENT;

        my @rows = $load->stop;
        my $next = $same ? $token : $token + 1;
        my %used;

        for my $row (grep { $_->{fate} eq 'answer' } @rows) {
            my $whose = $old{ $row->{pid} } ? 'old' : 'new';

            $used{"$whose $1"} = 1 if $row->{body} =~ /-(\d+)\z/;
        }

        is(sums(failed(@rows)), '', '[I9] no request fails');
        is(join(', ', sort keys %used), "new $next, old $token",
           '[I9] new workers have the token that is theirs');
        $token = $next;
    }

    $gateway->stop;
}


# The module goes; in a binary that has it built in, what it does goes.
{
    my $gateway = OAuth::Test::Gateway->new(workers => 2)->start;
    my $nginx = $gateway->nginx;

    is($gateway->get('/')->{status}, 200, '[I9] a token');
    $nginx->http($gateway->expand(<<'END'));
server {
    listen 127.0.0.1:PORT;
    location / { proxy_pass http://127.0.0.1:UPSTREAM_PORT; }
}
END

    {
        no warnings 'redefine';
        local *OAuth::Test::Nginx::module = sub { '' };

        ok($nginx->reload, '[I9] a reload takes the module away');
    }

    is($gateway->get('/')->{body}, "GET / \n", '[I9] nginx goes on without');
    $gateway->configure;
    ok($nginx->reload, '[I9] it comes again');
    like($gateway->get('/')->{body}, qr/Bearer/, '[I9] and has a token');
    $gateway->stop;
}


# A reload with what cannot be: the old configuration serves.
{
    my $gateway = OAuth::Test::Gateway->new(workers => 2,
        allow => qr/\[emerg\].*(?:conf\/key|unknown\ directive|provider)/x,
        provider => 'client_secret file:DIR/conf/key;');
    my $nginx = $gateway->nginx;

    my %broken = (
        'the file of a secret has gone' => sub { unlink $nginx->dir
                                                        . '/conf/key' },
        'the file of a secret is empty' => sub { $nginx->file('conf/key', '') },
        'a mistake' => sub { $gateway->configure(http => 'oauth_provider q {'
                                                         . 'no such; }') },
        'a provider that is not there' =>
            sub { $gateway->configure(http => '',
                                      server => 'oauth_token_provider x;') },
    );

    $nginx->file('conf/key', canary('file'));
    $gateway->start;
    $gateway->get('/');

    for my $name (sort keys %broken) {
        my $workers = join ' ', $nginx->workers;

        $broken{$name}->();
        ok(!$nginx->reload(MOMENT + SLACK), "[I10] $name: no reload");
        is(join(' ', $nginx->workers), $workers, '[I10] the workers stay');
        is($gateway->get('/')->{headers}{'x-cache'}, 'HIT',
           '[I10] and serve on');
    }

    is($gateway->fetches, 1, '[I10] no fetch more');
    $gateway->stop;
}


# An upgrade that is taken back: the old binary gets workers again.
{
    my $gateway = OAuth::Test::Life->new(life => 1000, workers => 2,
        daemon => 1, provider => 'prefetch on;')->start;
    my $nginx = $gateway->nginx;
    my $load = $gateway->load(LOAD);

    sleep MOMENT;

    my $old = $nginx->upgrade;

    ok($old, '[I11] USR2: another master') or BAIL_OUT('no upgrade');

    my $new = $nginx->{pid};

    kill 'WINCH', $old;
    sleep MOMENT;
    kill 'HUP', $old;
    $nginx->{pid} = $old;

    my $end = time + 10;

    sleep 0.02 while $nginx->workers < 2 && time < $end;
    kill 'QUIT', $new;
    sleep 0.02 while !OAuth::Test::Nginx::gone($new) && time < $end;
    ok(time < $end, '[I11] WINCH, HUP, QUIT: the old one is back');
    sleep MOMENT;
    is(sums(failed($load->stop)), '', '[I11] no request fails');
    is($gateway->fetches, 2, '[I11] one fetch for each master');
    $gateway->stop;
}


# A graceful end with a fetch that does not end.
{
    my $gateway = OAuth::Test::Gateway->new(workers => 2,
        main => 'worker_shutdown_timeout ' . LIMIT . 's;',
        provider => 'fetch_timeout 60s; proxy_read_timeout 60s;');

    $gateway->endpoint->answer('/token', { never => 1 });
    $gateway->start;

    my $pid = fork() // die "fork: $!";

    if ($pid == 0) {
        my @answers = $gateway->many(20, clients(4, '/'));

        POSIX::_exit(scalar grep { ($_->{error} // '') eq 'timeout'
                                   || $_->{status} == 200 } @answers);
    }

    $gateway->endpoint->wait_for('/token', 1);

    my $begun = time;

    $gateway->stop(LIMIT + 5);
    cmp_ok(time - $begun, '<', LIMIT + 1 + SLACK,
           '[I12] a fetch that hangs holds nginx for worker_shutdown_timeout');
    waitpid $pid, 0;
    is($? >> 8, 0, '[I12] and those who wait, too');
}

done_testing();
