package OAuth::Test::Server::Control;

# What the test can ask the process of OAuth::Test::Server to do.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;
use Socket qw(SOMAXCONN);

# Fills the queue of a hole, whose length is 0: two are queued, the others are
# there in case a kernel counts in another way.
use constant FILLERS => 4;


sub control_answer {
    my ($self, $path, $answers) = @_;

    $self->{routes}{$path} = { queue => [@$answers], served => 0 };
    return 1;
}

sub control_fault {
    my ($self, $path, $answer) = @_;

    $self->{faults}{$path} = $answer;
    return 1;
}

sub control_early {
    my ($self, $early) = @_;

    $self->{early} = $early;
    return 1;
}

sub control_met { return $_[0]{met} // {} }

sub control_requests {
    my ($self, $path) = @_;

    return [ grep { !defined $path || $_->{path} eq $path }
             @{ $self->{records} } ];
}

sub control_brief {
    return [ map { {
        method => $_->{method}, digest => sha256_hex($_->{body}),
        authorization => join(', ',
            OAuth::Test::Server::Request::header($_, 'Authorization')),
    } } @{ control_requests(@_) } ];
}

sub control_count { return scalar @{ control_requests(@_) } }

sub control_connections { return $_[0]{accepted} }

sub control_bytes { return $_[0]{bytes} }

sub control_accepts { return $_[0]{accepts} }

sub control_open_now { return scalar keys %{ $_[0]{conns} } }

sub control_tls_failures { return $_[0]{tls_failures} }

sub control_reset {
    my $self = shift;

    $self->{routes} = {};
    $self->{faults} = {};
    $self->{early} = undef;
    $self->{met} = {};
    $self->{records} = [];
    $self->{tls_failures} = [];
    $self->{accepted} = 0;
    $self->{bytes} = 0;
    $self->{accepts} = [];
    return 1;
}

sub control_down {
    my $self = shift;

    close delete $self->{listener} if $self->{listener};
    $self->_close($_) for values %{ $self->{conns} };
    return 1;
}

sub _listen {
    my ($self, $queue) = @_;

    return IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => $self->{port},
        Listen => $queue, ReuseAddr => 1,
    ) // die "cannot listen again: $!";
}

# Nobody accepts and the queue is full: SYNs are dropped.
sub control_hole {
    my $self = shift;

    control_down($self);

    my $listener = $self->_listen(0);
    my @fillers = map {
        IO::Socket::INET->new(PeerAddr => '127.0.0.1', Blocking => 0,
                              PeerPort => $self->{port})
    } 1 .. FILLERS;

    $self->{hole} = [ $listener, @fillers ];
    return 1;
}

sub control_up {
    my $self = shift;

    return 1 if $self->{listener};

    delete $self->{hole};
    $self->{listener} = $self->_listen(SOMAXCONN);
    $self->{listener}->blocking(0);
    return 1;
}

1;
