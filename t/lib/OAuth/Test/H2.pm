package OAuth::Test::H2;

# Just enough of HTTP/2, in cleartext, to send many GET / on one connection.

use strict;
use warnings;

use Exporter qw(import);
use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);

our @EXPORT_OK = qw(h2_many);

use constant {
    PREFACE => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    DATA => 0, HEADERS => 1, RST_STREAM => 3, SETTINGS => 4,
    END_STREAM => 1, ACK => 1, END_HEADERS => 4, CANCEL => 8,
};

# HPACK: ":method: GET", ":scheme: http", ":path: /" by their numbers, and
# ":authority" with a literal value.
use constant REQUEST => "\x82\x86\x84\x01\x09localhost";


# Opens so many streams at once, resets the first "reset" of them after a
# moment, and returns the bodies of the answers that came whole.
sub h2_many {
    my ($port, $streams, $reset) = @_;

    my $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                     PeerPort => $port) or die "connect: $!";
    my @ids = map { 2 * $_ - 1 } 1 .. $streams;
    my @gone = splice @ids, 0, $reset // 0;

    syswrite $sock, join '', PREFACE, _frame(SETTINGS, 0, 0, ''),
             map { _frame(HEADERS, END_STREAM | END_HEADERS, $_, REQUEST) }
             @gone, @ids;

    if (@gone) {
        select undef, undef, undef, 0.1;
        syswrite $sock, join '',
                 map { _frame(RST_STREAM, 0, $_, pack 'N', CANCEL) } @gone;
    }

    return _bodies($sock, @ids);
}


sub _frame {
    my ($type, $flags, $stream, $payload) = @_;

    my $size = length $payload;

    return pack('CnCCN', $size >> 16, $size & 0xffff, $type, $flags, $stream)
           . $payload;
}


sub _bodies {
    my ($sock, @ids) = @_;

    my $end = time + 10;
    my $select = IO::Select->new($sock);
    my %open = map { $_ => '' } @ids;
    my ($in, @done) = ('');

    while (%open && $select->can_read($end - time)) {
        sysread $sock, $in, 65536, length $in or last;

        while ($in =~ /\A.{9}/s) {
            my ($high, $low, $type, $flags, $stream) = unpack 'CnCCN', $in;
            my $size = ($high << 16) + $low;

            last if length $in < 9 + $size;

            my $payload = substr substr($in, 0, 9 + $size, ''), 9;

            syswrite $sock, _frame(SETTINGS, ACK, 0, '')
                if $type == SETTINGS && !($flags & ACK);

            delete $open{$stream} if $type == RST_STREAM;
            next if !exists $open{$stream} || $type > HEADERS;

            $open{$stream} .= $payload if $type == DATA;
            push @done, delete $open{$stream} if $flags & END_STREAM;
        }
    }

    return @done;
}

1;
