package OAuth::Test::Server::Loop;

# The process of OAuth::Test::Server: one select loop for the listener, the
# control socket and every connection.

use strict;
use warnings;

use Storable qw(freeze thaw);

use parent qw(OAuth::Test::Server::Control OAuth::Test::Server::Send);

use OAuth::Test::Clock qw(time);
use OAuth::Test::Server::Request;


sub new {
    my ($class, %arg) = @_;

    $arg{listener}->blocking(0);

    return bless {
        %arg, context => $arg{tls} ? _context($arg{tls}) : undef,
        port => $arg{listener}->sockport, accepted => 0, accepts => [],
        told => '',
        conns => {}, timers => [], routes => {}, faults => {}, records => [],
        tls_failures => [], bytes => 0,
    }, $class;
}


# One for all connections: to read the files again costs more than a handshake.
sub _context {
    my $tls = shift;

    require IO::Socket::SSL;

    my %by_name = ('' => $tls, %{ $tls->{names} // {} });

    return IO::Socket::SSL::SSL_Context->new(
        SSL_server    => 1,
        SSL_cert_file => { map { $_ => $by_name{$_}{cert} } keys %by_name },
        SSL_key_file  => { map { $_ => $by_name{$_}{key} } keys %by_name },
        $tls->{version} ? (SSL_version => $tls->{version}) : (),
        $tls->{ciphers} ? (SSL_cipher_list => $tls->{ciphers}) : (),
        $tls->{client_ca}
            ? (SSL_ca_file     => $tls->{client_ca},
               SSL_verify_mode =>
                   IO::Socket::SSL::SSL_VERIFY_PEER()
                   | IO::Socket::SSL::SSL_VERIFY_FAIL_IF_NO_PEER_CERT())
            : (),
    ) || die "TLS: $IO::Socket::SSL::SSL_ERROR\n";
}


sub run {
    my $self = shift;

    while (!$self->{done}) {
        my ($r, $w) = $self->_vectors;
        my $n = select($r, $w, undef, $self->_until_next_timer);

        $self->_run_timers;
        next if $n <= 0;

        $self->_read_control if vec($r, fileno $self->{control}, 1);

        my $listener = $self->{listener};
        $self->_accept if $listener && vec($r, fileno $listener, 1);

        for my $fd (keys %{ $self->{conns} }) {
            next if !vec($r, $fd, 1) && !vec($w, $fd, 1);
            my $c = $self->{conns}{$fd} or next;
            $self->_step($c, vec($r, $fd, 1));
        }
    }

    return;
}


sub _vectors {
    my $self = shift;

    my ($r, $w) = ('', '');

    vec($r, fileno $self->{control}, 1) = 1;
    vec($r, fileno $self->{listener}, 1) = 1 if $self->{listener};

    for my $fd (keys %{ $self->{conns} }) {
        my $c = $self->{conns}{$fd};
        vec($r, $fd, 1) = 1 if !$c->{ignore};
        vec($w, $fd, 1) = 1 if $c->{want_write};
    }

    return ($r, $w);
}


sub _until_next_timer {
    my $self = shift;

    my @at = sort { $a <=> $b } map { $_->[0] } @{ $self->{timers} };
    return if !@at;

    my $left = $at[0] - time;
    return $left > 0 ? $left : 0;
}


sub _run_timers {
    my $self = shift;

    my $now = time;
    my @due = grep { $_->[0] <= $now } @{ $self->{timers} };
    return if !@due;

    $self->{timers} = [ grep { $_->[0] > $now } @{ $self->{timers} } ];

    for my $timer (sort { $a->[0] <=> $b->[0] } @due) {
        my (undef, $c, $code) = @$timer;
        $code->() if !$c->{closed};
    }

    return;
}


sub _after {
    my ($self, $seconds, $c, $code) = @_;

    push @{ $self->{timers} }, [ time + $seconds, $c, $code ];
    return;
}


# Control messages: a frozen array with its length, one such array back.
sub _read_control {
    my $self = shift;

    my $n = sysread $self->{control}, $self->{told}, 65536,
                    length $self->{told};

    if (!$n) {
        $self->{done} = 1;
        return;
    }

    while (length $self->{told} >= 4
           && length $self->{told} >= 4 + unpack 'N', $self->{told}) {

        my ($op, @arg) = @{ thaw(unpack 'N/a*', $self->{told}) };
        my $code = $self->can("control_$op") or die "unknown control: $op\n";

        substr($self->{told}, 0, 4 + unpack 'N', $self->{told}) = '';

        # The socket is blocking: a long list is written as the test reads.
        print { $self->{control} } pack 'N/a*',
                                        freeze([ $self->$code(@arg) ]);
    }

    return;
}


sub _accept {
    my $self = shift;

    while (my $sock = $self->{listener}->accept) {
        $sock->blocking(0);
        push @{ $self->{accepts} }, time;

        my $c = {
            sock => $sock, fd => fileno $sock, no => ++$self->{accepted},
            state => 'read', in => '', out => '',
        };

        if ($self->{tls} && !$self->{early}) {
            $c->{state} = 'handshake';
            $c->{sock} = IO::Socket::SSL->start_SSL($sock,
                SSL_server         => 1,
                SSL_startHandshake => 0,
                SSL_reuse_ctx      => $self->{context},
            ) or next;
        }

        $self->{conns}{ $c->{fd} } = $c;
        $self->_interrupt($c);
    }

    return;
}


# Does what is to be done at some point of the request; 0 is before it.
sub _interrupt {
    my ($self, $c) = @_;

    my $early = $self->{early};

    return 0 if !$early || $c->{state} ne 'read'
                || length $c->{in} < $early->{after};

    $self->_play($c, @{ $early->{script} });
    return 1;
}


sub _step {
    my ($self, $c, $readable) = @_;

    return if $c->{state} eq 'handshake' && !$self->_handshake($c);

    $self->_flush($c) if $c->{state} eq 'write' && !$c->{drip};
    return if $c->{closed};

    $self->_read($c) if $readable;
    return;
}


sub _handshake {
    my ($self, $c) = @_;

    if ($c->{sock}->accept_SSL) {
        $c->{state} = 'read';
        $c->{want_write} = 0;
        return 1;
    }

    my $error = IO::Socket::SSL->errstr;

    if ($IO::Socket::SSL::SSL_ERROR == IO::Socket::SSL::SSL_WANT_WRITE()) {
        $c->{want_write} = 1;
        return 0;
    }

    if ($IO::Socket::SSL::SSL_ERROR == IO::Socket::SSL::SSL_WANT_READ()) {
        $c->{want_write} = 0;
        return 0;
    }

    push @{ $self->{tls_failures} }, "$error";
    $self->_close($c);
    return 0;
}


sub _read {
    my ($self, $c) = @_;

    # TLS may hold more decrypted bytes than select can see: read to the end.
    while (1) {
        my $most = $self->{early} ? $self->_up_to($c) : 65536;
        my $n = sysread $c->{sock}, $c->{in}, $most, length $c->{in};

        if ($n) {
            $self->{bytes} += $n;
            return if $self->_interrupt($c);
            next;
        }

        last if !defined $n && $self->_again;

        $c->{record}{gone} = time if $c->{record} && $c->{state} ne 'read';
        $self->_close($c);
        return;
    }

    $self->_take($c);
    return;
}

# What is not read yet makes a RST of each end.
sub _up_to {
    my ($self, $c) = @_;

    my $left = $self->{early}{after} - length $c->{in};

    return $left > 0 ? $left : 65536;
}


# Starts the answer when the connection is idle and a whole request is there.
sub _take {
    my ($self, $c) = @_;

    return if $c->{state} ne 'read';

    my $record = OAuth::Test::Server::Request::take(\$c->{in}) or return;

    $record->{connection} = $c->{no};
    $record->{time} = time;
    $record->{sni} = $c->{sock}->get_servername if $self->{tls};
    $record->{client_cn} = $c->{sock}->peer_certificate('commonName')
        if $self->{tls} && $self->{tls}{client_ca};
    push @{ $self->{records} }, $record;

    $c->{state} = 'wait';
    $c->{record} = $record;

    my ($answer, $n) = $self->_answer_for($record);
    my $go = sub { $self->_send($c, $answer, $n) };

    return $go->() if !$answer->{delay};
    return $self->_after($answer->{delay}, $c, $go);
}


sub _answer_for {
    my ($self, $record) = @_;

    my $fault = $self->{faults}{ $record->{path} };

    if ($fault) {
        $self->{met}{ $record->{path} }++;
        return ($fault, 0);
    }

    my $route = $self->{routes}{ $record->{path} };

    return ($self->{default}, 0) if !$route || !@{ $route->{queue} };

    my $n = $record->{number} = ++$route->{served};
    my $queue = $route->{queue};
    my $answer = @$queue > 1 ? shift @$queue : $queue->[0];

    my ($token) = map { /-(\d+)\z/ }
                  OAuth::Test::Server::Request::header($record,
                                                       'Authorization');

    my $id = OAuth::Test::Server::Request::client($record);

    return ($answer->{tokens}{ $token // '' } // $answer->{clients}{$id}
            // $answer, $n);
}


# Options are those of IO::Socket::SSL.
sub _close {
    my ($self, $c, %how) = @_;

    return if $c->{closed}++;

    delete $self->{conns}{ $c->{fd} };

    %how && $self->{tls} ? $c->{sock}->close(%how) : close $c->{sock};
    return;
}

1;
