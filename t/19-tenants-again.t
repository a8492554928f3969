# Tenants that come again: their keys are remembered by a worker, by all values
# that a key is made of.  One worker, so that it has seen them.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Gateway;

# longer ones than that are not remembered
my $long = 'l' x 150;

# Lists of two values that read the same one after the other, ones that differ
# in their last byte, empty ones, and long ones.
my @pairs = (
    [ 'a', 'bc' ], [ 'ab', 'c' ], [ 'abc', '' ], [ '', 'abc' ], [ 'a', 'b' ],
    [ 'a', 'bd' ], [ 'b', 'bc' ], [ '', '' ],
    [ "$long", "${long}1" ], [ "$long", "${long}2" ], [ "${long}1", $long ],
    [ "${long}x", 'y' ], [ $long, 'xy' ], [ $long, 'xz' ],
);

sub gateway {
    my ($zone) = @_;

    my $gateway = OAuth::Test::Gateway->new(
        http     => $zone,
        provider => 'parameter one "$http_x_one"; parameter two "$http_x_two";'
                    . 'token_lifetime max=1h;' . ($zone ? 'zone z;' : ''));

    $gateway->endpoint->answer('/token', { token => canary('token') . '-%d',
                                           expires_in => 3600 });
    return $gateway->start;
}

# What those who were asked for each token had in the two parameters.
sub owners {
    my ($gateway) = @_;

    return map {
        my %value = $_->{body} =~ /(?:^|&)(one|two)=([^&]*)/g;
        join '|', map { $value{$_} // '' } qw(one two);
    } $gateway->endpoint->requests('/token');
}

# Pairs, in turns, that have sent another's token upstream; and how many had to
# wait for theirs.
sub round {
    my ($gateway, @pairs) = @_;

    my @answers = $gateway->many(30, map {
        { bytes => request_bytes('GET', '/', undef, 'X-One', $_->[0],
                                 'X-Two', $_->[1]) }
    } @pairs);
    my @owners = owners($gateway);
    my @wrong;

    for my $i (0 .. $#pairs) {
        my ($n) = $answers[$i]{body} =~ /-(\d+)\n\z/;
        my $owner = defined $n ? $owners[$n - 1] : 'nobody';

        push @wrong, "@{ $pairs[$i] }: $owner"
            if $owner ne join '|', @{ $pairs[$i] };
    }

    return (\@wrong, scalar grep {
        $_->{headers}{'x-cache'} !~ /\A(?:HIT|STALE)\z/;
    } @answers);
}

{
    my $gateway = gateway('');
    my @distinct = do { my %seen; grep { !$seen{join '|', @$_}++ } @pairs };

    my ($wrong, $waited) = round($gateway, @pairs);

    is("@$wrong", '', '[F5] at first each list of values has its own token');
    is($gateway->fetches, scalar @distinct, 'one fetch for each');

    for my $again (1 .. 3) {
        ($wrong, $waited) = round($gateway, $again % 2 ? reverse @pairs : @pairs);

        is("@$wrong", '', "[F5] and when it comes again, $again");
        is($waited, 0, 'out of the cache');
    }

    is($gateway->fetches, scalar @distinct, 'without another fetch');
    $gateway->stop;
}

# More of them than the zone has entries, and so than a worker remembers.
{
    my $gateway = gateway('oauth_token_zone zone=z:32k;');
    my @many = map { [ "tenant-$_", "of-" . $_ % 7 ] } 1 .. 120;

    for my $again (1 .. 4) {
        my ($wrong) = round($gateway, $again % 2 ? @many : reverse @many);

        is("@$wrong", '', "[F5] too many tenants get their own, round $again");
    }

    cmp_ok($gateway->fetches, '>', 120, 'which had to be fetched again');
    $gateway->stop;
}

done_testing;
