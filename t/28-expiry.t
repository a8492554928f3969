# The end of a token, and what happens shortly before.

use strict;
use warnings;
use lib 't/lib';

use List::Util qw(max min);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway qw(clients);

# Seconds that a provider may take for an answer.
use constant SLOW => 2;

sub gateway {
    my ($expires_in, $provider) = @_;

    my $gateway = OAuth::Test::Gateway->new(workers => 2,
                                            provider => $provider // '');

    $gateway->endpoint->answer('/token', {
        token => canary('token') . '-%d', expires_in => $expires_in,
    });

    return $gateway->start;
}

# The number of the token that a request went upstream with.
sub number {
    my $request = shift;

    my ($number) = $request->{raw} =~ /^Authorization: Bearer \S+-(\d+)\r$/m;

    return $number // 'none';
}

# Clients come all the time for so many seconds.  Returns, for each token that
# was seen upstream, when it was last used, in seconds after its answer.
sub last_use {
    my ($gateway, $seconds) = @_;

    my $end = time + $seconds;

    while (time < $end) {
        $gateway->many(5, clients(4, '/'));
        sleep 0.02;
    }

    my @answered = map { $_->{answered} } $gateway->endpoint->requests;
    my @used;

    for my $request ($gateway->upstream->requests) {
        my $i = number($request) - 1;
        $used[$i] = max($used[$i] // 0, $request->{time} - $answered[$i]);
    }

    return @used;
}


for my $case ([ 'of 2 s', 2, '', 1.8 ],
              [ 'of 3 s with expiry_leeway 1s', 3, 'expiry_leeway 1s;', 2 ],
              [ 'of 2 s with expiry_leeway 0', 2, 'expiry_leeway 0;', 2 ],
              [ 'cut by token_lifetime max=2s', 3600,
                'token_lifetime max=2s;', 1.8 ]) {
    my ($name, $expires_in, $provider, $usable) = @$case;

    my $gateway = gateway($expires_in, "refresh_before 0; $provider");
    my @used = last_use($gateway, 2 * $usable + 0.5);

    is(scalar @used, 3, "tokens $name: a new one when one ends");
    is($gateway->fetches, 3, 'one fetch for each');

    pop @used;

    # A request may be on its way for a moment, and clients may come late.
    cmp_ok(max(@used), '<', $usable + 0.1, '[C10] none is sent near its end');
    cmp_ok(min(@used), '>', $usable - 0.6, 'or much too early replaced');
    $gateway->stop;
}


# What the answer does not state, or states badly.
my @lifetimes = (
    [ undef, '', 300, 'none: the default is five minutes' ],
    [ undef, 'token_lifetime default=90s;', 90, 'none: the default' ],
    [ 0, 'token_lifetime default=90s;', 90, 'zero: the default' ],
    [ -1, '', 300, 'negative: the default' ],
    [ 'soon', '', 300, 'not a number: the default' ],
    [ 20, 'token_lifetime min=30s;', 30, 'below the minimum' ],
    [ 90000, '', 86400, 'a day at most' ],
    [ 7200, 'token_lifetime max=1h;', 3600, 'above the maximum' ],
    [ '59.9', '', 59, 'a fraction is cut' ],
);

for my $case (@lifetimes) {
    my ($expires_in, $provider, $seconds, $name) = @$case;

    my $gateway = gateway($expires_in, $provider);
    my $left = $gateway->get('/')->{headers}{'x-left'};

    ok($left == $seconds || $left == $seconds - 1,
       "[C3] [C4] [C5] a lifetime $name")
        or diag("wanted $seconds, got $left");

    my @warnings = $gateway->nginx->error_log
                   =~ /\[warn\].*no usable lifetime.*provider: "p"/g;

    is(scalar @warnings, $name =~ /default/ ? 1 : 0,
       'a warning when the answer has none');
    $gateway->stop;
}

# The provider takes its time, and the token may be as old as the request.
{
    my $gateway = OAuth::Test::Gateway->new;

    $gateway->endpoint->answer('/token', {
        token => canary('token') . '-%d', expires_in => 60, delay => SLOW,
    });
    $gateway->start;

    my $left = $gateway->get('/')->{headers}{'x-left'};

    cmp_ok($left, '<=', 60 - SLOW,
           '[C6] its life began before its request was sent');
    cmp_ok($left, '>', 60 - 2 * SLOW, 'not much before');
    $gateway->stop;
}

done_testing();
