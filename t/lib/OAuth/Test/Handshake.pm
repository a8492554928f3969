package OAuth::Test::Handshake;

# A server on TCP that spoils the TLS handshake of whoever comes, and notes the
# kinds of the records that it was sent.

use strict;
use warnings;

use File::Temp ();
use IO::Socket::INET;
use POSIX ();
use Socket qw(SOL_SOCKET SO_LINGER);


# Faults by name, each with a port of its own: send, bytes after the client's
# first ones; then: "close", "reset", or else nothing more is done.
sub new {
    my ($class, %faults) = @_;

    my $self = bless {
        file => File::Temp->new, faults => \%faults, owner => $$,
    }, $class;

    for my $name (keys %faults) {
        $self->{listener}{$name} = IO::Socket::INET->new(
            LocalAddr => '127.0.0.1', Listen => 16) or die "listen: $!";
    }

    $self->{pid} = fork() // die "fork: $!";

    return $self if $self->{pid};

    $SIG{PIPE} = 'IGNORE';
    $self->_serve;
    POSIX::_exit(0);
}

sub port { return $_[0]{listener}{ $_[1] }->sockport }


# For each connection that has sent something, the kinds of its records: 21 is
# an alert, 22 of the handshake, 23 would hold a request.
sub connections {
    my ($self, $name) = @_;

    open my $in, '<', "$self->{file}" or die "$self->{file}: $!";

    my %bytes;

    while (<$in>) {
        my ($fault, $no, $hex) = split;
        $bytes{$no} .= pack 'H*', $hex if $fault eq $name;
    }

    return map { [ _kinds($bytes{$_}) ] } sort keys %bytes;
}

sub _kinds {
    my $bytes = shift;

    my @kinds;

    while (length $bytes) {
        my ($kind, undef, $len) = unpack 'Cnn', "$bytes\0\0\0\0";

        push @kinds, $kind;
        $bytes = length $bytes > 5 + $len ? substr $bytes, 5 + $len : '';
    }

    return @kinds;
}


sub _serve {
    my $self = shift;

    my %name = map { fileno($self->{listener}{$_}) => $_ }
               keys %{ $self->{listener} };
    my %listener = map { fileno($_) => $_ } values %{ $self->{listener} };
    my (%client, $no);

    # The test may end in a way that says nothing.
    while (getppid() == $self->{owner}) {
        my $bits = '';

        vec($bits, $_, 1) = 1 for keys %listener, keys %client;
        next if select($bits, undef, undef, 0.5) <= 0;

        for my $fd (grep { vec $bits, $_, 1 } keys %listener) {
            my $sock = $listener{$fd}->accept or next;

            $client{ fileno $sock } = { sock => $sock, no => ++$no,
                                        name => $name{$fd} };
        }

        for my $fd (grep { vec $bits, $_, 1 } keys %client) {
            delete $client{$fd} if !$self->_read($client{$fd});
        }
    }

    return;
}

# Returns false when the connection has ended.
sub _read {
    my ($self, $c) = @_;

    my $fault = $self->{faults}{ $c->{name} };

    sysread $c->{sock}, my $bytes, 65536 or return 0;

    open my $out, '>>', "$self->{file}" or die "$self->{file}: $!";
    print {$out} "$c->{name} $c->{no} ", unpack('H*', $bytes), "\n";
    close $out or die "$self->{file}: $!";

    return 1 if $c->{told}++;

    syswrite $c->{sock}, $fault->{send} if defined $fault->{send};

    my $then = $fault->{then} // '';

    setsockopt $c->{sock}, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0)
        if $then eq 'reset';
    close $c->{sock} if $then;

    return !$then;
}


sub DESTROY {
    my $self = shift;

    local ($?, $@, $!);

    if ($self->{owner} == $$) {
        kill 'KILL', $self->{pid};
        waitpid $self->{pid}, 0;
    }

    return;
}

1;
