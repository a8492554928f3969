# Metadata of an issuer are looked for again after a day, and what is known
# serves when they cannot be had.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway;
use OAuth::Test::Life::Clock qw(clocked start_clocked set_clock);

use constant { MINUTE => 60, DAY => 86400 };

my $place = '/tenant/.well-known/openid-configuration';

my $gateway = OAuth::Test::Gateway->new(clocked(),
    provider => 'issuer http://127.0.0.1:TOKEN_PORT/tenant;');
my $endpoint = $gateway->endpoint;
my $base = 'http://127.0.0.1:' . $endpoint->port;

sub metadata {
    my ($path, %more) = @_;

    $endpoint->answer($place, { %more, json => {
        issuer => "$base/tenant", token_endpoint => "$base$path",
    } });
    return;
}

# The requests for metadata and for tokens, by path, so far.
sub asked {
    return join ' ', map { $endpoint->count($_) } $place, '/token', '/other';
}

sub later {
    my $seconds = shift;

    set_clock($gateway, $seconds);
    sleep 0.3;
    return;
}

metadata('/token');
$endpoint->answer('/token', { token => canary('token') . '-%d',
                              expires_in => MINUTE });
$endpoint->answer('/other', { token => canary('other') . '-%d' });
start_clocked($gateway, 1);

is($gateway->get('/')->{status}, 200, 'the first request');
is(asked(), '1 1 0', 'asks for both');

later(DAY - 2 * MINUTE);
is($gateway->get('/')->{status}, 200, 'nearly a day later');
is(asked(), '1 2 0', 'metadata are known');

# They hang: there is time for the token still.
metadata('/other', delay => 4.5);
later(DAY + 100 * MINUTE);

my $began = time;

is($gateway->get('/')->{status}, 200, 'they hang after a day');
cmp_ok(time - $began, '<', 4, 'what is known serves in time');
is(asked(), '2 3 0', 'after a try');

later(DAY + 103 * MINUTE);
is($gateway->get('/')->{status}, 200, 'soon after');
is(asked(), '2 4 0', 'there is no other try');

metadata('/other');
later(DAY + 200 * MINUTE);
is($gateway->get('/')->{status}, 200, 'they are there again');
is(asked(), '3 4 1', 'and the new endpoint is asked');
$gateway->stop;

done_testing();
