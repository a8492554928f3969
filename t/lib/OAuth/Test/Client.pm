package OAuth::Test::Client;

# HTTP/1.1 clients on bare sockets, many at a time, with timings.

use strict;
use warnings;

use Errno qw(EAGAIN EINPROGRESS);
use Exporter qw(import);
use Socket qw(AF_INET SOCK_STREAM inet_aton pack_sockaddr_in);

use OAuth::Test::Build qw(patience);
use OAuth::Test::Canary qw(look_at);
use OAuth::Test::Clock qw(time);

our @EXPORT_OK = qw(get post request many request_bytes);


# Bytes of one request; the connection is closed after it.
sub request_bytes {
    my ($method, $uri, $body, @headers) = @_;

    my $bytes = "$method $uri HTTP/1.1\r\nHost: localhost\r\n"
                . "Connection: close\r\n";

    while (my ($name, $value) = splice @headers, 0, 2) {
        $bytes .= "$name: $value\r\n";
    }

    $bytes .= 'Content-Length: ' . length($body) . "\r\n" if defined $body;

    return "$bytes\r\n" . ($body // '');
}

sub request {
    my ($port, $method, $uri, $body, @headers) = @_;

    my ($answer) = many($port, 10,
                        { bytes => request_bytes($method, $uri, $body,
                                                 @headers) });
    return $answer;
}

sub get  { my ($port, $uri, @headers) = @_;
           return request($port, 'GET', $uri, undef, @headers) }

sub post { my ($port, $uri, $body, @headers) = @_;
           return request($port, 'POST', $uri, $body, @headers) }


# Sends all requests at once and waits for the answers, at most $timeout
# seconds.  A request: { bytes, leave => seconds after which the client goes
# away, sock => a connection of its own }.  Returns an answer for each, in order: { status, headers, body, raw,
# start, end, seconds, error }.
sub many {
    my ($port, $timeout, @requests) = @_;

    my $end = time + patience($timeout);
    my @clients = map { _connect($port, $_) } @requests;
    my %open = map { fileno $_->{sock} => $_ } @clients;

    while (%open && time < $end) {
        my ($r, $w) = ('', '');

        for my $c (values %open) {
            vec($c->{out} eq '' ? $r : $w, fileno $c->{sock}, 1) = 1;
        }

        select $r, $w, undef, _wait($end, values %open);

        for my $fd (keys %open) {
            my $c = $open{$fd};

            _write($c) if vec($w, $fd, 1);
            _read($c) if vec($r, $fd, 1);
            _finish($c, 'left') if $c->{leave} && time >= $c->{leave};

            delete $open{$fd} if $c->{end};
        }
    }

    _finish($_, 'timeout') for values %open;

    return map { _answer($_) } @clients;
}


sub _connect {
    my ($port, $request) = @_;

    my $sock = $request->{sock};
    my $start = time;

    if (!$sock) {
        socket $sock, AF_INET, SOCK_STREAM, 0 or die "socket: $!";
        $sock->blocking(0);

        connect($sock, pack_sockaddr_in($port, inet_aton('127.0.0.1')))
            or $! == EINPROGRESS or die "connect: $!";
    }

    $sock->blocking(0);

    return {
        sock => $sock, out => $request->{bytes}, in => '', start => $start,
        leave => $request->{leave} ? $start + $request->{leave} : undef,
    };
}

sub _wait {
    my ($end, @open) = @_;

    my ($first) = sort { $a <=> $b } $end,
                  grep { defined } map { $_->{leave} } @open;
    my $left = $first - time;

    return $left > 0 ? $left : 0;
}

sub _write {
    my $c = shift;

    my $n = syswrite $c->{sock}, $c->{out};

    return $! == EAGAIN ? undef : _finish($c, "$!") if !defined $n;

    substr($c->{out}, 0, $n) = '';
    return;
}

sub _read {
    my $c = shift;

    my $n = sysread $c->{sock}, $c->{in}, 65536, length $c->{in};

    return if $n || !defined $n && $! == EAGAIN;

    return _finish($c, defined $n ? undef : "$!");
}

sub _finish {
    my ($c, $error) = @_;

    $c->{end} = time;
    $c->{error} = $error;
    close $c->{sock};
    return;
}


sub _answer {
    my $c = shift;

    look_at($c->{in});

    my ($head, $body) = split /\r\n\r\n/, $c->{in}, 2;
    my ($line, @fields) = split /\r\n/, $head // '';
    my ($status) = ($line // '') =~ m{\AHTTP/\d\.\d (\d+)};
    my %headers = map { /\A([^:]+):\s*(.*)\z/s ? (lc $1 => $2) : () } @fields;

    if (lc($headers{'transfer-encoding'} // '') eq 'chunked') {
        $body = _dechunk($body);
    }

    return {
        status => $status // 0, headers => \%headers, body => $body // '',
        raw => $c->{in}, start => $c->{start}, end => $c->{end},
        seconds => $c->{end} - $c->{start}, error => $c->{error},
    };
}

sub _dechunk {
    my $in = shift // '';

    my $body = '';

    while ($in =~ s/\A([0-9a-fA-F]+)[^\r\n]*\r\n//) {
        my $n = hex $1 or last;
        $body .= substr $in, 0, $n;
        $in = length $in > $n + 2 ? substr $in, $n + 2 : '';
    }

    return $body;
}

1;
