# oauth_token_purge: cached tokens are dropped, in every worker.

use strict;
use warnings;
use lib 't/lib';

use IO::Socket::INET;
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request request_bytes);
use OAuth::Test::Conf;
use OAuth::Test::Gateway qw(clients tally);

my $gateway = OAuth::Test::Gateway->new(
    workers => 2,
    http    => 'oauth_token_zone zone=other:64k;'
        . OAuth::Test::Gateway->block('q', 'zone other; client_id q;'),
    server  => <<'END',
oauth_token_provider p;

location /q {
    oauth_token_provider q;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}

location = /purge {
    oauth_token_purge;
}

location = /purge-p {
    oauth_token_purge p;
}

location /nest {
    oauth_token_purge;

    location /nest/in {
        proxy_pass http://127.0.0.1:UPSTREAM_PORT;
    }

    location /nest/q {
        oauth_token_provider q;
        proxy_pass http://127.0.0.1:UPSTREAM_PORT;
    }

    if ($arg_up) {
        proxy_pass http://127.0.0.1:UPSTREAM_PORT;
    }
}

location = /guarded {
    deny all;
    oauth_token_purge;
}
END
);

$gateway->start;

# Which of the locations ask for a token now, in any of the workers.
sub asks {
    my @asked;

    for my $uri ('/', '/q') {
        my $before = $gateway->fetches;
        my @answers = $gateway->many(5, clients(16, $uri));

        is(scalar(grep { $_->{status} == 200 } @answers), 16, "$uri: served");

        push @asked, $uri if $gateway->fetches > $before;
    }

    return "@asked";
}

sub purge {
    my ($uri, $method) = @_;

    return request($gateway->port, $method // 'POST', $uri, undef)->{status};
}

is(asks(), '/ /q', 'at first');
is($gateway->fetches, 2, 'one fetch for each');
is(asks(), '', 'then nobody asks');

is(purge('/purge'), 204, 'a purge');
is(asks(), '/ /q', '[G11] of all');
is($gateway->fetches, 4, 'one fetch for each');

is(purge('/purge?provider=q'), 204, 'a purge of one');
is(asks(), '/q', 'and not of the others');

is(purge('/purge-p'), 204, 'a location for one');
is(asks(), '/', 'which is purged');
is(purge('/purge-p?provider=q'), 204, 'whatever the argument says');
is(asks(), '/', 'nothing else');

is(purge('/purge', 'DELETE'), 204, 'DELETE does it, too');
is(asks(), '/ /q', 'of all');

is(purge('/purge?provider=r'), 404, 'an unknown provider');
is(purge('/purge?provider='), 404, 'nor is it none');
is($gateway->get('/purge')->{status}, 405, 'GET does not');
like($gateway->nginx->error_log,
     qr/\[notice\].*access tokens purged while handling a request, $_, client:/,
     'the log has a line of it') for 'provider: "q"', 'of all providers';
is(purge('/purge', 'PUT'), 405, 'nor does PUT');
is(purge('/guarded'), 403, 'nor does one who may not');
is(asks(), '', 'so all is as it was');

# What is inside such a location has the provider that it has without it.
{
    my $token = $gateway->get('/')->{body} =~ s{\AGET / }{}r;

    is($gateway->get($_)->{body}, "GET $_ $token", "$_: its token")
        for '/nest/in', '/nest?up=1';
    is($gateway->get('/nest/q')->{body},
       'GET /nest/q ' . $gateway->get('/q')->{body} =~ s{\AGET /q }{}r,
       'a provider of its own');
    is($gateway->get('/nest')->{status}, 405, 'around them no GET');
}

# A purge needs no token and costs none, though its server has a provider.
is($gateway->endpoint->count, $gateway->fetches,
   'nothing else has asked the endpoint');

$gateway->stop;


# What the zone had to give up lives on in the worker, but not after a purge.
{
    my $small = OAuth::Test::Gateway->new(
        http   => 'oauth_token_zone zone=small:32k;'
            . OAuth::Test::Gateway->block('q', 'client_id q; zone small;'),
        provider => 'zone small;',
        server => <<'END',
location /q {
    oauth_token_provider q;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}

location = /purge {
    oauth_token_purge;
}
END
    );
    my $long = canary('long') x 1000;

    $small->endpoint->answer('/token', { token => substr $long, 0, 16000 });
    $small->start;

    $small->get($_) for '/', '/q', '/', '/q';
    is($small->fetches, 2, 'two tokens, though the zone has room for one');

    is(request($small->port, 'POST', '/purge', undef)->{status}, 204,
       'a purge');
    $small->get($_) for '/', '/q', '/', '/q';
    is($small->fetches, 4, 'neither of them is used any more');

    $small->stop;
}


# A token that was asked for before a purge serves those who wait for it.
{
    my $late = OAuth::Test::Gateway->new(
        server => 'location = /purge { oauth_token_purge; }');

    $late->endpoint->answer('/token', { token => canary('token') . '-%d',
                                        delay => 0.5 });
    $late->start;

    my $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                     PeerPort => $late->port);

    syswrite $sock, request_bytes('GET', '/');
    $late->endpoint->wait_for('/token', 1);
    is(request($late->port, 'POST', '/purge', undef)->{status}, 204,
       'a purge while a token is fetched');

    my ($answer) = $late->many(5, { sock => $sock, bytes => '' });

    is($answer->{body}, 'GET / ' . $late->token(1) . "\n",
       'who waits for it is served');
    is($late->get('/')->{body}, 'GET / ' . $late->token(2) . "\n",
       '[G11] nobody after the purge has it');
    $late->stop;
}


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
