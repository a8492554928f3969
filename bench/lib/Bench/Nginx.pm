package Bench::Nginx;

# An nginx of the bench: without access log, with connections that are kept, its
# error log at the usual level.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);

use parent 'OAuth::Test::Nginx';

# Scripts of those that are no contender.
use constant SERVERS => abs_path(dirname(__FILE__) . '/../../servers');

use constant MODULES => '/usr/lib/nginx/modules';

# The scheduler's count of the time on the CPU, in ns, is the first number.
use constant CPU_FILE => '/proc/%d/schedstat';


# Options: those of OAuth::Test::Nginx; modules: names of files; single: one
# process is all there is; wrapper: a command that runs nginx.
sub new {
    my ($class, %arg) = @_;

    return $class->SUPER::new(
        level => 'error', modules => [], wrapper => [], %arg);
}


# The path of a module: ours is in build/, the others are Debian's.
sub path_of {
    my ($name) = @_;

    my ($ours) = OAuth::Test::Nginx::module();

    return $ours =~ m{/\Q$name\E\z} ? $ours : MODULES . "/$name";
}


sub head {
    my $self = shift;

    my $dir = $self->dir;
    my $load = join '', map { 'load_module ' . path_of($_) . ";\n" }
                        @{ $self->{modules} };
    my $master = $self->{single} ? 'master_process off;' : '';

    return <<"END" . join '', map { "${_}_temp_path $dir/temp/$_;\n" }
$load
user root;
daemon off;
$master
worker_processes $self->{workers};
worker_rlimit_nofile 8192;
pid $dir/logs/nginx.pid;
error_log $dir/logs/error.log $self->{level};
events { worker_connections 4096; }

http {
access_log off;
keepalive_timeout 1h;
keepalive_requests 1000000000;
END
        qw(client_body proxy fastcgi uwsgi scgi);
}


sub _command {
    my $self = shift;

    return (@{ $self->{wrapper} }, $self->SUPER::_command);
}


# Pids of the processes that serve.
sub serving {
    my $self = shift;

    return $self->{single} ? $self->{pid} : $self->workers;
}


# What they have spent on the CPU so far, in ns.
sub cpu_ns {
    my $self = shift;

    my $sum = 0;

    $sum += cpu_of($_) for $self->serving;

    return $sum;
}

sub cpu_of {
    my ($pid) = @_;

    my $path = sprintf CPU_FILE, $pid;

    open my $in, '<', $path or die "$path: $!\n";
    my ($ns) = split ' ', scalar <$in>;

    return $ns;
}


# The end: dies when the log tells of anything.
sub finish {
    my $self = shift;

    $self->quit;

    my $log = $self->error_log;

    die "nginx has complained:\n" . substr($log, 0, 2000) if $log ne '';
    return;
}

1;
