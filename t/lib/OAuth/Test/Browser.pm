package OAuth::Test::Browser;

# A headless Chromium, a new one for each page, with a profile of its own.

use strict;
use warnings;

use Exporter qw(import);
use File::Temp qw(tempdir);
use POSIX ();

use OAuth::Test::Build qw(patience);

our @EXPORT_OK = qw(dom screenshot);

# How long it may take, seconds.
use constant LIMIT => 60;


# What has become of a page after so many ms of its own time: its DOM as HTML,
# and all lines that it has written to the console.
sub dom {
    my ($url, $ms, @options) = @_;

    my ($dom, $said) = _run('--headless=new', "--virtual-time-budget=$ms",
                            '--dump-dom', @options, $url);

    return { dom => $dom, console => [ grep { /CONSOLE/ } split /\n/, $said ],
             said => $said };
}

sub screenshot {
    my ($url, $file, $width, $height, @options) = @_;

    # the new mode has no window below 500 and leaves the end of one undrawn
    my (undef, $said) = _run('--headless=old', "--screenshot=$file",
                             "--window-size=$width,$height",
                             '--virtual-time-budget=1000', @options, $url);

    return -s $file ? '' : $said;
}

sub _run {
    my @options = @_;

    my $dir = tempdir('oauth-browser-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my @command = ('timeout', '-k', 5, patience(LIMIT), 'chromium',
        '--no-sandbox', '--disable-gpu', '--no-first-run',
        '--disable-dev-shm-usage', '--disable-background-networking',
        '--disable-extensions', '--disable-component-update', '--hide-scrollbars',
        '--no-proxy-server', '--enable-logging=stderr',
        "--user-data-dir=$dir/profile", @options);
    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        # it keeps what it likes where its user lives
        $ENV{HOME} = $dir;
        $ENV{$_} = "$dir/$_" for qw(XDG_CONFIG_HOME XDG_CACHE_HOME);

        open STDIN, '<', '/dev/null' or POSIX::_exit(126);
        open STDOUT, '>', "$dir/out" or POSIX::_exit(126);
        open STDERR, '>', "$dir/err" or POSIX::_exit(126);
        exec @command or POSIX::_exit(127);
    }

    waitpid $pid, 0;

    return map { _slurp("$dir/$_") } qw(out err);
}

sub _slurp {
    my ($file) = @_;

    open my $in, '<:raw', $file or return '';
    local $/;
    return <$in> // '';
}

1;
