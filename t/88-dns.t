# What a name server may say of the token endpoint's host, and what it may not
# say.  See also 26-resolver.t.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::DNS;
use OAuth::Test::Gateway;

# Seconds.
use constant { FETCH => 2, TTL => 1 };

# So many addresses do not go into a UDP packet, nor into nginx's own buffer.
use constant MANY => 1000;

my $dns = OAuth::Test::DNS->new;

my %good = ('many.test' => [ '127.0.0.1', TTL, MANY ],
            'alias.test' => [ 'many.test', TTL ]);

# An address where nobody listens.
my $nobody = '127.0.0.2';

# Name: what the name server says, and what a client gets.
my %bad = (
    'missing.test'  => [ undef,            502 ],
    'servfail.test' => [ [ 'SERVFAIL', 1 ], 502 ],
    'empty.test'    => [ [ 'EMPTY', 1 ],    502 ],
    'loop.test'     => [ [ 'pool.test', 1 ], 502 ],
    'self.test'     => [ [ 'self.test', 1 ], 502 ],
    'silence.test'  => [ [ 'SILENCE', 1 ],  504 ],
    'gone.test'     => [ [ $nobody, 1 ],    502 ],
    'crowd.test'    => [ [ $nobody, 1, MANY ], 502 ],
);

my %names = (%good, 'pool.test' => [ 'loop.test', 1 ],
             map { $bad{$_}[0] ? ($_ => $bad{$_}[0]) : () } keys %bad);

sub provider { return OAuth::Test::Gateway->block($_[0], <<"END") }
insecure_http  on;
token_endpoint http://$_[0]:TOKEN_PORT/$_[0];
fetch_timeout  ${\ FETCH }s;
END

sub location { return <<"END" }
location = /$_[0] {
    oauth_token_provider $_[0];
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
END

my @hosts = (sort(keys %good), sort(keys %bad), 'moved.test');
my $gateway = OAuth::Test::Gateway->new(
    http => 'resolver 127.0.0.1:' . $dns->port . ' ipv6=off;'
            . join('', map { provider($_) } @hosts),
    server => join('', map { location($_) } @hosts),
);
my $endpoint = $gateway->endpoint;

$endpoint->answer("/$_", { token => canary('token') . '-%d' }) for @hosts;

$dns->names(%names, 'moved.test' => [ '127.0.0.1', TTL ]);
$gateway->start;

my $warm = $gateway->get('/moved.test');

is($warm->{status}, 200, '[H6] a name with an address');

is($gateway->get("/$_")->{body}, "GET /$_ " . $gateway->token(1) . "\n",
   "[H6] $_ with ${\ MANY } addresses") for sort keys %good;

my $seen = $endpoint->count;
my $end = time + 10;

for my $name (sort keys %bad) {
    my $answer = $gateway->get("/$name");

    is($answer->{status}, $bad{$name}[1], "[H6] $name");
    cmp_ok($answer->{seconds}, '<', FETCH + 1, "[H6] $name: in time");
}

sub lines_of { return grep { /"\Q$_[0]\E"/ } $gateway->errors }

# Whoever waits may be told before it is written.
sleep 0.05 while !lines_of('silence.test') && time < $end;

isnt(scalar lines_of($_), 0, "[H6] $_: a line in the log") for sort keys %bad;

is($endpoint->count, $seen, '[H6] nobody was asked for a token');

# A token is there, the name is not: it serves to its end.
for my $what ([ 'SERVFAIL', 1 ], [ 'EMPTY', 1 ]) {
    $dns->names(%names, 'moved.test' => $what);
    is($gateway->get('/moved.test')->{status}, 200,
       "[H6] $what->[0]: the token that is there serves");
}

$gateway->stop;
done_testing();
