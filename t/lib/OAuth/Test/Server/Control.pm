package OAuth::Test::Server::Control;

# What the test can ask the process of OAuth::Test::Server to do.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;
use Socket qw(SOMAXCONN);


sub control_answer {
    my ($self, $path, $answers) = @_;

    $self->{routes}{$path} = { queue => [@$answers], served => 0 };
    return 1;
}

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

sub control_open_now { return scalar keys %{ $_[0]{conns} } }

sub control_tls_failures { return $_[0]{tls_failures} }

sub control_reset {
    my $self = shift;

    $self->{routes} = {};
    $self->{records} = [];
    $self->{tls_failures} = [];
    $self->{accepted} = 0;
    return 1;
}

sub control_down {
    my $self = shift;

    close delete $self->{listener} if $self->{listener};
    $self->_close($_) for values %{ $self->{conns} };
    return 1;
}

sub control_up {
    my $self = shift;

    return 1 if $self->{listener};

    $self->{listener} = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => $self->{port},
        Listen => SOMAXCONN, ReuseAddr => 1,
    ) or die "cannot listen again: $!";
    $self->{listener}->blocking(0);
    return 1;
}

1;
