# capture: members of the answer that come, change and go with its token.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Conf;
use OAuth::Test::Gateway qw(clients);
use OAuth::Test::Upstream;

# Seconds until all that is to happen has happened, on a slow machine too.
use constant PATIENCE => 15;

# what is captured is as secret as the token: its logs are searched for it
my $tenant = canary('tenant');

my $lines = <<'END';
capture tenant organization.id;
capture count n;
capture instance_url instance_url;
END

my $tenant_shown = 'add_header X-Tenant "[$oauth_token_tenant]" always;';
my $shown = $tenant_shown
            . 'add_header X-Count "[$oauth_token_count]" always;';


# An answer with a value, and more members.
sub good {
    my ($value, %option) = @_;

    my %fields = (n => 17, %{ delete $option{fields} // {} });
    $fields{organization} = { id => $value } if defined $value;

    return { token => canary('token') . '-%d', fields => \%fields, %option };
}

sub gateway {
    my ($provider, $answer, %arg) = @_;

    my $gateway = OAuth::Test::Gateway->new(shows => qr/"tenant"/, provider => $provider, %arg);

    $gateway->endpoint->answer('/token', $answer);

    return $gateway->start;
}

# The value, as the client and the upstream see it, in any of the workers.
sub shown {
    my ($gateway, $uri) = @_;

    my %seen;

    for my $answer ($gateway->many(5, clients(16, $uri // '/'))) {
        $seen{"$answer->{status} "
              . ($answer->{headers}{'x-tenant'} // 'none')}++;
    }

    return join ', ', sort keys %seen;
}


# The upstream that a value names.  Its token gets old enough to be dropped while
# the others are tested.
my $second = OAuth::Test::Upstream->new;
my $url = 'http://127.0.0.1:' . $second->port;
my $aged = gateway($lines . 'upstream_header X-Tenant $oauth_token_tenant;'
    . 'upstream_header X-Id "id=${oauth_token_count}";', good($tenant,
    fields => { instance_url => $url }),
    http => 'map $oauth_token_instance_url $where { volatile; '
        . "$url \$oauth_token_instance_url; }",
    location => 'proxy_pass $where$request_uri;');
my $dropped_from = time + 5.2;

# Two headers of the last request there.
sub sent {
    return join ', ', map { OAuth::Test::Server::Request::header(
        $second->last_request($_[0]), $_) } qw(X-Tenant X-Id);
}

is($aged->get('/a?b')->{body},
   'GET /a?b Bearer ' . canary('token') . "-1\n", 'the upstream it names');
is($aged->upstream->count, 0, 'and no other');
is(sent('/a'), "$tenant, id=17", 'values in headers upstream');

# what a client sends in their place is not what goes upstream
$aged->get('/a', 'X-Tenant' => 'client');
is(sent('/a'), "$tenant, id=17", 'not those of the client');


# Two workers, a reload, a purge.
{
    my $gateway = OAuth::Test::Gateway->new(shows => qr/"tenant"/, provider => $lines, workers => 2,
        http => OAuth::Test::Gateway->block('q',
            'token_endpoint http://127.0.0.1:TOKEN_PORT/q; capture count n;'),
        location => $shown, server => <<"END");
location /off {
    $shown
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
location /other {
    oauth_token_provider q;
    $shown
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
location /leaves {
    oauth_token_provider p;
    error_page 404 = /off;
    proxy_intercept_errors on;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
location = /purge {
    oauth_token_purge;
}
END
    $gateway->endpoint->answer($_, good($tenant)) for '/token', '/q';
    $gateway->start;

    is(shown($gateway), "200 [$tenant]", 'a value in all workers');
    is($gateway->get('/')->{headers}{'x-count'}, '[17]', 'a number');
    is($gateway->get('/')->{body},
       "GET / Bearer " . canary('token') . "-1\n", 'and the token as it was');
    is(shown($gateway, '/off'), '200 []', 'none without a provider');
    is(shown($gateway, '/other'), '200 []',
       'none with a provider that does not capture it');
    is($gateway->get('/other')->{headers}{'x-count'}, '[17]',
       'but what it captures itself');

    $gateway->upstream->answer('/leaves', { status => 404 });
    is(shown($gateway, '/leaves'), '200 []',
       'none after a redirect to where there is no token');

    ok($gateway->nginx->reload, 'a reload');
    is(shown($gateway), "200 [$tenant]", 'the value is kept');
    is($gateway->fetches, 1, 'and no other token was needed');

    $gateway->endpoint->answer('/token', good("$tenant-2"));
    is(request($gateway->port, 'POST', '/purge', undef)->{status}, 204,
       'a purge');
    is(shown($gateway), "200 [$tenant-2]", 'takes it away');

    $gateway->configure(provider => "$lines capture more more;");
    ok($gateway->nginx->reload, 'a reload, one more to capture');
    is(shown($gateway), "200 [$tenant-2]", 'the value is there');
    is($gateway->fetches, 3, 'of a new token');
    $gateway->stop;
}


# A refresh brings another value to all workers, with the same token too; then
# none.
for my $same (0, 1) {
    my $gateway = gateway($lines, good($tenant, expires_in => 2,
        $same ? (token => canary('token')) : ()), workers => 2,
        location => $shown);

    is(shown($gateway), "200 [$tenant]", 'a value');

    for my $next ("$tenant-2", undef) {
        my $want = '200 [' . ($next // '') . ']';
        my $until = time + PATIENCE;
        my $got;

        $gateway->endpoint->answer('/token', good($next, expires_in => 2,
            $same ? (token => canary('token')) : ()));

        do { sleep 0.1 } while ($got = shown($gateway)) ne $want
                               && time < $until;

        is($got, $want, ($same ? 'the same' : 'another') . ' token, '
                        . (defined $next ? 'another value' : 'no value'));
    }

    $gateway->stop;
}


# An answer without the URL, or with another: the request goes nowhere.
for my $fields ({}, { instance_url => $url }) {
    my $gateway = gateway($lines, good(undef, fields => $fields),
        http => 'map $oauth_token_instance_url $where { volatile; '
            . "http://127.0.0.1:1 \$oauth_token_instance_url; }",
        location => 'proxy_pass '
            . (%$fields ? '$where' : '$oauth_token_instance_url')
            . '$request_uri;');
    my $before = $second->count;

    is($gateway->get('/')->{status}, 500, 'no upstream that may be');
    is($gateway->upstream->count + $second->count, $before,
       'so nothing is sent');
    $gateway->stop;
}


# Values that cannot be one are empty and warned about, without being shown.
for my $bad ([ 'a list', [ $tenant ] ], [ 'an object', { x => $tenant } ],
             [ 'a header', "$tenant\r\nX-Evil: 1" ],
             [ 'a control character', "$tenant\x01" ],
             [ 'no ASCII', "$tenant\x{e9}" ], [ 'too long', $tenant x 200 ]) {
    my $gateway = gateway($lines . 'upstream_header X-Tenant $oauth_token_tenant;',
                          good($bad->[1]), location => $shown);

    is(shown($gateway), '200 []', "$bad->[0] is no value");
    is($gateway->get('/')->{headers}{'x-count'}, '[17]', 'others are');
    like($gateway->nginx->error_log,
         qr/\[warn\].*no usable value to capture while reading.*"p"/,
         'and it is warned about');
    is(join('', OAuth::Test::Server::Request::header(
       $gateway->upstream->last_request('/'), 'X-Tenant')), '',
       'no header upstream');
    $gateway->stop;
}

# Values of the maximum, all four, around an injected header with an end.
{
    my %long = map { $_ => substr canary($_) x 200, 0, 2048 } qw(a b c d);
    my $gateway = gateway('inject_header X-Token "<$oauth_access_token>";'
        . join('', map { "capture $_ $_;" } sort keys %long),
        good(undef, fields => \%long), workers => 2,
        server => 'large_client_header_buffers 4 32k;',
        location => 'proxy_buffer_size 64k; proxy_buffers 4 64k;'
            . join '', map { "proxy_set_header X-\u$_ \$oauth_token_$_;" }
                       sort keys %long);

    for my $n (1 .. 8) {
        is($gateway->get('/')->{status}, 200, 'four long values');

        my $request = $gateway->upstream->last_request('/');

        is(join(' ', map { OAuth::Test::Server::Request::header($request,
                                                                "X-$_") }
                     qw(Token A B C D)),
           join(' ', '<' . canary('token') . '-1>', @long{qw(a b c d)}),
           'all of them, and the token');
    }

    $gateway->stop;
}

# What the zone has no room for serves on in its worker, values and all.
{
    my $long = canary('long') x 1000;
    my $gateway = gateway("zone small; capture tenant t;",
        { token => substr($long, 0, 16000), fields => { t => $tenant } },
        http => 'oauth_token_zone zone=small:32k;'
            . OAuth::Test::Gateway->block('q', 'client_id q; zone small;'),
        location => $tenant_shown, server => <<'END');
location /q {
    oauth_token_provider q;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
END
    for my $uri ('/', '/q', '/') {
        $gateway->get($uri);
    }

    is($gateway->get('/')->{headers}{'x-tenant'}, "[$tenant]",
       'a value that the zone had to give up');
    is($gateway->fetches, 2, 'from the worker\'s own memory');
    $gateway->stop;
}

# A header of the answer.
{
    my $gateway = gateway('capture tenant header:X-Org;',
        good(undef, headers => [ 'x-org' => $tenant ]), location => $tenant_shown);

    is(shown($gateway), "200 [$tenant]", 'a header of the answer');
    $gateway->stop;
}


# The token that is sent once more brings the values of its own answer.
{
    $second->answer('/old', { tokens => {
        1 => { status => 401 }, 2 => { status => 200, body => "fresh\n" } } });
    $aged->endpoint->answer('/token', good("$tenant-2",
        token => canary('token') . '-2',
        fields => { instance_url => $url, n => 18 }));

    sleep 0.1 while time < $dropped_from;

    is($aged->get('/old')->{body}, "fresh\n", 'a token that is refused');
    is(sent('/old'), "$tenant-2, id=18",
       'the second request has the second values');
    $aged->stop;
}


accepted 'four of them',
    provider(join '', map { "capture c$_ a.b;" } 1 .. 4);
accepted 'the same name in two providers', provider('capture a b;')
    . provider('capture a c;') =~ s/oauth_provider p/oauth_provider q/r;
accepted 'the variable before the provider', 'server { location / {'
    . 'add_header X $oauth_token_a; } }' . provider('capture a b;');

# all that the module has, and is to have
my @own = qw(provider cache_status wait_time expires_in error uuid endpoint
             request_body assertion time time_ms time_iso nonce client_id
             client_secret);

refused "the name $_", provider("capture $_ b; # here"),
    qr/"\$oauth_token_$_" of "capture" is there already/ for @own;

refused @$_ for
    [ 'a name twice', provider("capture a b;\ncapture a c; # here"),
      qr/"\$oauth_token_a" of "capture" is there already/ ],
    [ 'a name of a compute', provider("compute a sha256 b;\ncapture a c; # here"),
      qr/"\$oauth_token_a" of "capture" is there already/ ],
    [ 'a name in upper case', provider('capture A b; # here'),
      qr/invalid name "A" in "capture"/ ],
    [ 'an empty name', provider('capture "" b; # here'),
      qr/invalid name "" in "capture"/ ],
    [ 'five', provider(join("\n", map { "capture c$_ b;" } 1 .. 5) . ' # here'),
      qr/"capture" directive is there too often/ ],
    [ 'the whole body', provider('capture a body; # here'),
      qr/"capture" directive has a path that cannot be one/ ],
    [ 'an empty path', provider('capture a a..b; # here'),
      qr/"capture" directive has a path that cannot be one/ ],
    [ 'one in the token request',
      provider('capture a b; parameter c $oauth_token_a;'),
      qr/variable "\$oauth_token_a" is used where it is not known/ ],
    [ 'one in a header that goes both ways',
      provider('capture a b; header C $oauth_token_a;'),
      qr/variable "\$oauth_token_a" is used where it is not known/ ];

done_testing();
