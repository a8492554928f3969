package OAuth::Test::SCGI;

# An SCGI server in a process of its own that refuses one value of
# Authorization with 401 and echoes all others.  "/warm" is always served.

use strict;
use warnings;

use IO::Socket::INET;
use POSIX ();


sub new {
    my ($class, $refused) = @_;

    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                         Listen => 10) or die "listen: $!";
    my $parent = $$;
    my $pid = fork() // die "fork: $!";

    return bless { port => $listener->sockport, pid => $pid, owner => $$ },
                 $class if $pid;

    # it ends with the test, also with one that is killed
    while (getppid() == $parent) {
        my $ready = '';
        vec($ready, fileno $listener, 1) = 1;
        _serve(scalar $listener->accept, $refused)
            if select $ready, undef, undef, 0.5;
    }

    POSIX::_exit(0);
}

sub address { return "127.0.0.1:$_[0]{port}" }


# A request is a netstring of NUL-terminated names and values.
sub _serve {
    my ($sock, $refused) = @_;

    my $in = '';

    while ($in !~ /\A(\d+):/ || length($in) < length($1) + 2 + $1) {
        sysread $sock, $in, 65536, length $in or return;
    }

    my %header = split /\0/, substr($in, index($in, ':') + 1) =~ s/,\z//r;
    my $auth = $header{HTTP_AUTHORIZATION} // '';

    syswrite $sock, ($header{REQUEST_URI} // '') !~ /warm/ && $auth eq $refused
        ? "Status: 401 Unauthorized\r\n\r\nrefused\n"
        : "Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n$auth";
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
