package OAuth::Test::Load;

# Clients that come all the time, from a process of their own: so many
# connections, each with one request every so many seconds, whatever happens to
# the server.  stop() returns a row for each request, in the order in which
# they ended:
#
#   fate      answer; lost (the connection has gone before its first byte),
#             torn (in the middle), refused, hung (no answer in time)
#   start, end, uri, status, body
#   cache, error, wait, left, pid: the X- headers of an answer; of one that is
#             lost, pid is the worker that its connection was known to have

use strict;
use warnings;

use Errno qw(EAGAIN ECONNREFUSED EINPROGRESS);
use Exporter qw(import);
use File::Temp ();
use POSIX ();
use Socket qw(AF_INET SOCK_STREAM inet_aton pack_sockaddr_in);

use OAuth::Test::Clock qw(time);

our @EXPORT_OK = qw(failed sums);

# Those that run: each would keep the end of another open, which tells it to
# stop.
my %control;

use constant SHOWN => qw(cache error wait left pid);
use constant COLUMNS => qw(fate start end uri status body), SHOWN;


# Options: connections (50), interval (0.05) between the requests of one, uris
# (['/']) which take turns, keepalive (1), patience (10), spread (the interval):
# the time within which all have begun.
sub start {
    my ($class, $port, %arg) = @_;

    my $self = bless {
        connections => 50, interval => 0.05, uris => ['/'], keepalive => 1,
        patience => 10, spread => $arg{interval} // 0.05, %arg, port => $port, owner => $$,
        file => File::Temp->new,
    }, $class;

    pipe my $there, $self->{control} or die "pipe: $!";
    $self->{pid} = fork() // die "fork: $!";

    if ($self->{pid} == 0) {
        close $_ for $self->{control}, values %control;
        $SIG{PIPE} = $SIG{INT} = 'IGNORE';
        eval { $self->_run($there) };
        print STDERR "load: $@" if $@;
        POSIX::_exit($@ ? 1 : 0);
    }

    $control{ $self->{pid} } = $self->{control};

    return $self;
}

# Lets requests in flight end, for as long as their patience lasts.
sub stop {
    my $self = shift;

    $self->_end or die "the load generator has failed\n";

    return map {
        my %row;

        chomp;
        @row{ +COLUMNS } = split /\t/, $_, -1;
        \%row;
    } do { open my $in, '<', $self->{file} or die $!; <$in> };
}

sub _end {
    my $self = shift;

    close delete $self->{control};
    delete $control{ $self->{pid} };
    waitpid delete $self->{pid}, 0;

    return $? == 0;
}

sub DESTROY {
    my $self = shift;

    local ($?, $@, $!);
    $self->_end if $self->{pid} && $self->{owner} == $$;
    return;
}


# Rows that a client would complain about.
sub failed { return grep { $_->{fate} ne 'answer' || $_->{status} != 200 } @_ }

# "200 HIT: 9, lost: 1"
sub sums {
    my %seen;

    $seen{$_->{fate} eq 'answer'
          ? join ' ', grep { length } @$_{qw(status cache error)}
          : $_->{fate}}++ for @_;

    return join ', ', map { "$_: $seen{$_}" } sort keys %seen;
}


sub _run {
    my ($self, $control) = @_;

    open my $out, '>', $self->{file}->filename or die $!;

    my ($now, $n) = (time, $self->{connections});
    my @idle = map { { next => $now + $_ * $self->{spread} / $n } } 0 .. $n - 1;
    my ($stopping, %busy);

    while (!$stopping || %busy) {
        @idle = () if $stopping;

        # in the order in which they are due
        while (@idle && $idle[0]{next} <= time) {
            my $c = shift @idle;
            $self->_send($c);
            $busy{ fileno $c->{sock} } = $c;
        }

        my ($r, $w) = ('', '');

        vec($r, fileno $control, 1) = 1 if !$stopping;
        vec($_->{out} eq '' ? $r : $w, fileno $_->{sock}, 1) = 1
            for values %busy;

        my $pause = @idle ? $idle[0]{next} - time : 0.1;
        select $r, $w, undef, $pause < 0 ? 0 : $pause > 0.1 ? 0.1 : $pause;

        # nothing is ever written to it
        $stopping ||= vec($r, fileno $control, 1);

        for my $fd (keys %busy) {
            my $c = $busy{$fd};
            my $row = $self->_step($c, vec($r, $fd, 1), vec($w, $fd, 1))
                or next;

            delete $busy{$fd};
            print {$out} join("\t", map { $_ // '' } @$row{ +COLUMNS }), "\n"
                or die $!;

            $c->{next} += $self->{interval};
            $c->{next} = time if $c->{next} < time;
            _add(\@idle, $c);
        }
    }

    close $out or die $!;
    return;
}

sub _add {
    my ($idle, $c) = @_;

    my $i = @$idle;

    $i-- while $i && $idle->[$i - 1]{next} > $c->{next};
    splice @$idle, $i, 0, $c;
    return;
}


sub _send {
    my ($self, $c) = @_;

    # A server that has closed an idle connection has told so by now; what it
    # closes at this very moment is lost.
    if ($c->{sock}) {
        my $n = sysread $c->{sock}, my $buf, 1;
        _drop($c) if defined $n || $! != EAGAIN;
    }

    if (!$c->{sock}) {
        socket $c->{sock}, AF_INET, SOCK_STREAM, 0 or die "socket: $!";
        $c->{sock}->blocking(0);

        # An error shows when it is read or written.
        connect $c->{sock},
                pack_sockaddr_in($self->{port}, inet_aton('127.0.0.1'));
    }

    my $uris = $self->{uris};

    $c->{uri} = $uris->[ $self->{turn}++ % @$uris ];
    $c->{out} = "GET $c->{uri} HTTP/1.1\r\nHost: localhost\r\n"
                . ($self->{keepalive} ? '' : "Connection: close\r\n") . "\r\n";
    $c->{in} = '';
    $c->{start} = time;
    return;
}

sub _drop {
    my $c = shift;

    close delete $c->{sock};
    delete $c->{pid};
    return;
}


# Returns a row when the request has ended.
sub _step {
    my ($self, $c, $readable, $writable) = @_;

    return $self->_row($c, 'hung') if time > $c->{start} + $self->{patience};

    if ($writable) {
        my $n = syswrite $c->{sock}, $c->{out};

        return $self->_row($c, $! == ECONNREFUSED ? 'refused' : 'lost')
            if !defined $n && $! != EAGAIN;

        substr($c->{out}, 0, $n // 0) = '';
    }

    return if !$readable;

    my $n = sysread $c->{sock}, $c->{in}, 65536, length $c->{in};

    return if !defined $n && $! == EAGAIN;

    my $head = index $c->{in}, "\r\n\r\n";

    if ($head >= 0) {
        my ($size) = $c->{in} =~ /^Content-Length: (\d+)\r$/m;
        my $left = $head + 4 + ($size // 0) - length $c->{in};

        return $self->_row($c, 'answer', $head) if $left == 0;
        return $self->_row($c, 'torn') if $left < 0;
    }

    return if $n;
    return $self->_row($c, $c->{in} eq '' ? 'lost' : 'torn');
}

sub _row {
    my ($self, $c, $fate, $head) = @_;

    my %row = (fate => $fate, end => time, pid => $c->{pid},
               start => $c->{start}, uri => $c->{uri});

    if ($fate eq 'answer') {
        ($row{status}) = $c->{in} =~ m{\AHTTP/1\.1 (\d+)};
        $row{body} = substr($c->{in}, $head + 4) =~ tr/\r\n\t/ /r;
        ($row{$_}) = $c->{in} =~ /^X-\u$_: (.*)\r$/m for SHOWN;
        $c->{pid} = $row{pid};
    }

    _drop($c) if $fate ne 'answer' || $c->{in} =~ /^Connection: close\r$/m;
    return \%row;
}

1;
