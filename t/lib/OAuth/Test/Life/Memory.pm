package OAuth::Test::Life::Memory;

# What a worker keeps of the tokens it has fetched, and of the fetches that have
# failed: nothing.

use strict;
use warnings;

use Exporter qw(import);
use File::Temp ();
use IO::Socket::INET;
use List::Util qw(max min sum);
use Test::More;

use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Faults qw(shim);
use OAuth::Test::Life qw(slow);

our @EXPORT = qw(refreshes failures);
our @EXPORT_OK = qw(memory);

# Each of them has a new token ten times a second and more.
use constant { PROVIDERS => 100, LIFE_MS => 200 };

# After so many refreshes a worker has all the memory it needs, but for this
# growth in kB.
use constant { FIRST => 1000, GROWTH => 64 };

# What the C library may need more for the same, in kB.
use constant ROOM => 256;

use constant SAMPLES => 50;

# as t/shim/live.c has them
use constant { WORD => 8, SLOTS => 4096 };

# What fetches that are running may have more than before.
use constant FILES => slow() ? PROVIDERS : 2;

# An endpoint that costs little: a token and a byte in the log, a request.
my $endpoint = <<'END';
location /token {
    access_log %s/count one;
    default_type application/json;
    return 200 '{"access_token":"$request_id","expires_in":%d}';
}
END


# kB of its own that are in memory; the zone is not, which all share.
sub memory {
    my $pid = shift;

    open my $in, '<', "/proc/$pid/smaps_rollup" or die "$pid: $!";
    my ($kb) = do { local $/; <$in> } =~ /^Anonymous:\s+(\d+) kB/m;

    return $kb;
}

# Those of the fetches that are running are not meant.
sub _files {
    my $pid = shift;

    return min(map { sleep 0.005; scalar(my @n = glob "/proc/$pid/fd/*") }
               1 .. SAMPLES);
}

# kB that a process has from malloc() and has not freed, by t/shim/live.c: a leak
# may find room in what the configuration has left, which memory() has counted.
# Those of the fetches that are running are not meant.
sub _live {
    my ($counters, $pid) = @_;

    return min(map {
        sleep 0.005;
        sysseek $counters, WORD * ($pid % SLOTS), 0;
        sysread $counters, my $bytes, WORD;
        unpack('q', $bytes) / 1024;
    } 1 .. SAMPLES);
}

# Starts the gateway.  It goes on until there are so many more of these, as they
# are counted.
sub _steady {
    my ($row, $gateway, $n, $what, $count) = @_;

    my $counters = File::Temp->new;

    truncate $counters, WORD * SLOTS or die "truncate: $!";
    chmod 0666, $counters->filename;

    {
        # a checked build counts in its own way
        local $ENV{LD_PRELOAD} = slow() ? '' : shim('live');
        local $ENV{OAUTH_TEST_LIVE} = $counters->filename;

        $gateway->start;
    }

    my $reach = sub {
        my $wanted = shift;
        my $end = time + 10 + $wanted / 200;

        sleep 0.05 while $count->() < $wanted && time < $end;
        return $count->();
    };

    $reach->(FIRST);

    my @workers = $gateway->nginx->workers;
    my %before = map { $_ => [ memory($_), _files($_), _live($counters, $_) ] }
                 @workers;
    my $done = $reach->(FIRST + $n);
    my @grown = map { memory($_) - $before{$_}[0] } @workers;
    my @held = map { int(_live($counters, $_) - $before{$_}[2]) } @workers;
    my @opened = map { _files($_) - $before{$_}[1] } @workers;

    note "$done $what: @grown kB more, @held of them held, @opened files more";
    cmp_ok($done, '>=', FIRST + $n, "$row $n $what");

    # A checked build keeps what was freed, to look at it.
    if (!slow()) {
        cmp_ok(max(@grown), '<=', ROOM, "$row memory does not grow");
        cmp_ok(max(@held), '<=', GROWTH, "$row nor what is held of it");
    }

    cmp_ok(max(@opened), '<=', FILES, "$row nor the number of open files");
    is(join(' ', $gateway->nginx->workers), "@workers",
       "$row of the same workers");

    return;
}

# So many tokens are fetched by timers.
sub refreshes {
    my $n = shift;

    my @names = map { "q$_" } 1 .. PROVIDERS;
    my $gateway = OAuth::Test::Life->new(
        echo => sub { sprintf $endpoint, $_[0]->dir, LIFE_MS },
        more => { map { $_ => 'prefetch on;'
                  . 'token_endpoint http://127.0.0.1:UPSTREAM_PORT/token;'
                  } @names });
    my $file = $gateway->upstream->dir . '/count';

    _steady('[L1]', $gateway, $n, 'refreshes', sub { (-s $file // 0) / 2 });
    $gateway->stop;

    return;
}


# What endpoints answer that is no token, as nginx says it.
my %answer = (
    bad_json => "return 200 '{\"access_token\":';",
    no_token => "return 200 '{\"token_type\":\"Bearer\"}';",
    no_string => "return 200 '{\"access_token\":{\"a\":[1,2]}}';",
    other_type => "return 200 '{\"access_token\":\"a\",\"token_type\":\"mac\"}';",
    bad_token => "return 200 '{\"access_token\":\"a b\"}';",
    html => "default_type text/html; return 200 '<html></html>';",
    nothing => 'return 204;',
    refused => "return 400 '{\"error\":\"invalid_client\","
        . "\"error_description\":\"who are you\"}';",
    forbidden => 'return 403;',
    moved => 'return 302 /elsewhere;',
    broken => "return 500 '{\"error\":\"server_error\"}';",
    closed => 'return 444;',
    challenged => "add_header WWW-Authenticate 'SCA a=b' always; return 401;",
);

# Endpoints that do not answer: lines of their providers; PORT speaks no TLS.
my %dead = (
    nobody => 'token_endpoint http://127.0.0.1:1/;',
    no_tls => 'token_endpoint https://127.0.0.1:UPSTREAM_PORT/;'
        . 'proxy_ssl_verify off;',
    silent => 'token_endpoint http://127.0.0.1:SILENT/;'
        . 'fetch_timeout 50ms;',
);

# So many providers of each kind, each of which tries again after a while.
use constant ALIKE => 8;

# So many fetches fail, of each kind as many.
sub failures {
    my $n = shift;

    my $silent = IO::Socket::INET->new(Listen => 100,
                                       LocalAddr => '127.0.0.1');
    my $port = $silent->sockport;
    my $often = 'prefetch on; backoff 10ms 10ms;';
    my $gateway = OAuth::Test::Life->new(
        level => 'error',
        allow => qr/\[crit\].*SSL_do_handshake/,
        echo => sub { join '', map { "location /$_ { $answer{$_} }\n" }
                      sort keys %answer },
        more => { map {
            my $line = $dead{$_} // 'token_endpoint '
                                    . "http://127.0.0.1:UPSTREAM_PORT/$_;";
            my $lines = $often . $line =~ s/SILENT/$port/r;

            my $kind = $_;

            map { ("${kind}_$_" => $lines) } 1 .. ALIKE;
        } keys %answer, keys %dead });
    my (%seen, $log);

    _steady('[L2]', $gateway, $n, 'failures', sub {
        if (!$log) {
            open $log, '<', $gateway->nginx->dir . '/logs/error.log'
                or die "error.log: $!";
        }

        while (my $line = <$log>) {
            my ($kind) = $line =~ /(?:no\ access\ token|not\ refreshed)\ while
                                   .*provider:\ "(\w+)_/x or next;
            my ($left) = $line =~ /, (\d+) similar lines? left out$/;

            $seen{$kind} += 1 + ($left // 0);
        }

        seek $log, 0, 1;
        return sum(0, values %seen);
    });

    note join ', ', map { "$_: $seen{$_}" } sort keys %seen;
    is(join(' ', grep { !$seen{$_} } sort keys %answer, keys %dead), '',
       '[L2] failures of every kind');
    $gateway->stop;

    return;
}

1;
