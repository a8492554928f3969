package OAuth::Test::Prometheus;

# A real Prometheus that scrapes an nginx, with the files of a folder.  Nothing
# in it is asked but by polling: it scrapes and evaluates when it likes.

use strict;
use warnings;

use File::Basename qw(basename);
use File::Temp qw(tempdir);
use HTTP::Tiny;
use JSON::PP qw(decode_json);
use POSIX qw(WNOHANG);

use OAuth::Test::Build qw(patience);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Nginx;

# it starts in a second, and then waits for the first scrape
use constant { START => 60, POLL => 60 };


# Options: folder, of prometheus.yml and what it names; target: port of nginx.
sub new {
    my ($class, %arg) = @_;

    my $self = bless {
        %arg, dir => tempdir('oauth-prometheus-XXXXXX', TMPDIR => 1,
                             CLEANUP => 1),
        port => OAuth::Test::Nginx::free_port(), owner => $$,
        http => HTTP::Tiny->new(timeout => patience(10), proxy => undef,
                                http_proxy => undef),
    }, $class;

    $self->_copy($_) for glob "$self->{folder}/*";

    return $self;
}

# The files as they are, with what only this test can know.
sub _copy {
    my ($self, $file) = @_;

    open my $in, '<', $file or die "$file: $!";
    my $text = do { local $/; <$in> };

    if (basename($file) eq 'prometheus.yml') {
        $text =~ s/"127\.0\.0\.1:8080"/"127.0.0.1:$self->{target}"/
            or die 'no target';
        $text =~ s/^(  (?:scrape|evaluation)_interval:) \d+s$/$1 1s/mg == 2
            or die 'no intervals';
    }

    my $copy = "$self->{dir}/" . basename($file);

    open my $out, '>', $copy or die "$copy: $!";
    print {$out} $text;
    close $out or die "$copy: $!";

    return;
}


sub start {
    my $self = shift;

    my $pid = fork() // die "fork: $!";

    if ($pid == 0) {
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', "$self->{dir}/log";
        open STDERR, '>&', \*STDOUT;

        # A killed test takes its Prometheus along.
        exec 'setpriv', '--pdeathsig', 'TERM', 'prometheus',
             "--config.file=$self->{dir}/prometheus.yml",
             "--storage.tsdb.path=$self->{dir}/data",
             "--web.listen-address=127.0.0.1:$self->{port}",
             '--log.level=warn' or POSIX::_exit(127);
    }

    $self->{pid} = $pid;
    $self->_wait_until_ready;

    return $self;
}

sub _wait_until_ready {
    my $self = shift;

    my $end = time + patience(START);

    while (time < $end) {
        die "prometheus does not start:\n", $self->log
            if waitpid($self->{pid}, WNOHANG) == $self->{pid};

        return if $self->{http}->get($self->_url('/-/ready'))->{success};
        sleep 0.05;
    }

    die "prometheus is not ready:\n", $self->log;
}

sub log {
    my $self = shift;

    open my $in, '<', "$self->{dir}/log" or return '';
    local $/;
    return <$in> // '';
}

sub _url { return "http://127.0.0.1:$_[0]{port}$_[1]" }


# What is below "data" in an answer of the API; dies with the error in it.
sub api {
    my ($self, $path, %form) = @_;

    my $got = %form ? $self->{http}->post_form($self->_url($path), \%form)
                    : $self->{http}->get($self->_url($path));
    my $answer = eval { decode_json($got->{content}) };

    die "$path: $got->{status} $got->{content}\n" if !$answer;
    die "$answer->{error}\n" if $answer->{status} ne 'success';

    return $answer->{data};
}

# The samples of an expression now: { labels, value }, in no order.
sub query {
    my ($self, $expression) = @_;

    my $data = $self->api('/api/v1/query', query => $expression);

    return map { { labels => $_->{metric}, value => $_->{value}[1] } }
           @{ $data->{result} };
}

# The samples as soon as a condition holds for them, or as they are in the end.
sub until_query {
    my ($self, $expression, $condition) = @_;

    return $self->poll(sub { $self->query($expression) }, $condition);
}

# The same of whatever is looked at.
sub poll {
    my ($self, $look, $condition) = @_;

    my $end = time + patience(POLL);

    while (1) {
        my @seen = $look->();

        return @seen if $condition->(@seen) || time > $end;
        sleep 0.1;
    }
}


sub stop {
    my $self = shift;

    my $pid = delete $self->{pid} or return;
    my $end = time + patience(20);

    kill 'TERM', $pid;

    while (time < $end) {
        return if waitpid($pid, WNOHANG) == $pid;
        sleep 0.02;
    }

    kill 'KILL', $pid;
    waitpid $pid, 0;

    return;
}

sub DESTROY {
    my $self = shift;

    local ($?, $@, $!);
    $self->stop if $self->{owner} == $$;

    return;
}

1;
