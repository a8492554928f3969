package OAuth::Test::H3;

# HTTP/3 clients: curl, where it can do that.

use strict;
use warnings;

use Exporter qw(import);
use File::Temp qw(tempdir);
use IO::Socket::INET;

use OAuth::Test::Nginx;

our @EXPORT_OK = qw(h3_missing h3_port h3_many h3);


# Why there is nothing to test; "" when there is.
sub h3_missing {
    my $nginx = OAuth::Test::Nginx::binary();

    return 'this nginx has no HTTP/3'
        if `'$nginx' -V 2>&1` !~ /--with-http_v3_module/;

    return 'this curl has no HTTP/3'
        if `curl -V 2>/dev/null` !~ /^Features:.* HTTP3\b/m;

    return '';
}

# A port of UDP, below those of outgoing connections.
sub h3_port {
    for (1 .. 100) {
        my $port = 10000 + int rand 20000;
        my $sock = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
            LocalPort => $port, Proto => 'udp') or next;
        close $sock;
        return $port;
    }

    die "no free port\n";
}


# Requests by streams of one connection, as far as they run at one time.  A
# request: { uri, leave => seconds after which its stream is reset, headers,
# body }.  Returns an answer for each: { status, headers, body }, in order; one
# that left has the status 0.
sub h3_many {
    my ($port, @requests) = @_;

    my $dir = tempdir('oauth-h3-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my @command = ('curl', '-sZ', '--parallel-max', scalar @requests);

    for my $i (0 .. $#requests) {
        push @command, '--next' if $i;
        push @command, _transfer($port, $requests[$i], "$dir/$i");
    }

    my $code = system @command;
    die "curl: $!" if $code == -1;

    return map { _answer("$dir/$_") } 0 .. $#requests;
}

# One request; returns its answer.
sub h3 {
    my ($port, $uri, %request) = @_;

    my ($answer) = h3_many($port, { uri => $uri, %request });
    return $answer;
}


# The arguments of one transfer, which leaves head and body in two files.
sub _transfer {
    my ($port, $request, $file) = @_;

    my @arg = ('-q', '-s', '-k', '--http3-only', '-m', $request->{leave} // 20,
               '-D', "$file.head", '-o', "$file.body");
    my @headers = @{ $request->{headers} // [] };

    while (my ($name, $value) = splice @headers, 0, 2) {
        push @arg, '-H', "$name: $value";
    }

    if (defined $request->{body}) {
        open my $out, '>:raw', "$file.sent" or die "$file.sent: $!";
        print {$out} $request->{body};
        close $out or die "$file.sent: $!";

        push @arg, '--data-binary', "\@$file.sent";
    }

    return (@arg, "https://127.0.0.1:$port$request->{uri}");
}

sub _answer {
    my $file = shift;

    my ($first, @lines) = split /\r\n/, _read("$file.head");
    my ($status) = ($first // '') =~ m{^HTTP/3 (\d+)};
    my %headers = map { /^([^:]+): (.*)/ ? (lc $1 => $2) : () } @lines;

    return { status => $status // 0, headers => \%headers,
             body => _read("$file.body") };
}

sub _read {
    my $file = shift;

    open my $in, '<:raw', $file or return '';
    local $/;
    return <$in> // '';
}

1;
