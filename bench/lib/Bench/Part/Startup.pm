package Bench::Part::Startup;

# How long nginx takes to start and to reload with 100 providers, each used by
# a location, beside the same configuration without the module: the same
# locations, each with a token of its own that somebody has written there.
#
# Once the locations verify the certificate of the API, as all of conf.examples
# do: whoever minds whom a token goes to has these lines anyway, and nginx 1.22
# reads the CAs of the system anew for each of them; this is what is promised
# of.  Once they do not, so that the module reads CAs where else nobody does, and
# its 100 TLS contexts are as many as all others.
#
# A start is the time until the first answer, a reload that until an answer of
# a new worker.  There is nobody at the addresses, and no token is fetched.

use strict;
use warnings;

use Time::HiRes qw(sleep time);

use Bench::Nginx;
use Bench::Part qw(median progress);
use Bench::Target qw(judge promised);

use constant { PROVIDERS => 100, WORKERS => 2 };
use constant CAS => '/etc/ssl/certs/ca-certificates.crt';

# Pairs beside the rounds: each is short, and its time less steady than others.
use constant MORE_PAIRS => 2;

# seconds between looks for a new worker; and how long to look
use constant { LOOK => 0.002, PATIENCE => 120 };

# How a location treats the certificate of its API, and whether that is what is
# promised of.
my @ways = (
    [ 'verified', 1, 'proxy_ssl_verify on; proxy_ssl_trusted_certificate '
                    . CAS . ';' ],
    [ 'not verified', 0, '' ],
);


sub about { return 'start and reload with 100 providers' }

sub run {
    my ($options) = @_;

    my $pairs = $options->{rounds} + MORE_PAIRS;
    my (@rows, @failed, %data);

    for my $way (@ways) {
        my ($name, $promised, $lines) = @$way;
        my %of;

        for my $pair (1 .. $pairs) {
            progress("start and reload, $name, pair $pair of $pairs");

            # who is first changes
            for my $kind ($pair % 2 ? qw(without with) : qw(with without)) {
                push @{ $of{$kind} }, _times($kind, $lines);
            }
        }

        for my $what (qw(start reload)) {
            my ($ratio, @cells) = _cells($what, %of);
            my ($cell, @missed) = $promised
                ? judge([ startup_time => $ratio ]) : '';

            push @rows, [ "$what, API $name", @cells, $cell ];
            push @failed, map { "$what: $_" } @missed;
        }

        $data{$name} = \%of;
    }

    return {
        title => 'Start and reload of nginx with ' . PROVIDERS . ' providers',
        columns => ['', 'without module, ms', 'with module, ms', 'ratio',
                    'CPU without, ms', 'CPU with, ms', 'promised'],
        rows => \@rows, failed => \@failed, data => \%data,
        notes => ["Medians of $pairs pairs, of their ratios, too; the CPU is"
                  . ' that of the master process.', promised('startup_time')],
    };
}

# The median of the ratios, and what is shown.
sub _cells {
    my ($what, %of) = @_;

    my $ratio = median(map { $of{with}[$_]{$what} / $of{without}[$_]{$what} }
                       0 .. $#{ $of{with} });
    my @ms = map {
        my $figure = $_;
        map { sprintf '%.0f', 1000 * median(map { $_->{$figure} } @$_) }
            @of{qw(without with)};
    } $what, "cpu_$what";

    return ($ratio, @ms[0, 1], sprintf('%.2f', $ratio), @ms[2, 3]);
}


# Seconds of one start and one reload, and of the master's CPU.
sub _times {
    my ($kind, $lines) = @_;

    my $nginx = Bench::Nginx->new(workers => WORKERS,
        modules => $kind eq 'with' ? ['ngx_http_oauth_token_module.so'] : []);

    $nginx->http(_http($nginx->port, $kind, $lines));
    bless $nginx, 'Bench::Part::Startup::Nginx';

    my $began = time;

    $nginx->start;
    _answer_of_another($nginx);

    my %seconds = (start => time - $began, cpu_start => $nginx->master_cpu);

    # all that are there
    my @old = $nginx->workers;

    $began = time;
    kill 'HUP', $nginx->{pid};
    _answer_of_another($nginx, @old);
    $seconds{reload} = time - $began;
    $seconds{cpu_reload} = $nginx->master_cpu - $seconds{cpu_start};

    $nginx->finish;
    return \%seconds;
}

sub _http {
    my ($port, $kind, $lines) = @_;

    my @numbers = 1 .. PROVIDERS;
    my $providers = join '', map { <<"END" } $kind eq 'with' ? @numbers : ();
oauth_provider p$_ {
    token_endpoint  https://127.0.0.1:9/$_/token;
    client_id       client-$_;
    client_secret   secret-$_;
    prefetch        off;
}
END
    my $locations = join '', map { <<"END" } @numbers;
    location /$_/ {
        @{[ $kind eq 'without'
            ? "proxy_set_header Authorization \"Bearer token-$_\";"
            : "oauth_token_provider p$_;" ]}
        $lines
        proxy_pass https://127.0.0.1:9;
    }
END

    return <<"END";
$providers
server {
    listen 127.0.0.1:$port;
    location = /who { return 200 "\$pid\\n"; }
$locations
}
END
}

# Waits for an answer of a worker that is none of these.
sub _answer_of_another {
    my ($nginx, @old) = @_;

    my %old = map { $_ => 1 } @old;
    my $end = time + PATIENCE;

    while (time < $end) {
        my ($pid) = $nginx->get('/who')->{body} =~ /\A(\d+)\n/;

        return if $pid && !$old{$pid};
        sleep LOOK;
    }

    die "no new worker has answered\n";
}


package Bench::Part::Startup::Nginx;

# Looks for its port more often than it does for tests.

use IO::Socket::INET;
use Time::HiRes qw(sleep time);

use parent -norequire, 'Bench::Nginx';

sub _wait_for_port {
    my $self = shift;

    my $end = time + Bench::Part::Startup::PATIENCE;

    while (time < $end) {
        return if IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                        PeerPort => $self->{port});
        sleep Bench::Part::Startup::LOOK;
    }

    die "nginx does not start:\n" . $self->error_log;
}

# An answer tells, and a look at processes takes as long as a start.
sub _wait_for_workers { return }

# Seconds that the master has spent on the CPU.
sub master_cpu {
    my $self = shift;

    return Bench::Nginx::cpu_of($self->{pid}) / 1e9;
}

1;
