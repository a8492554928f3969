package OAuth::Test::DNS;

# A name server for the names that a test gives it; it says "no such name" to
# all others.  What is too long for UDP it tells by TCP.

use strict;
use warnings;

use File::Temp ();
use IO::Socket::INET;
use POSIX ();
use Socket qw(inet_aton);

use constant { TYPE_A => 1, TYPE_CNAME => 5 };
use constant { GOOD => 0, SERVER_FAILURE => 2, NO_SUCH_NAME => 3 };

# An answer, with recursion; cut off; the longest one for UDP.
use constant { ANSWER => 0x8180, CUT_OFF => 0x0200, UDP_MAX => 512 };


sub new {
    my ($class) = @_;

    my ($udp, $tcp) = _listen();
    my $self = bless {
        file => File::Temp->new, port => $udp->sockport, owner => $$,
    }, $class;

    $self->{pid} = fork() // die "fork: $!";

    return $self if $self->{pid};

    $self->_serve($udp, $tcp);
    POSIX::_exit(0);
}

# Both on one port.
sub _listen {
    for (1 .. 20) {
        my $udp = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                        Proto => 'udp') or die "udp: $!";
        my $tcp = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16,
                                        LocalPort => $udp->sockport);

        return ($udp, $tcp) if $tcp;
    }

    die "no port for UDP and TCP: $!";
}

sub port { return $_[0]{port} }


# The names from here on: name => [ address, ttl in seconds ], or so many of
# this address: [ address, ttl, n ].  Instead of an address: SERVFAIL; EMPTY, a
# good answer without any; SILENCE, none at all; the name that it stands for.
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
        my ($name, @found) = split;
        return @found if $name eq $wanted;
    }

    return;
}


sub _serve {
    my ($self, $udp, $tcp) = @_;

    # The test may end in a way that says nothing.
    while (getppid() == $self->{owner}) {
        my ($bits, $query) = ('');

        vec($bits, fileno $_, 1) = 1 for $udp, $tcp;
        next if select($bits, undef, undef, 0.5) <= 0;

        $self->_by_tcp($tcp->accept) if vec $bits, fileno $tcp, 1;
        next if !vec $bits, fileno $udp, 1;

        $udp->recv($query, UDP_MAX) // next;

        my $answer = $self->_answer($query) // next;

        $answer = substr($answer, 0, 2) . pack('nnnnn', ANSWER | CUT_OFF, 1, 0,
                                               0, 0) . substr($query, 12)
            if length $answer > UDP_MAX;
        $udp->send($answer);
    }

    return;
}

sub _by_tcp {
    my ($self, $sock) = @_;

    my ($size, $query);

    return if !$sock || read($sock, $size, 2) != 2
              || !read $sock, $query, unpack 'n', $size;

    my $answer = $self->_answer($query) // return;

    print {$sock} pack('n', length $answer), $answer;
    close $sock;
    return;
}

# Undef: there is none.
sub _answer {
    my ($self, $query) = @_;

    my $question = substr $query, 12;
    my ($name) = unpack 'Z*', $question;
    my ($type) = unpack 'n', substr $question, length($name) + 1;
    my ($what, $ttl, $n) = $self->_find(join '.', unpack '(C/a)*', $name);

    return if ($what // '') eq 'SILENCE';

    my $code = !defined $what ? NO_SUCH_NAME
             : $what eq 'SERVFAIL' ? SERVER_FAILURE : GOOD;
    my @records = $type == TYPE_A && $code == GOOD && $what ne 'EMPTY'
        ? _records($what, $ttl, $n // 1) : ();

    return substr($query, 0, 2)
           . pack('nnnnn', ANSWER | $code, 1, scalar @records, 0, 0)
           . join '', $question, @records;
}

# Each begins with a pointer to the name that was asked for.
sub _records {
    my ($what, $ttl, $n) = @_;

    my ($type, $data) = $what =~ /\A[\d.]+\z/
        ? (TYPE_A, inet_aton($what))
        : (TYPE_CNAME, pack '(C/a)* x', split /\./, $what);

    return ("\xc0\x0c" . pack('nnNn', $type, 1, $ttl, length $data) . $data) x $n;
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
