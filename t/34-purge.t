# oauth_token_purge: cached tokens are dropped, in every worker.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request);
use OAuth::Test::Conf;
use OAuth::Test::Gateway qw(clients tally);

my $gateway = OAuth::Test::Gateway->new(
    workers => 2,
    http    => 'oauth_token_zone zone=other:64k;'
        . OAuth::Test::Gateway->block('q', 'zone other; client_id q;')
        . OAuth::Test::Gateway->block('tiny', 'token_field t; zone tiny;'
            . 'token_endpoint http://127.0.0.1:TOKEN_PORT/long;')
        . 'oauth_token_zone zone=tiny:32k;',
    server  => <<'END',
oauth_token_provider p;

location /q {
    oauth_token_provider q;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}

location /tiny {
    oauth_token_provider tiny;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}

location = /purge {
    oauth_token_purge;
}

location = /purge-p {
    oauth_token_purge p;
}

location = /guarded {
    deny all;
    oauth_token_purge;
}
END
);

# More than that zone has room for: each worker has its own, as long as it may.
$gateway->endpoint->answer('/long', {
    json => { t => canary('long') x 400, expires_in => 600 },
});
$gateway->start;

# Which of the locations ask for a token now, in any of the workers.
sub asks {
    my %before = map { $_ => $gateway->endpoint->count($_) } '/token', '/long';
    my @asked;

    for my $uri ('/', '/q', '/tiny') {
        my $before = $gateway->fetches;
        my $long = $gateway->endpoint->count('/long');
        my @answers = $gateway->many(5, clients(16, $uri));

        is(scalar(grep { $_->{status} == 200 } @answers), 16, "$uri: served");

        push @asked, $uri if $gateway->fetches > $before
                             || $gateway->endpoint->count('/long') > $long;
    }

    return "@asked";
}

sub purge {
    my ($uri, $method) = @_;

    return request($gateway->port, $method // 'POST', $uri, undef)->{status};
}

is(asks(), '/ /q /tiny', 'at first');
is($gateway->fetches, 2, 'one fetch for each');
is(asks(), '', 'then nobody asks');

is(purge('/purge'), 204, 'a purge');
is(asks(), '/ /q /tiny', 'of all, those that the zone has no room for, too');
is($gateway->fetches, 4, 'one fetch for each');

is(purge('/purge?provider=q'), 204, 'a purge of one');
is(asks(), '/q', 'and not of the others');

is(purge('/purge-p'), 204, 'a location for one');
is(asks(), '/', 'which is purged');
is(purge('/purge-p?provider=q'), 204, 'whatever the argument says');
is(asks(), '/', 'nothing else');

is(purge('/purge', 'DELETE'), 204, 'DELETE does it, too');
is(asks(), '/ /q /tiny', 'of all');

is(purge('/purge?provider=r'), 404, 'an unknown provider');
is(purge('/purge?provider='), 404, 'nor is it none');
is($gateway->get('/purge')->{status}, 405, 'GET does not');
is(purge('/purge', 'PUT'), 405, 'nor does PUT');
is(purge('/guarded'), 403, 'nor does one who may not');
is(asks(), '', 'so all is as it was');

# A purge needs no token and costs none, though its server has a provider.
is($gateway->endpoint->count('/token') + $gateway->endpoint->count('/long'),
   $gateway->endpoint->count, 'nothing else has asked the endpoint');

$gateway->stop;


sub server { return provider('') . "server {\n$_[0]\n}" }

accepted 'a purge', server('location / { oauth_token_purge p; }');
refused 'a purge of an unknown provider',
    server('location / { oauth_token_purge r; # here' . "\n}"),
    qr/unknown provider "r"/;
refused 'a purge in a server', server('oauth_token_purge; # here'),
    qr/"oauth_token_purge" directive is not allowed here/;
refused 'a purge twice',
    server("location / {\noauth_token_purge;\noauth_token_purge; # here\n}"),
    qr/"oauth_token_purge" directive is duplicate/;

done_testing();
