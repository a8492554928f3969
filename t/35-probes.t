# A provider that hangs is probed every 2 s while requests fail, whatever
# fetch_timeout is.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Life qw(SLACK gaps least most);
use OAuth::Test::TokenEndpoint;

use constant { SECONDS => 8, APART => 2 };

my %timeout = (short => '3s', long => '10s');
my @names = sort keys %timeout;
my %endpoint = map { $_ => OAuth::Test::TokenEndpoint->new } @names;
my $gateway = OAuth::Test::Life->new(
    life => 60,
    more => { map { my $port = $endpoint{$_}->port;
                    ($_ => "token_endpoint http://127.0.0.1:$port/$_;"
                           . "fetch_timeout $timeout{$_};") } @names });

# a failure first: one that has not failed may just be slow
$endpoint{$_}->answer("/$_", ({ rst => 1 }) x 2, { never => 1 }) for @names;
$gateway->start;

my $start = time;
# those of one wait for longer than those of the other
my @loads = map { $gateway->load(connections => 4, interval => 0.1,
                                 uris => ["/$_"], patience => 12) } @names;

sleep SECONDS;

for my $name (@names) {
    my (undef, @came) = map { $_->{time} } $endpoint{$name}->requests("/$name");
    my @gaps = gaps(@came, $start + SECONDS);

    note "$name: ", join ' ', map { sprintf '%.2f', $_ } @gaps;
    cmp_ok(most(@gaps), '<', APART + SLACK,
           "fetch_timeout $timeout{$name}: probes are 2 s apart at most");
    cmp_ok(scalar @came, '<=', 2 + SECONDS, 'and not many');
}

# Those that wait are served at last.  The second process has begun with the
# first one's end of a pipe.
$endpoint{$_}->answer("/$_", { token => 'x', expires_in => 60000 }) for @names;
is(scalar(grep { $_->{fate} ne 'answer' } map { $_->stop } reverse @loads), 0,
   'every request has its answer');
$gateway->stop;

done_testing();
