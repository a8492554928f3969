package OAuth::Test::Server::Send;

# How OAuth::Test::Server::Loop writes its answers: as fast as it can, a few
# bytes at a time, or step by step.  A script is a list of
#
#   bytes                           sent as they are
#   { answer => { ... } }           an answer of OAuth::Test::Server::Answer
#   { wait => seconds }
#   { times => n, of => bytes }     the same n times; without "times" for ever
#   { end => how }                  the last one: "close" (also without it),
#                                   "rst" sends RST, "fin" closes one way only,
#                                   "cut" closes without the end that TLS has,
#                                   "hang" does nothing more, "keep" takes
#                                   the next request

use strict;
use warnings;

use Errno qw(EAGAIN EWOULDBLOCK EINTR);
use Socket qw(SOL_SOCKET SO_LINGER);

use OAuth::Test::Clock qw(time wall);
use OAuth::Test::Server::Answer;

use constant DRIP_STEP => 0.05;


sub _again {
    return $! == EAGAIN || $! == EWOULDBLOCK || $! == EINTR;
}


sub _send {
    my ($self, $c, $answer, $n) = @_;

    return if $answer->{never};
    return $self->_reset_connection($c) if $answer->{rst};
    return $self->_play($c, @{ $answer->{script} }) if $answer->{script};

    my $bytes = OAuth::Test::Server::Answer::bytes($answer, $n, $c->{record});

    $bytes = substr $bytes, 0, $answer->{cut} if defined $answer->{cut};

    $c->{out} = $bytes;
    $c->{state} = 'write';
    $c->{close_after} = OAuth::Test::Server::Answer::closes($answer,
                                                            $c->{record});
    $c->{drip} = $answer->{drip};

    return $c->{drip} ? $self->_drip($c) : $self->_flush($c);
}


sub _reset_connection {
    my ($self, $c) = @_;

    setsockopt $c->{sock}, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
    return $self->_close($c);
}


sub _flush {
    my ($self, $c) = @_;

    while (length $c->{out}) {
        my $n = syswrite $c->{sock}, $c->{out};

        if (!defined $n) {
            if ($self->_again) {
                $c->{want_write} = 1;
                return;
            }
            return $self->_close($c);
        }

        substr($c->{out}, 0, $n) = '';
    }

    return $self->_answered($c);
}


# Sends a few bytes at a time, "drip" bytes in a second.
sub _drip {
    my ($self, $c) = @_;

    my $size = int($c->{drip} * DRIP_STEP) || 1;
    my $wait = $size / $c->{drip};

    my $n = syswrite $c->{sock}, $c->{out}, $size;

    return $self->_close($c) if !defined $n && !$self->_again;

    substr($c->{out}, 0, $n // 0) = '';

    return $self->_answered($c) if !length $c->{out};
    return $self->_after($wait, $c, sub { $self->_drip($c) });
}


sub _answered {
    my ($self, $c) = @_;

    $c->{record}{answered} = time;
    $c->{record}{answered_at} = wall;
    $c->{want_write} = 0;
    $c->{drip} = 0;

    return $self->_next($c) if $c->{script};
    return $self->_close($c) if $c->{close_after};

    $c->{state} = 'read';
    return $self->_take($c);
}


sub _play {
    my ($self, $c, @steps) = @_;

    $c->{script} = \@steps;

    return $self->_next($c);
}

my %end = (
    close => sub { $_[0]->_close($_[1]) },
    rst   => sub { $_[0]->_reset_connection($_[1]) },
    cut   => sub { $_[0]->_close($_[1], SSL_no_shutdown => 1) },
    fin   => sub { shutdown $_[1]{sock}, 1; $_[1]{state} = 'hang'; return },
    hang  => sub { $_[1]{state} = 'hang'; return },
    keep  => sub { my ($self, $c) = @_;
                   delete $c->{script};
                   $c->{state} = 'read';
                   return $self->_take($c) },
);

sub _next {
    my ($self, $c) = @_;

    my $step = shift @{ $c->{script} } // { end => 'close' };

    $step = { of => $step, times => 1 } if !ref $step;

    return $end{ $step->{end} }->($self, $c) if $step->{end};

    # What can be read meanwhile is no reason to go on.
    $c->{state} = 'wait';

    return $self->_after($step->{wait}, $c, sub { $self->_next($c) })
        if $step->{wait};

    $c->{state} = 'write';

    if ($step->{answer}) {
        $c->{out} = OAuth::Test::Server::Answer::bytes($step->{answer},
            $c->{record}{number} // 0, $c->{record});
        return $self->_flush($c);
    }

    # Others have their turn before the next piece.
    my $left = defined $step->{times} ? $step->{times} - 1 : undef;

    unshift @{ $c->{script} }, { of => $step->{of}, times => $left }
        if $left // 1;

    $c->{out} = $step->{of};
    $c->{want_write} = 1;
    return;
}

1;
