package Bench::Client;

# Requests on a few kept connections, each "GET /?t=NUMBER" with a number of six
# digits: all contenders read the same bytes.  An answer that is not 200 is the
# end.

use strict;
use warnings;

use IO::Socket::INET;

# A walk takes so many steps at once over the tenants: a prime, so that it comes
# to all of them, far from each other.
use constant STRIDE => 7919;

# How many requests are under way when tenants are warmed, on each of so many
# connections.
use constant AHEAD => 50;
use constant CONNECTIONS => 4;


sub new {
    my ($class, $port, $tenants) = @_;

    my $self = bless { port => $port, tenants => $tenants || 1, at => 0 },
               $class;

    $self->{socks} = [ map { $self->_connect } 1 .. CONNECTIONS ];
    return $self;
}

sub _connect {
    my $self = shift;

    return IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $self->{port}) // die "connect: $!\n";
}


sub _bytes {
    my ($t) = @_;

    return sprintf "GET /?t=%06d HTTP/1.1\r\nHost: localhost\r\n\r\n", $t;
}

sub _next {
    my $self = shift;

    return _bytes($self->{at} = ($self->{at} + STRIDE) % $self->{tenants});
}


# So many requests, one after the other on one connection.
sub walk {
    my ($self, $n) = @_;

    my $sock = $self->{socks}[0];

    for (1 .. $n) {
        syswrite $sock, $self->_next or die "write: $!\n";
        _answers($sock, 1);
    }

    return;
}

# At least a request for each tenant.
sub warm {
    my ($self) = @_;

    $self->_visit($self->{tenants});
    return;
}

# The next so many once more, which a walk will come to then: among many tenants
# it is long ago that they were warmed.
sub revisit {
    my ($self, $n) = @_;

    my $at = $self->{at};

    $self->_visit($n);
    $self->{at} = $at;
    return;
}

sub _visit {
    my ($self, $left) = @_;

    my @socks = @{ $self->{socks} };

    while ($left > 0) {
        for my $sock (@socks) {
            syswrite $sock, join '', map { $self->_next } 1 .. AHEAD
                or die "write: $!\n";
            $left -= AHEAD;
        }

        _answers($_, AHEAD) for @socks;
    }

    return;
}

# Reads so many answers; the body of each is "ok\n".
sub _answers {
    my ($sock, $n) = @_;

    my $in = '';

    while ($in !~ /\r\n\r\nok\n\z/ || (() = $in =~ /\r\n\r\nok\n/g) < $n) {
        my $got = sysread $sock, $in, 1_000_000, length $in;

        die "the gateway closes a connection: $in\n" if !$got;
        die "not 200: $in\n" if $in =~ m{^HTTP/1\.1 (?!200)}m;
    }

    return;
}

1;
