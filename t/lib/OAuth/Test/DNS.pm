package OAuth::Test::DNS;

# A name server on UDP for the names that a test gives it; it says "no such
# name" to all others.

use strict;
use warnings;

use File::Temp ();
use IO::Socket::INET;
use POSIX ();
use Socket qw(inet_aton);

use constant { TYPE_A => 1, NO_SUCH_NAME => 3 };


sub new {
    my ($class) = @_;

    my $sock = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'udp')
        or die "udp: $!";
    my $self = bless {
        file => File::Temp->new, port => $sock->sockport, owner => $$,
    }, $class;

    $self->{pid} = fork() // die "fork: $!";

    return $self if $self->{pid};

    $self->_serve($sock);
    POSIX::_exit(0);
}

sub port { return $_[0]{port} }


# The names from here on: name => [ address, ttl in seconds ].
sub names {
    my ($self, %names) = @_;

    open my $out, '>', "$self->{file}" or die "$self->{file}: $!";
    print {$out} map { "$_ @{ $names{$_} }\n" } sort keys %names;
    close $out or die "$self->{file}: $!";

    return;
}

sub _find {
    my ($self, $wanted) = @_;

    open my $in, '<', "$self->{file}" or return;

    while (<$in>) {
        my ($name, $address, $ttl) = split;
        return ($address, $ttl) if $name eq $wanted;
    }

    return;
}


sub _serve {
    my ($self, $sock) = @_;

    # The test may end in a way that says nothing.
    while (getppid() == $self->{owner}) {
        my ($bits, $query) = ('');

        vec($bits, fileno $sock, 1) = 1;
        next if select($bits, undef, undef, 0.5) <= 0;

        $sock->recv($query, 512) // next;
        $sock->send($self->_answer($query));
    }

    return;
}

sub _answer {
    my ($self, $query) = @_;

    my $question = substr $query, 12;
    my ($name) = unpack 'Z*', $question;
    my ($type) = unpack 'n', substr $question, length($name) + 1;
    my ($address, $ttl) = $self->_find(join '.', unpack '(C/a)*', $name);

    my $answer = defined $address && $type == TYPE_A
        ? "\xc0\x0c" . pack('nnNn', TYPE_A, 1, $ttl, 4) . inet_aton($address)
        : '';

    return substr($query, 0, 2)
           . pack('nnnnn', 0x8180 | (defined $address ? 0 : NO_SUCH_NAME), 1,
                  $answer ne '' ? 1 : 0, 0, 0)
           . $question . $answer;
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
