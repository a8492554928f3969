package OAuth::Test::Gateway;

# What most tests of real processes begin with: a token endpoint, an upstream
# and an nginx between them that has provider "p" and uses it in location /.
#
# In every text SECRET is a secret, DIR the prefix, and PORT, TOKEN_PORT and
# UPSTREAM_PORT are the ports of nginx and of the two servers.  Every answer has
# X-Cache, X-Error, X-Wait and X-Left, the variables of the module.

use strict;
use warnings;

use Exporter qw(import);

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Nginx;
use OAuth::Test::TokenEndpoint;
use OAuth::Test::Upstream;

our @EXPORT_OK = qw(clients tally);

# What a provider and the location get unless the test says something else.
# Without prefetch a test sees the fetches that its requests cause, no others.
use constant DEFAULT_PROVIDER => (
    'token_endpoint http://127.0.0.1:TOKEN_PORT/token',
    'client_id id',
    'client_secret SECRET',
    'prefetch off',
);

use constant DEFAULT_LOCATION => (
    'oauth_token_provider p',
    'proxy_pass http://127.0.0.1:UPSTREAM_PORT',
);

use constant SHOWN => <<'END';
    add_header X-Cache $oauth_token_cache_status always;
    add_header X-Error $oauth_token_error always;
    add_header X-Wait $oauth_token_wait_time always;
    add_header X-Left $oauth_token_expires_in always;
END

my %text = map { $_ => 1 } qw(provider http server location);


# Options: provider, http, server, location: lines for these blocks; endpoint,
# upstream: servers; all others are those of OAuth::Test::Nginx.
sub new {
    my ($class, %arg) = @_;

    my $self = bless {
        endpoint => delete $arg{endpoint} // OAuth::Test::TokenEndpoint->new,
        upstream => delete $arg{upstream} // OAuth::Test::Upstream->new,
        map { $_ => delete $arg{$_} // '' } keys %text,
    }, $class;

    $self->{nginx} = OAuth::Test::Nginx->new(%arg);
    $self->endpoint->answer('/token', { token => canary('token') . '-%d' });
    $self->configure;

    return $self;
}

sub endpoint { return $_[0]{endpoint} }
sub upstream { return $_[0]{upstream} }
sub nginx    { return $_[0]{nginx} }
sub port     { return $_[0]{nginx}->port }

# What the upstream echoes when it got the token with this number.
sub token { return 'Bearer ' . canary('token') . "-$_[1]" }


# Changes blocks, for the next start or reload.
sub configure {
    my ($self, %arg) = @_;

    $self->{$_} = $arg{$_} for keys %arg;

    my $provider = block(undef, 'p', $self->{provider});
    my $location = _complete($self->{location}, DEFAULT_LOCATION);

    $self->{nginx}->http($self->expand(<<"END"));
$provider
$self->{http}
server {
    listen 127.0.0.1:PORT;
@{[ SHOWN ]}
    $self->{server}

    location / {
        $location
    }
}
END
    return;
}

# The block of a provider: these lines, and the defaults they do not name.
sub block {
    my (undef, $name, $lines) = @_;

    return "oauth_provider $name {\n" . _complete($lines, DEFAULT_PROVIDER)
           . "}\n";
}

# Adds the defaults whose names do not stand in the lines.
sub _complete {
    my ($lines, @defaults) = @_;

    return join '', "$lines\n", map { "$_;\n" }
           grep { my ($name) = split ' ';
                  $name = 'issuer|token_endpoint' if $name eq 'token_endpoint';
                  $lines !~ /(?:^|;)\s*(?:$name)\s/m }
           @defaults;
}

sub expand {
    my ($self, $text) = @_;

    my %value = (
        SECRET => canary('secret'), DIR => $self->{nginx}->dir,
        PORT => $self->port, TOKEN_PORT => $self->{endpoint}->port,
        UPSTREAM_PORT => $self->{upstream}->port,
    );

    return $text =~ s/\b(SECRET|DIR|(?:TOKEN_|UPSTREAM_)?PORT)\b/$value{$1}/gr;
}


sub start  { $_[0]{nginx}->start; return $_[0] }
sub stop   { my $self = shift; return $self->{nginx}->stop(@_) }
sub get    { my $self = shift; return $self->{nginx}->get(@_) }
sub many   { my $self = shift; return $self->{nginx}->many(@_) }

sub fetches { return $_[0]{endpoint}->count('/token') }

# Lines of the error log about fetches that have failed, whether or not a token
# still serves.
sub errors {
    my $self = shift;

    return grep { /\[(?:error|warn)\].*(?:no access token|not refreshed)/ }
           split /\n/, $self->{nginx}->error_log;
}


# So many requests for many(); options are theirs.
sub clients {
    my ($n, $uri, %option) = @_;

    return map { { bytes => request_bytes('GET', $uri), %option } } 1 .. $n;
}

# "200 MISS: 1, 200 WAIT: 299" for a list of answers; those who left count as
# their error.
sub tally {
    my %seen;

    $seen{$_->{error} // "$_->{status} " . ($_->{headers}{'x-cache'} // '')}++
        for @_;

    return join ', ', map { "$_: $seen{$_}" } sort keys %seen;
}

1;
