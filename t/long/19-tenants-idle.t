# What a worker remembers of a tenant, so that it need not hash its values each
# time, is where no core file looks, and is wiped when the tenant stays away.

use strict;
use warnings;
no warnings qw(portable);
use lib 't/lib';

use Test::More;

use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Gateway;
use OAuth::Test::Memory qw(unseen);

plan skip_all => 'only nginx as it is shows what its memory keeps' if unseen();

# It is forgotten after so many seconds, by the next sweep.
use constant { IDLE => 60, SWEEP => 5 };

my $tenant = join '', 'tenant', map { ('a' .. 'z')[rand 26] } 1 .. 24;

# as it stands there: with its length in front
my $remembered = chr(length $tenant) . $tenant;

# Mappings of a process that have it.
sub places {
    my ($pid) = @_;

    open my $mem, '<:raw', "/proc/$pid/mem" or die "mem of $pid: $!";

    return grep {
        my $bytes = '';

        sysseek $mem, $_->{start}, 0;
        sysread $mem, $bytes, $_->{end} - $_->{start};
        index($bytes, $remembered) >= 0;
    } OAuth::Test::Memory::mappings($pid);
}

my $gateway = OAuth::Test::Gateway->new(
    provider => 'scope $http_x_tenant;')->start;
my ($worker) = $gateway->nginx->workers;
my @ask = map { { bytes => request_bytes('GET', '/', undef,
                                         'X-Tenant', $_) } } $tenant, $tenant;

my @answers = $gateway->many(10, @ask);

is(scalar grep({ $_->{status} == 200 } @answers), 2, 'a tenant came');

my @places = places($worker);

is(scalar @places, 1, '[G5] the worker remembers it, in one place');
is(scalar grep({ $_->{dumped} } @places), 0, '[G4] that no core file has');

sleep IDLE - 2 * SWEEP;
is(scalar places($worker), 1, 'and still does so a moment before the end');

sleep 4 * SWEEP;
is(scalar places($worker), 0, '[G5] but not for ever');

@answers = $gateway->many(10, @ask);
is(scalar grep({ $_->{status} == 200 } @answers), 2, 'who comes again is served');
is($gateway->fetches, 1, 'with the token that is there');

$gateway->stop;
done_testing;
