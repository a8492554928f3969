package OAuth::Test::Backend;

# A server of another kind than OAuth::Test::Server, in a process of its own:
# fastcgi, grpc, scgi, uwsgi or websocket.  It refuses one value of
# Authorization with 401 and answers with those that came; a URI with "warm" in
# it is always served.  A websocket sends back what it gets.

use strict;
use warnings;

use File::Temp;
use IO::Socket::INET;
use JSON::PP;
use POSIX ();

use OAuth::Test::H2 qw(h2_serve);

my $json = JSON::PP->new->latin1->canonical;

my %serve = (
    fastcgi => \&_fastcgi, grpc => \&_grpc, scgi => \&_scgi, uwsgi => \&_uwsgi,
    websocket => \&_websocket,
);

# types of FastCGI's records
use constant { FCGI_END => 3, FCGI_PARAMS => 4, FCGI_STDIN => 5,
               FCGI_STDOUT => 6 };


sub new {
    my ($class, $kind, $refused) = @_;

    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                         Listen => 10) or die "listen: $!";
    my $self = bless {
        port => $listener->sockport, file => File::Temp->new, owner => $$,
        refused => $refused, kind => $kind,
    }, $class;

    $self->{pid} = fork() // die "fork: $!";

    return $self if $self->{pid};

    # it ends with the test, also with one that is killed
    local $SIG{CHLD} = 'IGNORE';

    while (getppid() == $self->{owner}) {
        my $ready = '';
        vec($ready, fileno $listener, 1) = 1;
        $self->_accept(scalar $listener->accept)
            if select $ready, undef, undef, 0.5;
    }

    POSIX::_exit(0);
}

sub address { return "127.0.0.1:$_[0]{port}" }


# What has come so far: { uri, authorization => [ values ], body } for each
# request, those of one URI if it is named.
sub seen {
    my ($self, $uri) = @_;

    return grep { defined $_->{uri} && (!defined $uri || $_->{uri} eq $uri) }
           $self->_notes;
}

sub connections { return scalar grep { $_->{connection} } $_[0]->_notes }

sub _notes {
    open my $in, '<', $_[0]{file}->filename or die "notes: $!";
    return map { $json->decode($_) } <$in>;
}

sub _note {
    my ($self, $note) = @_;

    open my $out, '>>', $self->{file}->filename or die "notes: $!";
    syswrite $out, $json->encode($note) . "\n";
    close $out;

    return;
}


# Each connection has a process, as some stay open.
sub _accept {
    my ($self, $sock) = @_;

    my $pid = fork;

    return if $pid || !defined $pid;

    $self->_note({ connection => 1 });
    $serve{ $self->{kind} }->($self, $sock);
    POSIX::_exit(0);
}

# Notes a request; returns a status and a body.
sub _answer {
    my ($self, $uri, $body, @authorization) = @_;

    $self->_note({ uri => $uri, authorization => \@authorization,
                   body => $body });

    my $sent = join '|', @authorization;

    return $uri !~ /warm/ && $sent eq $self->{refused} ? (401, "refused\n")
                                                       : (200, $sent);
}

# The same for a kind that speaks in names and values of CGI.
sub _cgi {
    my ($self, $body, @pairs) = @_;

    my ($uri, @authorization) = ('');

    while (my ($name, $value) = splice @pairs, 0, 2) {
        $uri = $value if $name eq 'REQUEST_URI';
        push @authorization, $value if $name eq 'HTTP_AUTHORIZATION';
    }

    my ($status, $text) = $self->_answer($uri, $body, @authorization);

    return "Status: $status Status\r\nContent-Type: text/plain\r\n"
           . "Content-Length: " . length($text) . "\r\n\r\n$text";
}


# Reads until there are so many bytes; the process ends when no more come.
sub _read {
    my ($sock, $n, $in) = @_;

    while (length $in < $n) {
        sysread $sock, $in, 65536, length $in or POSIX::_exit(0);
    }

    return $in;
}

# A netstring of NUL-terminated names and values, and the body.
sub _scgi {
    my ($self, $sock) = @_;

    my $in = _read($sock, 1, '');

    $in = _read($sock, 1 + length $in, $in) while $in !~ /\A(\d+):/;

    my ($size) = $in =~ /\A(\d+):/;
    my $start = length($size) + 1;

    $in = _read($sock, $start + $size + 1, $in);

    my @pairs = split /\0/, substr($in, $start, $size), -1;
    my %first = @pairs[0 .. 1];
    my $body = substr $in, $start + $size + 1;

    pop @pairs;
    $body = _read($sock, $first{CONTENT_LENGTH}, $body);
    syswrite $sock, $self->_cgi($body, @pairs);
    return;
}

# A packet of names and values, each with its length, and the body.
sub _uwsgi {
    my ($self, $sock) = @_;

    my $in = _read($sock, 4, '');
    my (undef, $size) = unpack 'Cv', $in;

    $in = _read($sock, 4 + $size, $in);

    my @pairs = unpack '(v/a)*', substr $in, 4, $size;
    my %value = @pairs;
    my $body = _read($sock, $value{CONTENT_LENGTH} || 0,
                     substr $in, 4 + $size);

    syswrite $sock, $self->_cgi($body, @pairs) =~ s{\AStatus:}{HTTP/1.1}r;
    return;
}

sub _fastcgi {
    my ($self, $sock) = @_;

    my $in = '';
    my %stream = (FCGI_PARAMS, '', FCGI_STDIN, '');

    while (1) {
        $in = _read($sock, 8, $in);

        my (undef, $type, undef, $size, $pad) = unpack 'CCnnC', $in;

        $in = _read($sock, 8 + $size + $pad, $in);
        $stream{$type} .= substr $in, 8, $size;
        $in = substr $in, 8 + $size + $pad;
        last if $type == FCGI_STDIN && $size == 0;
    }

    my $text = $self->_cgi($stream{+FCGI_STDIN},
                           _params($stream{+FCGI_PARAMS}));

    syswrite $sock, pack('CCnnCC', 1, FCGI_STDOUT, 1, length $text, 0, 0)
        . $text . pack('CCnnCC', 1, FCGI_END, 1, 8, 0, 0) . "\0" x 8;
    return;
}

# Lengths take a byte, or four of which the first bit is set.
sub _params {
    my $in = shift;

    my @pairs;

    while (length $in) {
        my @size = map {
            my $n = ord $in;

            $n < 128 ? do { substr $in, 0, 1, ''; $n }
                     : unpack('N', substr $in, 0, 4, '') & 0x7fffffff;
        } 1 .. 2;

        push @pairs, map { substr $in, 0, $_, '' } @size;
    }

    return @pairs;
}

sub _grpc {
    my ($self, $sock) = @_;

    return h2_serve($sock, sub {
        my ($headers, $body) = @_;

        my ($uri) = map { $_->[1] } grep { $_->[0] eq ':path' } @$headers;

        return $self->_answer($uri, $body // '', map { $_->[1] }
                              grep { $_->[0] eq 'authorization' } @$headers);
    });
}

# Without frames: what counts is that bytes go both ways.
sub _websocket {
    my ($self, $sock) = @_;

    my $in = _read($sock, 1, '');

    $in = _read($sock, 1 + length $in, $in) while $in !~ /\r\n\r\n/;

    my ($uri) = $in =~ /\A\S+ (\S+)/;
    my ($status, $text) = $self->_answer($uri, '',
                                         $in =~ /^authorization: (.*)\r$/mig);

    if ($status != 200 || $in !~ /^upgrade: websocket\r$/mi) {
        syswrite $sock, "HTTP/1.1 $status Status\r\nContent-Length: "
            . length($text) . "\r\nConnection: close\r\n\r\n$text";
        return;
    }

    syswrite $sock, "HTTP/1.1 101 Switching Protocols\r\n"
        . "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n$text\n";

    while (sysread $sock, $in, 65536) {
        syswrite $sock, $in;
    }

    return;
}


sub DESTROY {
    my $self = shift;

    return if $self->{owner} != $$;

    local ($?, $!);
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;

    return;
}

1;
