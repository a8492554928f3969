package OAuth::Test::Nginx;

# A real nginx in a directory of its own, with the module loaded.
#
# TEST_NGINX_BINARY is the program ("nginx" by default), TEST_NGINX_MODULE the
# module's file; empty for a binary that has it built in.  Unset, it is the file
# that "make" leaves in build/.

use strict;
use warnings;

use File::Spec;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw(WNOHANG);
use Test::More ();

use OAuth::Test::Build qw(patience);
use OAuth::Test::Client;
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Logs qw(problems);


# Options: workers (1), level of the error log (debug), main, events, http: text
# for these levels; allow: regexp of log lines that are expected, shows: of
# findings in answers that are; env: names passed on to nginx; daemon: it
# detaches from the test, as it must for upgrades.
sub new {
    my ($class, %arg) = @_;

    my $dir = tempdir('oauth-nginx-XXXXXX', TMPDIR => 1, CLEANUP => 1);

    # The workers may run as another user than the one who made it.
    chmod 0755, $dir;
    mkdir "$dir/$_" or die "$dir/$_: $!" for qw(conf logs temp html);

    return bless {
        workers => 1, level => 'debug', main => '', events => '', http => '',
        %arg, dir => $dir, owner => $$, port => free_port(),
    }, $class;
}


# Below the range from which the kernel takes ports of outgoing connections.
sub free_port {
    for (1 .. 100) {
        my $port = 10000 + int rand 20000;
        my $sock = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
            LocalPort => $port, Listen => 1, ReuseAddr => 1) or next;
        close $sock;
        return $port;
    }

    die "no free port\n";
}


# With its path: an upgrade does not search for it.
sub binary {
    my $name = $ENV{TEST_NGINX_BINARY} || 'nginx';

    return $name if $name =~ m{/};

    my ($path) = grep { -x } map { "$_/$name" } split /:/, $ENV{PATH};

    return $path // $name;
}

# 1.022001 for nginx 1.22.1
sub version {
    my $name = binary();
    my ($major, $minor, $patch) =
        `'$name' -v 2>&1` =~ m{nginx/(\d+)\.(\d+)\.(\d+)}
        or die "$name -v tells no version\n";

    return sprintf '%d.%03d%03d', $major, $minor, $patch;
}

sub port   { return $_[0]{port} }
sub dir    { return $_[0]{dir} }
sub http   { $_[0]{http} = $_[1]; return }

sub module {
    return $ENV{TEST_NGINX_MODULE}
           // File::Spec->rel2abs('build/ngx_http_oauth_token_module.so');
}


# The lines before the text of http{}: a test of line numbers counts from here.
sub head {
    my $self = shift;

    my $env = join ' ', map { "env $_;" } @{ $self->{env} // [] };
    my $load = module() ? 'load_module ' . module() . ';' : '';

    # nginx warns of more connections than open files; a login has 1024
    return <<"END";
$load $env $self->{main}
worker_processes $self->{workers};
user root;
daemon @{[ $self->{daemon} ? 'on' : 'off' ]};
pid $self->{dir}/logs/nginx.pid;
error_log $self->{dir}/logs/error.log $self->{level};
events { worker_connections 1024; $self->{events} }
http {
access_log $self->{dir}/logs/access.log;
client_body_temp_path $self->{dir}/temp/body;
proxy_temp_path $self->{dir}/temp/proxy;
fastcgi_temp_path $self->{dir}/temp/fastcgi;
uwsgi_temp_path $self->{dir}/temp/uwsgi;
scgi_temp_path $self->{dir}/temp/scgi;
END
}

sub write_conf {
    my $self = shift;

    return $self->file('conf/nginx.conf',
                       $self->head . $self->{http} . "\n}\n");
}

# Writes a file below the prefix and returns its path.
sub file {
    my ($self, $name, $text, $mode) = @_;

    my $path = "$self->{dir}/$name";

    open my $out, '>:raw', $path or die "$path: $!";
    print {$out} $text;
    close $out or die "$path: $!";
    chmod $mode // 0600, $path;

    return $path;
}

sub read_file {
    my ($self, $name) = @_;

    open my $in, '<:raw', "$self->{dir}/$name" or return '';
    local $/;
    return <$in> // '';
}

sub error_log  { return $_[0]->read_file('logs/error.log') }
sub access_log { return $_[0]->read_file('logs/access.log') }

# The same of a log that is to have so many lines at least: nginx writes the
# line of a request behind the answer.
sub logged {
    my ($self, $name, $count) = @_;

    my $end = time + patience(5);
    my $text;

    while (($text = $self->read_file($name)) =~ tr/\n// < $count) {
        last if time > $end;
        sleep 0.01;
    }

    return $text;
}


# "nginx -t": returns its exit code and all it says.
sub test {
    my $self = shift;

    $self->write_conf;

    # On a failed start nginx leaves its memory to the kernel.
    local $ENV{ASAN_OPTIONS} =
        join ':', grep { length } $ENV{ASAN_OPTIONS}, 'detect_leaks=0';

    open my $out, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', $self->_command,
         '-t' or die "nginx: $!";
    my $text = do { local $/; <$out> };
    close $out;

    return ($? >> 8, $text // '');
}

sub _command {
    my $self = shift;

    return (binary(), '-p', "$self->{dir}/", '-c', 'conf/nginx.conf',
            '-e', "$self->{dir}/logs/error.log");
}


sub start {
    my $self = shift;

    $self->write_conf;

    my $pid = fork() // die "fork: $!";

    if ($pid == 0) {
        open STDIN,  '<',  '/dev/null';
        open STDOUT, '>>', "$self->{dir}/logs/stderr.log";
        open STDERR, '>&', \*STDOUT;

        # A killed test takes its nginx along.
        exec 'setpriv', '--pdeathsig', 'TERM', $self->_command
            or POSIX::_exit(127);
    }

    $self->{pid} = $pid;
    $self->{detached} = 0;
    $self->_wait_for_port;
    $self->_wait_for_workers if !$self->{detached};

    return $self;
}

# The port is there before those who answer are.
sub _wait_for_workers {
    my $self = shift;

    return if $self->{main} =~ /master_process\s+off/;

    my $end = time + patience(5);

    while ($self->workers < $self->{workers} && time < $end) {
        sleep 0.01;
    }

    return;
}

sub _wait_for_port {
    my $self = shift;

    my $end = time + patience(20);

    while (time < $end) {
        if (!$self->{detached}
            && waitpid($self->{pid}, WNOHANG) == $self->{pid})
        {
            $self->{detached} = $self->{daemon} && $? == 0;

            if (!$self->{detached}) {
                delete $self->{pid};
                die "nginx does not start:\n",
                    $self->read_file('logs/stderr.log'),
                    grep { /\[emerg\]/ } split /^/, $self->error_log;
            }
        }

        return if $self->_master
                  && IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                           PeerPort => $self->{port});
        sleep 0.02;
    }

    die "nginx does not listen on port $self->{port}\n";
}


# Finds the master's pid, which is not that of the process that was started when
# it has detached; true when it is known.
sub _master {
    my $self = shift;

    return 1 if !$self->{daemon};
    return 0 if !$self->{detached};

    my ($pid) = $self->read_file('logs/nginx.pid') =~ /(\d+)/;

    $self->{pid} = $pid if $pid;
    return defined $pid;
}


# Pids of the workers that are not about to quit.
sub workers {
    my $self = shift;

    my @pids = split ' ', `ps -o pid= --ppid $self->{pid}`;

    return grep {
        my $name = '';

        # it may have ended since; valgrind's has its title in comm
        for my $file ("/proc/$_/cmdline", "/proc/$_/comm") {
            open my $in, '<', $file or next;
            $name .= do { local $/; <$in> } // '';
        }

        $name =~ /worker process/ && $name !~ /shutting down/;
    } @pids;
}

# Those of them that have a connection to a port.
sub talking_to {
    my ($self, $port) = @_;

    # /proc/net/tcp would name thousands more, which wait for their end.
    my $lines = `ss -Htne state established '( dport = :$port )'`;
    my %socket = map { ("socket:[$_]" => 1) } $lines =~ /\bino:(\d+)/g;

    return grep {
        grep { $socket{ readlink($_) // '' } } glob "/proc/$_/fd/*";
    } $self->workers;
}

# Reads the configuration again; returns when only new workers are left to
# take connections, or 0 when nginx refused the configuration.
sub reload {
    my ($self, $timeout) = @_;

    my %old = map { $_ => 1 } $self->workers;
    my $end = time + ($timeout // patience(10));

    $self->write_conf;
    kill 'HUP', $self->{pid};

    while (time < $end) {
        my @now = $self->workers;
        return 1 if @now == $self->{workers} && !grep { $old{$_} } @now;
        sleep 0.02;
    }

    return 0;
}


# Starts the binary again, beside this one, with the same sockets.  From here on
# the new one is meant; returns the pid of the old one, or 0.
sub upgrade {
    my ($self, $timeout) = @_;

    my $old = $self->{pid};
    my $end = time + ($timeout // patience(10));

    kill 'USR2', $old;

    while (time < $end) {
        my ($new) = $self->read_file('logs/nginx.pid') =~ /(\d+)/;

        if (($new // $old) != $old) {
            $self->{pid} = $new;
            return $old if $self->workers == $self->{workers};
            $self->{pid} = $old;
        }

        sleep 0.02;
    }

    return 0;
}


sub get  { my $self = shift;
           return OAuth::Test::Client::get($self->{port}, @_) }

sub post { my $self = shift;
           return OAuth::Test::Client::post($self->{port}, @_) }

sub many { my $self = shift;
           return OAuth::Test::Client::many($self->{port}, @_) }


# Whether a process has ended, which after an upgrade is no child of ours.
sub gone {
    my $pid = shift;

    my $got = waitpid $pid, WNOHANG;

    return $got == $pid if $got >= 0;

    open my $in, '<', "/proc/$pid/stat" or return 1;
    return (<$in> // ') Z') =~ /\) Z/;
}

# Stops gracefully.  Returns true when all processes were gone in time.
sub quit {
    my ($self, $timeout) = @_;

    my $pid = delete $self->{pid} or return 1;
    my $end = time + ($timeout // patience(15));

    kill 'QUIT', $pid;

    while (time < $end) {
        return 1 if gone($pid);
        sleep 0.01;
    }

    kill 'TERM', $pid;
    sleep 0.5;
    kill 'KILL', $pid;
    waitpid $pid, 0;

    return 0;
}

# Everything that is wrong in the logs, in what is left of temporary files, and
# in what clients got.
sub problems_found {
    my $self = shift;

    my $shows = $self->{shows} // qr/(?!)/;

    # what an API has said and nginx has cached is the API's
    my @dirs = grep { -d && !m{/cache\z} } "$self->{dir}/logs",
                                           glob "$self->{dir}/temp/*";

    return ((map { problems($_, $self->{allow}) } @dirs),
            grep { !/$shows/ } OAuth::Test::Canary::shown());
}

# The end of a test: one assertion for a clean exit, one for clean logs.
sub stop {
    my ($self, $timeout) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    Test::More::ok($self->quit($timeout), 'nginx quits in time');

    my @problems = $self->problems_found;

    # A debug log can hold the same secret a thousand times.
    Test::More::is(join("\n", splice @problems, 0, 10), '',
                   '[G1] logs hold no alert, no crash, no report, no secret');

    return;
}


sub DESTROY {
    my $self = shift;

    local ($?, $@, $!);
    $self->quit(5) if $self->{owner} == $$;

    return;
}

1;
