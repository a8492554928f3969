# The chapter "Troubleshooting" of README.md is true: each failure that it
# describes is caused here, and logs what it says.
#
# In its lines N is a number, KEY eight hex digits, NAME a name or an address
# and "..." any text.

use strict;
use warnings;
use lib 't/lib';

use File::Temp ();
use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::CA;
use OAuth::Test::Canary qw(canary);
use OAuth::Test::DNS;
use OAuth::Test::Gateway qw(clients);
use OAuth::Test::Life::Clock qw(clocked start_clocked set_clock);
use OAuth::Test::Nginx;
use OAuth::Test::TokenEndpoint;

# A token is dropped when it is that old, in seconds.
use constant OLD => 5.3;

# The clock of nginx has moved when it was looked at.
use constant SEEN => 0.3;

my $json = json_log();

sub slurp {
    my $path = shift;

    open my $in, '<', $path or die "$path: $!";
    local $/;
    return scalar <$in>;
}

# The access log of the example, in logs/.
sub json_log {
    my $text = slurp('conf.examples/json_access_log.conf');
    my ($lines) = $text =~ /^ +(log_format json .*?^ +access_log .*?;)$/ms
        or die 'no access log';

    return $lines =~ s{/var/log/nginx/}{logs/}r;
}


# What README has: title => lines.
sub entries {
    my ($chapter) = slurp('README.md')
        =~ /^## Troubleshooting\n(.*?)^## /ms or die 'no chapter';
    my (%lines, $title);

    for my $line (split /\n/, $chapter) {
        $title = $1, $lines{$title} = [] if $line =~ /^\*\*(.+?)\.?\*\*/;
        push @{ $lines{$title} }, $line =~ s/^ +//r
            if $title && $line =~ /^ {4}(?:\[\w+\] |nginx: \[|\{)/;
    }

    return %lines;
}

my %sign = (N => '\d+(?:\.\d+)?', KEY => '[0-9a-f]{8}', NAME => '[\w.:/-]+',
            '...' => '.*');

sub pattern {
    my $line = shift;

    my $text = join '', map { $sign{$_} // quotemeta }
        split /(\.\.\.|\bKEY\b|\bNAME\b|\bN(?=m?s\b|\b))/, $line;

    return qr/^$text$/m;
}


# A gateway whose token endpoint gives these answers; name => text for blocks.
sub gateway {
    my ($answers, %arg) = @_;

    my $gateway = OAuth::Test::Gateway->new(
        level => 'info', %arg, http => "$json\n" . ($arg{http} // ''));

    $gateway->endpoint->answer('/token', @$answers) if @$answers;
    return $gateway;
}

# All that it has logged, without times and pids.
sub logs {
    my $gateway = shift;

    $gateway->stop;

    my $errors = $gateway->nginx->error_log;

    $errors =~ s/^\S+ \S+ (\[\w+\]) \S+ (?:\*\d+ )?/$1 /gm;

    return $errors . $gateway->nginx->read_file('logs/access.json');
}

# Requests for these URIs, all with one answer of the endpoint.
sub asked {
    my ($answer, $block, @uris) = @_;

    my $gateway = gateway([ $answer // () ], %{ $block // {} });

    $gateway->start;
    $gateway->get($_) for @uris ? @uris : '/';

    return logs($gateway);
}

sub refused {
    my ($status, $error) = @_;

    return asked({ status => $status, json => {
        error => $error, error_description => 'what the provider says' } });
}

sub status {
    my ($status, @headers) = @_;

    return asked({ status => $status, headers => \@headers, body => 'no' });
}

# What "nginx -t" says.
sub tested {
    my ($lines, %arg) = @_;

    my $gateway = OAuth::Test::Gateway->new(
        level => 'warn', allow => qr/\[emerg\]/, provider => $lines, %arg);

    return ($gateway->nginx->test)[1] =~ s/^\S+ \S+ (\[\w+\]) \S+ /$1 /gmr;
}

my $ca = OAuth::Test::CA->new;

sub certified {
    my ($cert) = @_;

    my $endpoint = OAuth::Test::TokenEndpoint->new(tls => $cert);

    $endpoint->answer('/token', { token => canary('token') });

    return asked(undef, { endpoint => $endpoint, provider =>
        'token_endpoint https://localhost:TOKEN_PORT/token;'
        . 'proxy_ssl_trusted_certificate ' . $ca->file . ';' });
}

sub good { return { token => canary('token') . '-%d', @_ } }

my %provocation = (
    'The id or the secret is wrong' => sub { refused(401, 'invalid_client') },
    'The scope is not allowed'      => sub { refused(400, 'invalid_scope') },
    'The path of the endpoint is wrong'  => sub { status(404) },
    'The provider wants fewer requests' => sub {
        status(429, 'Retry-After', 7);
    },
    'The provider is out of order'  => sub { status(503) },
    'The endpoint redirects'        => sub { status(302, 'Location', '/x') },
    'The answer is a web page' => sub {
        asked({ headers => [ 'Content-Type', 'text/html' ],
                body => '<!DOCTYPE html><html><body>Sign in</body></html>' });
    },
    'The answer has no token' => sub {
        asked({ json => { accessToken => 'x', expires_in => 60 } });
    },
    'The answer has no lifetime' => sub {
        asked(good(expires_in => undef));
    },
    'The token is too large' => sub {
        asked({ token => canary('token') . 'x' x 20_000 });
    },
    'The API has no room for the token' => sub {
        my $port = OAuth::Test::Nginx::free_port();

        # the API is an nginx; it would log the token
        return asked({ token => canary('token') . 'x' x 3000 }, {
            http => "server { listen 127.0.0.1:$port; access_log off;"
                . ' error_log /dev/null; large_client_header_buffers 4 1k; }',
            location => "proxy_pass http://127.0.0.1:$port;" });
    },
    'Nobody listens at the endpoint' => sub {
        asked(undef, { provider => 'token_endpoint http://127.0.0.1:'
                       . OAuth::Test::Nginx::free_port() . '/token;' });
    },
    'Nobody answers' => sub {
        my $gateway = gateway([], provider => 'fetch_timeout 1s;');

        $gateway->endpoint->hole;
        $gateway->start->get('/');
        sleep 0.3;

        return logs($gateway);
    },
    'The name has no address' => sub {
        my $dns = OAuth::Test::DNS->new;

        $dns->names;

        return asked(undef, { provider => 'insecure_http on; '
            . 'token_endpoint http://provider.test:TOKEN_PORT/token;'
            . 'resolver 127.0.0.1:' . $dns->port . ' ipv6=off;' });
    },
    'The name has no address when nginx starts' => sub {
        tested('token_endpoint https://login.invalid/token;');
    },
    'The certificate is of an unknown CA' => sub {
        certified(OAuth::Test::CA->new->cert);
    },
    'The certificate is of another host' => sub {
        certified($ca->cert(san => [ 'DNS:other.example' ]));
    },
    'The certificate has expired' => sub {
        certified($ca->cert(expired => 1));
    },
    'The wall clock jumps' => sub {
        my $gateway = gateway([ good(expires_in => 3600) ], clocked());

        start_clocked($gateway);
        $gateway->get('/');
        set_clock($gateway, 7200);
        sleep SEEN;
        $gateway->get('/') for 1, 2;

        return logs($gateway);
    },
    'The API refuses the token' => sub {
        my $gateway = gateway([ good() ]);

        $gateway->upstream->answer('/', { status => 401, body => "no\n" });
        $gateway->start;
        $gateway->get('/');
        sleep OLD;
        $gateway->get('/');

        return logs($gateway);
    },
    'Your own header wins' => sub {
        my $gateway = gateway([ good() ], location =>
            'oauth_token_retry off; proxy_set_header Authorization "";');

        $gateway->upstream->answer('/', { status => 401, body => "no\n" });
        $gateway->start;
        $gateway->get('/') for 1, 2;

        my $api = $gateway->upstream->last_request('/');

        unlike($api->{raw}, qr/^Authorization:/mi, 'the header is not sent');

        return logs($gateway);
    },
    'A variable is empty in an if' => sub {
        asked(good(), { location =>
                        'if ($oauth_access_token = "") { return 403; }' });
    },
    'Requests end at once after a failure' => sub {
        asked({ status => 400 }, {}, '/', '/');
    },
    'The zone is too small' => sub {
        my $gateway = gateway([ good(delay => 0.5) ],
            provider => 'zone small; client_id $arg_t;',
            http => 'oauth_token_zone zone=small:32k;');

        # so many at a time that none can make room
        $gateway->start;
        $gateway->many(9, map { clients(1, "/?t=$_") } 1 .. 60);

        return logs($gateway);
    },
    'A variable of a tenant is empty' => sub {
        asked(good(), { provider => 'client_id $arg_t;' });
    },
    'There is no provider of that name' => sub {
        asked(good(), { location => 'oauth_token_provider $arg_p;' }, '/?p=x');
    },
    'The refresh token is refused' => sub {
        my $gateway = gateway([
            good(expires_in => 1, fields => {
                refresh_token => canary('refresh') }),
            { status => 400, json => { error => 'invalid_grant' } }, good() ]);

        $gateway->start;
        $gateway->get('/');
        sleep 1.2;
        $gateway->get('/');

        return logs($gateway);
    },
    'A file is missing' => sub { tested('client_secret file:DIR/none;') },
    'A file is empty'   => sub {
        my $file = File::Temp->new;

        return tested("client_secret file:$file;");
    },
    'An environment variable is not set' => sub {
        tested('client_secret env:NO_SUCH_SECRET;');
    },
    'Plain http to another machine' => sub {
        tested('token_endpoint http://192.0.2.1/token;');
    },
);


my %lines = entries();

is_deeply([ sort keys %lines ], [ sort keys %provocation ],
          'README and this test have the same failures');

for my $title (sort keys %provocation) {
    my $logs = $provocation{$title}->();
    my @wanted = @{ $lines{$title} // [] };

    isnt(scalar @wanted, 0, "$title: README has a line");
    ok(scalar $logs =~ pattern($_), "$title: it is logged")
        or diag("$_\n\n$logs") for @wanted;
}

done_testing();
