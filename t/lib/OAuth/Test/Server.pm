package OAuth::Test::Server;

# A programmable HTTP/1.1 server in a process of its own.  This is the side of
# the test: it starts the process and talks to it over a socket pair.  The
# process ends when that socket closes, so it cannot outlive the test.

use strict;
use warnings;

use IO::Handle;
use IO::Socket::INET;
use POSIX ();
use Scalar::Util qw(weaken);
use Socket qw(AF_UNIX SOCK_STREAM PF_UNSPEC SOMAXCONN);
use Storable qw(freeze thaw);

use OAuth::Test::Build qw(patience);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Server::Loop;

my @running;


# Arguments: tls => { cert, key, client_ca, version, ciphers } for TLS, else
# plain TCP; in it, names => { name => { cert, key } } for those who ask for that
# name.  Version and ciphers are in the terms of IO::Socket::SSL.
sub new {
    my ($class, %arg) = @_;

    my $listener = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1',
        Listen    => SOMAXCONN,
        ReuseAddr => 1,
    ) or die "cannot listen: $!";

    socketpair(my $here, my $there, AF_UNIX, SOCK_STREAM, PF_UNSPEC)
        or die "socketpair: $!";
    $_->autoflush(1) for $here, $there;

    my $pid = fork() // die "fork: $!";

    if ($pid == 0) {
        close $here;
        close $_->{control} for grep { defined } @running;
        _serve($listener, $there, $class->default_answer, %arg);
    }

    close $there;

    my $self = bless {
        control => $here, pid => $pid, owner => $$,
        port    => $listener->sockport, tls => $arg{tls},
    }, $class;

    push @running, $self;
    weaken($running[-1]);

    return $self;
}


sub _serve {
    my ($listener, $control, $default, %arg) = @_;

    open STDIN,  '<', '/dev/null';
    open STDOUT, '>', '/dev/null';
    $SIG{PIPE} = 'IGNORE';
    $SIG{INT}  = 'IGNORE';
    $SIG{TERM} = 'DEFAULT';

    eval {
        OAuth::Test::Server::Loop->new(
            listener => $listener,
            control  => $control,
            tls      => $arg{tls},
            default  => $default,
        )->run;
    };
    print STDERR "test server: $@" if $@;

    POSIX::_exit($@ ? 1 : 0);
}


sub default_answer { return { status => 404, body => "not programmed\n" } }

sub port { return $_[0]{port} }
sub pid  { return $_[0]{pid} }

sub url {
    my ($self, $path) = @_;

    return ($self->{tls} ? 'https' : 'http') . "://127.0.0.1:$self->{port}"
           . ($path // '');
}


sub _call {
    my ($self, @message) = @_;

    my $control = $self->{control};

    local $SIG{PIPE} = 'IGNORE';

    print {$control} pack 'N/a*', freeze(\@message)
        or die "the test server has gone\n";

    my ($size, $reply);

    read($control, $size, 4) and read $control, $reply, unpack 'N', $size
        or die "the test server has gone\n";

    return thaw($reply)->[0];
}


# Answers for a path, in order; the last one repeats.
sub answer {
    my ($self, $path, @answers) = @_;

    return $self->_call('answer', $path, \@answers);
}

# Every request for a path gets this answer, until the fault is taken away
# (undef) and the programmed answers go on where they were.
sub fault {
    my ($self, $path, $answer) = @_;

    return $self->_call('fault', $path, $answer);
}

# What becomes of every connection when so many bytes have come, whatever they
# are: { after => bytes, script => [ steps ] }, see OAuth::Test::Server::Send;
# undef takes it away.  0 is before any request.  There is no TLS then.
sub early {
    my ($self, $early) = @_;

    return $self->_call('early', $early);
}

# How many requests have met a fault, by path.
sub met { return %{ $_[0]->_call('met') } }

# Requests seen so far, oldest first; all, or those for one path.
sub requests {
    my ($self, $path) = @_;

    return @{ $self->_call('requests', $path) };
}

# The same in short, for bodies of a megabyte: method, authorization, digest
# (SHA-256 of the body).
sub brief {
    my ($self, $path) = @_;

    return @{ $self->_call('brief', $path) };
}

sub last_request {
    my ($self, $path) = @_;

    return ($self->requests($path))[-1];
}

sub count        { return $_[0]->_call('count', $_[1]) }
sub connections  { return $_[0]->_call('connections') }
sub accepts      { return @{ $_[0]->_call('accepts') } }

# How many bytes clients have sent, inside of TLS.
sub bytes        { return $_[0]->_call('bytes') }
sub open_now     { return $_[0]->_call('open_now') }
sub tls_failures { return @{ $_[0]->_call('tls_failures') } }

# Forgets what was recorded and every programmed answer.
sub reset { return $_[0]->_call('reset') }

# Connections are refused from here on; or nobody answers their SYNs; or they
# are accepted again on the same port.  The first two close what is open.
sub down { return $_[0]->_call('down') }
sub hole { return $_[0]->_call('hole') }
sub up   { return $_[0]->_call('up') }


# Waits until at least $n requests for a path have arrived.
sub wait_for {
    my ($self, $path, $n, $timeout) = @_;

    my $end = time + ($timeout // patience(5));

    while (time < $end) {
        return 1 if $self->count($path) >= $n;
        sleep 0.01;
    }

    return 0;
}


sub stop {
    my $self = shift;

    return if !$self->{pid} || $self->{owner} != $$;

    close $self->{control};
    waitpid($self->{pid}, 0);
    delete $self->{pid};

    return;
}


sub DESTROY {
    my $self = shift;

    local ($?, $@, $!);
    $self->stop;

    return;
}

1;
