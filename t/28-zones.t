# The shared memory of the tokens: shared by providers, apart, too small.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Gateway;

# A gateway with these providers, name => lines, and a location for each.
sub gateway {
    my ($http, %lines) = @_;

    my $gateway = OAuth::Test::Gateway->new(
        workers => 2,
        http => join('', map {
            OAuth::Test::Gateway->block($_, $lines{$_}
                . "token_endpoint http://127.0.0.1:TOKEN_PORT/$_;");
        } sort keys %lines) . $http,
        server => join('', map {
            "location = /$_ { oauth_token_provider $_;"
            . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }';
        } sort keys %lines),
    );

    $gateway->endpoint->answer("/$_", { token => canary($_) . '-%d' })
        for keys %lines;

    return $gateway->start;
}

# Asks each of them many times, so that both workers get to know it.
sub each_its_own {
    my ($gateway, $name, @providers) = @_;

    my @uris = map { "/$_" } (@providers) x 10;
    my @answers = $gateway->many(5, map { { bytes => request_bytes('GET', $_) } }
                                    @uris);

    for my $provider (@providers) {
        my $wanted = "GET /$provider Bearer " . canary($provider) . "-1\n";

        is(scalar(grep { $_->{body} eq $wanted } @answers), 10,
           "[F7] $name: $provider has its own token");
        is($gateway->endpoint->count("/$provider"), 1, 'of one fetch');
    }

    return $gateway->stop;
}


each_its_own(gateway('', map { $_ => '' } qw(one two three)),
             'three providers share the default zone', qw(one two three));

each_its_own(gateway('oauth_token_zone zone=z:64k;',
                     map { $_ => 'zone z;' } qw(one two three)),
             'they share another zone', qw(one two three));

each_its_own(gateway('oauth_token_zone zone=y:64k; oauth_token_zone zone=z:64k;',
                     one => 'zone y;', two => 'zone z;', three => ''),
             'each has a zone, which is declared after its use',
             qw(one two three));


# Two providers that differ in their names only.
{
    my $endpoint = 'token_endpoint http://127.0.0.1:TOKEN_PORT/token;';
    my $gateway = OAuth::Test::Gateway->new(
        provider => $endpoint,
        http => OAuth::Test::Gateway->block('twin', $endpoint),
        server => 'location /twin { oauth_token_provider twin;'
                  . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }',
    )->start;

    is($gateway->get('/')->{body}, 'GET / ' . $gateway->token(1) . "\n",
       'a provider');
    is($gateway->get('/twin')->{body},
       'GET /twin ' . $gateway->token(2) . "\n",
       '[F7] one of another name shares no token with it');
    $gateway->stop;
}


# Tokens of 12 kB, of which the zone has room for few.
{
    my @names = map { "p$_" } 1 .. 6;
    my $gateway = gateway('oauth_token_zone zone=z:32k;',
                          map { $_ => 'zone z;' } @names);
    my %token = map { $_ => canary($_) . 'x' x 12000 } @names;

    $gateway->endpoint->answer("/$_", { token => $token{$_} }) for @names;

    my $good = 0;

    for my $round (1 .. 10) {
        for my $name (@names) {
            $good++ if $gateway->get("/$name")->{body}
                       eq "GET /$name Bearer $token{$name}\n";
        }
    }

    is($good, 60, '[I15] a zone too small: all requests are served');
    cmp_ok(scalar $gateway->endpoint->requests, '<=', 2 * @names,
           'with one fetch a worker at most');
    $gateway->stop;
}

done_testing();
