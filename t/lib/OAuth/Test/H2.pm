package OAuth::Test::H2;

# Just enough of HTTP/2, in cleartext, for clients and for servers of gRPC.

use strict;
use warnings;

use Exporter qw(import);
use IO::Select;
use IO::Socket::INET;

use OAuth::Test::Clock qw(time);
use OAuth::Test::HPACK qw(hpack_read hpack_text);

our @EXPORT_OK = qw(h2_get h2_many h2_rapid h2_serve);

use constant {
    PREFACE => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    DATA => 0, HEADERS => 1, RST_STREAM => 3, SETTINGS => 4, PING => 6,
    END_STREAM => 1, ACK => 1, END_HEADERS => 4, CANCEL => 8,
};

# HPACK: ":method: GET" and ":scheme: http" by their numbers.
use constant GET => "\x82\x86";


# Opens so many streams at once, resets the first "reset" of them after a
# moment, and returns the bodies of the answers that came whole.
sub h2_many {
    my ($port, $streams, $reset) = @_;

    my @ids = map { 2 * $_ - 1 } 1 .. $streams;
    my @gone = splice @ids, 0, $reset // 0;
    my $sock = _open($port, map { _request($_, '/') } @gone, @ids);

    if (@gone) {
        select undef, undef, undef, 0.1;
        syswrite $sock, join '',
                 map { _frame(RST_STREAM, 0, $_, pack 'N', CANCEL) } @gone;
    }

    return map { $_->{body} } _answers($sock, @ids);
}

# Opens so many streams, each of which is reset at once, and one more on another
# connection, as nginx may have enough of the first; returns the body of that
# one's answer.
sub h2_rapid {
    my ($port, $streams) = @_;

    local $SIG{PIPE} = 'IGNORE';
    my $sock = _open($port, map { (_request($_, '/'),
                                   _frame(RST_STREAM, 0, $_, pack 'N', CANCEL)) }
                            map { 2 * $_ - 1 } 1 .. $streams);

    return (h2_many($port, 1))[0];
}

# One GET with these headers: { status, headers, body }, nothing in it when the
# stream was reset.
sub h2_get {
    my ($port, $uri, @headers) = @_;

    my ($answer) = _answers(_open($port, _request(1, $uri, @headers)), 1);

    return $answer // {};
}


sub _open {
    my ($port, @frames) = @_;

    my $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                     PeerPort => $port) or die "connect: $!";

    syswrite $sock, join '', PREFACE, _frame(SETTINGS, 0, 0, ''), @frames;

    return $sock;
}

sub _request {
    my ($stream, $uri, @headers) = @_;

    my $block = GET . hpack_text(':path', $uri)
                . hpack_text(':authority', 'localhost');

    while (my ($name, $value) = splice @headers, 0, 2) {
        $block .= hpack_text($name, $value);
    }

    return _frame(HEADERS, END_STREAM | END_HEADERS, $stream, $block);
}

sub _frame {
    my ($type, $flags, $stream, $payload) = @_;

    my $size = length $payload;

    return pack('CnCCN', $size >> 16, $size & 0xffff, $type, $flags, $stream)
           . $payload;
}


# Calls a function for each frame until it returns true or time is up.
sub _frames {
    my ($sock, $in, $seen) = @_;

    my $end = time + 10;
    my $select = IO::Select->new($sock);

    while (1) {
        while ($in =~ /\A.{9}/s) {
            my ($high, $low, $type, $flags, $stream) = unpack 'CnCCN', $in;
            my $size = ($high << 16) + $low;

            last if length $in < 9 + $size;

            my $payload = substr substr($in, 0, 9 + $size, ''), 9;

            syswrite $sock, _frame($type, ACK, 0, $type == PING ? $payload : '')
                if ($type == SETTINGS || $type == PING) && !($flags & ACK);

            return if $seen->($type, $flags, $stream, $payload);
        }

        $select->can_read($end - time) or return;
        sysread $sock, $in, 65536, length $in or return;
    }
}

sub _answers {
    my ($sock, @ids) = @_;

    my %open = map { $_ => { body => '', headers => {} } } @ids;
    my @done;

    _frames($sock, '', sub {
        my ($type, $flags, $stream, $payload) = @_;

        delete $open{$stream} if $type == RST_STREAM;

        if ($open{$stream} && $type <= HEADERS) {
            $open{$stream}{body} .= $payload if $type == DATA;
            _note($open{$stream}, hpack_read($payload)) if $type == HEADERS;
            push @done, delete $open{$stream} if $flags & END_STREAM;
        }

        return !%open;
    });

    return @done;
}

sub _note {
    my ($answer, @headers) = @_;

    for my $header (@headers) {
        $answer->{status} = $header->[1] if $header->[0] eq ':status';
        $answer->{headers}{ $header->[0] } = $header->[1];
    }

    return;
}


# Serves requests on a connection: answer() gets the headers of each and its
# body, and returns a status and the body of a message.
sub h2_serve {
    my ($sock, $answer) = @_;

    my $in = '';
    my (%headers, %body);

    while (length $in < length PREFACE) {
        sysread $sock, $in, 65536, length $in or return;
    }

    syswrite $sock, _frame(SETTINGS, 0, 0, '');

    return _frames($sock, substr($in, length PREFACE), sub {
        my ($type, $flags, $stream, $payload) = @_;

        $headers{$stream} = [ hpack_read($payload) ] if $type == HEADERS;
        $body{$stream} .= $payload if $type == DATA;
        return 0 if $type > HEADERS || !($flags & END_STREAM);

        _serve($sock, $stream, $answer->($headers{$stream}, $body{$stream}));
        return 0;
    });
}

# With trailers, as gRPC has them.
sub _serve {
    my ($sock, $stream, $status, $text) = @_;

    syswrite $sock, join '',
        _frame(HEADERS, END_HEADERS, $stream, hpack_text(':status', $status)
               . hpack_text('content-type', 'application/grpc')),
        _frame(DATA, 0, $stream, $text),
        _frame(HEADERS, END_HEADERS | END_STREAM, $stream,
               hpack_text('grpc-status', $status == 200 ? 0 : 16));

    return;
}

1;
