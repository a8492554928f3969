# What becomes of a token when nginx reads its configuration again.

use strict;
use warnings;
use lib 't/lib';

use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway qw(clients tally);

# a second provider, and its location
my $other = 'location /q { oauth_token_provider q;'
            . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }';
my $q = OAuth::Test::Gateway->block(
    'q', 'token_endpoint http://127.0.0.1:TOKEN_PORT/q;');

sub gateway {
    my ($delay, @arg) = @_;

    my $gateway = OAuth::Test::Gateway->new(workers => 2, @arg);

    # one for "file:", where a test wants it
    $gateway->nginx->file('conf/key', canary('file'));
    $gateway->endpoint->answer($_, { token => canary('token') . '-%d',
                                     delay => $delay }) for '/token', '/q';

    return $gateway->start;
}

# With the token of this number, and so many fetches so far.
sub served {
    my ($gateway, $n, $name) = @_;

    # Both workers have been asked after so many.
    my @bodies = map { $_->{body} } $gateway->many(5, clients(20, '/'));
    my $good = 'GET / ' . $gateway->token($n) . "\n";

    is(scalar(grep { $_ eq $good } @bodies), 20, $name);

    return is($gateway->fetches, $n, "number of fetches: $n");
}

sub reload {
    my ($gateway, %change) = @_;

    $gateway->configure(%change);
    return ok($gateway->nginx->reload, 'a reload');
}


{
    my $gateway = gateway(0);

    served($gateway, 1, 'a first token');
    reload($gateway);
    served($gateway, 1, '[F3] nothing has changed: the token is kept');
    reload($gateway, http => '# a comment', location => 'proxy_buffering off;');
    served($gateway, 1, 'something else has changed: the token is kept');
    reload($gateway, provider => 'client_secret 2-SECRET;');
    served($gateway, 2, '[F3] [I9] another secret: the old token is not used');
    reload($gateway, provider => 'client_secret 2-SECRET; proxy_bind 127.0.0.1;');
    served($gateway, 3, 'another way to the endpoint: nor is that one');
    reload($gateway, provider => 'request_header Host tenant.example;');
    served($gateway, 4, 'another Host: nor that');
    $gateway->stop;
}


{
    my $gateway = gateway(0, provider => 'client_secret file:DIR/conf/key;');

    served($gateway, 1, 'a secret in a file');
    reload($gateway);
    served($gateway, 1, 'which is the same: the token is kept');
    $gateway->nginx->file('conf/key', canary('second'));
    reload($gateway);
    served($gateway, 2, '[F3] the file holds another: the token is not used');
    $gateway->stop;
}


{
    my $zone = sub { "oauth_token_zone zone=z:$_[0];" };
    my $gateway = gateway(0, http => $zone->('1m'), provider => 'zone z;');

    served($gateway, 1, 'a zone of its own');
    reload($gateway);
    served($gateway, 1, 'the same zone: the token is kept');
    reload($gateway, http => $zone->('2m'));
    served($gateway, 2, '[F8] [I9] the zone has another size: a new token');
    reload($gateway, http => $zone->('2m'), provider => '');
    served($gateway, 3, 'the default zone: a new token');
    $gateway->stop;
}

{
    my $gateway = gateway(0);

    served($gateway, 1, 'one provider');
    reload($gateway, http => $q, server => $other);
    is($gateway->get('/q')->{body}, 'GET /q ' . $gateway->token(1) . "\n",
       'a new provider before it');
    served($gateway, 1, 'the token of the first is kept');
    reload($gateway, http => '', server => '');
    served($gateway, 1, '[I9] as it is when the new one has gone');
    reload($gateway, http => $q, server => $other);
    is($gateway->get('/q')->{status}, 200, 'the new one comes again');
    is($gateway->endpoint->count('/q'), 1, 'and finds its token');
    $gateway->stop;
}

# Clients in a process of their own; calling what this returns waits for them.
sub beside {
    my $gateway = shift;

    my $pid = open(my $from, '-|') // die "fork: $!";

    if ($pid == 0) {
        syswrite STDOUT, tally($gateway->many(5, clients(10, '/')));
        POSIX::_exit(0);
    }

    $gateway->endpoint->wait_for('/token', 1);

    return sub { return scalar <$from> };
}

# A fetch of the old workers is the only one for the new ones as well.
{
    my $gateway = gateway(1);
    my $before = beside($gateway);

    reload($gateway);

    my @answers = $gateway->many(5, clients(10, '/'));

    is($before->(), '200 MISS: 1, 200 WAIT: 9', 'those who came before it wait');
    is(tally(@answers), '200 WAIT: 10', 'and those who came after it');
    is($gateway->fetches, 1, 'for the same fetch');
    $gateway->stop;
}

# What is in flight is finished before a worker quits.
{
    my $gateway = gateway(1);
    my $clients = beside($gateway);

    # a connection that nginx has not taken yet is not in flight
    sleep 0.5;

    $gateway->stop;
    is($clients->(), '200 MISS: 1, 200 WAIT: 9',
       '[I12] nginx quits, all are served');
}

done_testing();
