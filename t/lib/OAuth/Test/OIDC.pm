package OAuth::Test::OIDC;

# Runs a real authorization server of t/oidc on TLS.  The node modules are those
# of OAUTH_TEST_NODE, build/node/node_modules by default.

use strict;
use warnings;

use File::Spec;
use IPC::Open2 qw(open2);
use IO::Select;
use IO::Socket::SSL;
use JSON::PP;

use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Nginx;

# What each of the programs runs.
my %package = (server => 'oidc-provider', exchange => '@jmondi/oauth2-server');


# Arguments: program (server); ca (OAuth::Test::CA), which may also have signed
# certificates of clients; clients: [ { client_id, client_secret, method,
# metadata, grant_types } ], or what else the program says.
sub new {
    my ($class, %arg) = @_;

    my $program = $arg{program} // 'server';
    my $modules = $ENV{OAUTH_TEST_NODE}
                  // File::Spec->rel2abs('build/node/node_modules');

    die "no $package{$program} in $modules: \"make deps\" installs it\n"
        if !-d "$modules/$package{$program}";

    my $cert = $arg{ca}->cert;
    my $clients = $arg{ca}->dir . '/clients.json';

    open my $out, '>', $clients or die "$clients: $!";
    print {$out} JSON::PP->new->ascii->encode($arg{clients});
    close $out or die "$clients: $!";

    my $self = bless {
        port => OAuth::Test::Nginx::free_port(), owner => $$,
        log => $arg{ca}->dir . '/oidc.log', ca => $arg{ca}->file,
    }, $class;

    local $ENV{NODE_PATH} = $modules;
    local $ENV{NODE_ENV} = 'production';

    $self->{pid} = open2($self->{from}, $self->{to}, 'sh', '-c',
                         'exec node "$@" 2> "$0"', $self->{log},
                         "t/oidc/$program.mjs", $self->{port}, $cert->{cert},
                         $cert->{key}, $clients, $arg{ca}->file);
    $self->_wait;

    return $self;
}

sub _wait {
    my $self = shift;

    my $select = IO::Select->new($self->{from});

    while ($select->can_read(30)) {
        my $line = readline $self->{from};
        last if !defined $line;

        if ($line =~ /^ready (.*)/) {
            $self->{refresh_tokens} = decode_json($1);
            return;
        }
    }

    open my $log, '<', $self->{log} or die "$self->{log}: $!";
    die "the authorization server does not start:\n", <$log>;
}

sub port { return $_[0]{port} }

# The first refresh token of a client that has the grant.
sub refresh_token { return $_[0]{refresh_tokens}{$_[1]} }

sub url  { return "https://localhost:$_[0]{port}" . ($_[1] // '') }


# Posts a form; returns what the JSON of the answer says.
sub post {
    my ($self, $path, $form, @headers) = @_;

    my $sock = IO::Socket::SSL->new(
        PeerAddr => '127.0.0.1', PeerPort => $self->{port},
        SSL_ca_file => $self->{ca}, SSL_verifycn_name => 'localhost',
        SSL_verifycn_scheme => 'http',
    ) or die "POST $path: $SSL_ERROR";

    print {$sock} request_bytes('POST', $path, $form, @headers,
        'Content-Type' => 'application/x-www-form-urlencoded');

    my $answer = do { local $/; <$sock> };
    my ($json) = $answer =~ /(\{.*\})/s or die "POST $path: $answer";

    return decode_json($json);
}

# The lines that the program wrote about its requests.
sub lines {
    my $self = shift;

    open my $log, '<', $self->{log} or die "$self->{log}: $!";
    chomp(my @lines = <$log>);

    return @lines;
}


sub stop {
    my $self = shift;

    return if !$self->{pid} || $self->{owner} != $$;

    close $self->{to};
    close $self->{from};
    waitpid delete $self->{pid}, 0;

    return;
}

sub DESTROY {
    my $self = shift;

    local ($?, $@, $!);
    $self->stop;

    return;
}

1;
