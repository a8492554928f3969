package OAuth::Test::Faults;

# Calls of the system that fail, as t/shim/faults.c has them: of one process, or
# of any nginx.  The shim is built for each test.

use strict;
use warnings;

use Exporter qw(import);
use File::Temp qw(tempdir);
use IO::Handle;
use POSIX qw(ENOMEM);

use OAuth::Test::Nginx;

our @EXPORT_OK = qw(ANY shim);

use constant ANY => -1;

# the order is that of t/shim/faults.c
use constant KINDS => qw(memory open socket connect accept receive send wait);
my %index = map { (KINDS)[$_] => $_ } 0 .. (() = KINDS) - 1;

# a pid, two addresses, seven numbers for each kind, a name
use constant { WORD => 8, HEAD => 3, NUMBERS => 7, CALLER => 128 };
use constant SIZE => WORD * (HEAD + NUMBERS * (() = KINDS)) + CALLER;

my (%built, $module);


sub new {
    my ($class) = @_;

    my $file = File::Temp->new(TEMPLATE => 'oauth-faults-XXXXXX', TMPDIR => 1);
    my $self = bless { file => $file }, $class;

    chmod 0666, $file->filename;
    $self->disarm;

    return $self;
}

# The library of this name in t/shim.
sub shim {
    my $name = shift;

    return $built{$name} //= _build("t/shim/$name.c");
}

sub _build {
    my $source = shift;

    my $dir = tempdir('oauth-shim-XXXXXX', TMPDIR => 1, CLEANUP => 1);

    chmod 0755, $dir;
    system($ENV{CC} // 'cc', qw(-shared -fPIC -O1 -fno-builtin -o),
           "$dir/shim.so", $source, '-ldl') == 0
        or die "$source does not compile\n";

    return "$dir/shim.so";
}


# Leaks that are not the module's, for a checked build: nginx forgets an SSL that
# ngx_ssl_create_connection() cannot finish, or whose ngx_ssl_shutdown() cannot
# be written at once; the shim's backtrace() loads a library.
use constant LEAKS => "leak:ngx_ssl_create_connection\nleak:backtrace\n";

# Runs the code, which starts an nginx, with the shim.
sub around {
    my ($self, $code) = @_;

    local $ENV{LD_PRELOAD} = shim('faults');
    local $ENV{OAUTH_TEST_FAULTS} = $self->{file}->filename;

    # Else a checked build complains of the library that comes first.
    local $ENV{ASAN_OPTIONS} = join ':', grep { length }
                               $ENV{ASAN_OPTIONS}, 'verify_asan_link_order=0';

    $self->{leaks} = File::Temp->new(TEMPLATE => 'oauth-leaks-XXXXXX',
                                     TMPDIR => 1);
    print { $self->{leaks} } LEAKS;
    $self->{leaks}->flush;
    chmod 0644, $self->{leaks}->filename;

    local $ENV{LSAN_OPTIONS} = join ':', grep { length } $ENV{LSAN_OPTIONS},
                               'suppressions=' . $self->{leaks}->filename;

    return $code->();
}

# From now on calls of these kinds fail in the process: kind => { first, width
# (1), every, code (ENOMEM), inside }.
sub arm {
    my ($self, $pid, %rule) = @_;

    $self->disarm;

    for my $kind (keys %rule) {
        my ($rule, $i) = ($rule{$kind}, $index{$kind} // die "$kind?\n");

        $self->_write(WORD * (HEAD + NUMBERS * $i), pack 'q5',
            $rule->{first} // 0, $rule->{width} // 1, $rule->{every} // 0,
            $rule->{code} // ENOMEM, $rule->{inside} // 0);
    }

    $self->_write(0, pack 'q3', $pid, @{ _module() });
    return;
}

# Where the module is in the program, if it is a part of it.
sub _module {
    return $module //= do {
        my @at = OAuth::Test::Nginx->module ? () : sort { $a <=> $b }
                 map { /^(\w+) [tT] ngx_http_oauth_token_\w+$/ ? oct "0x$1" : () }
                 split /\n/, `nm @{[ OAuth::Test::Nginx->binary ]}`;

        @at ? [ $at[0], $at[-1] ] : [ 0, 0 ];
    };
}

# No call fails any more, nor is counted.
sub stop {
    my $self = shift;

    $self->_write(0, pack 'q', 0);
    return;
}

sub disarm {
    my $self = shift;

    $self->_write(0, "\0" x SIZE);
    return;
}

# How many calls of this kind there were since it was armed, how many of them
# have failed, and the file whose code made the last one that did.
sub seen {
    my ($self, $kind) = @_;

    my ($seen, $failed) =
        (unpack 'q*', $self->_read(WORD * (HEAD + NUMBERS * $index{$kind}),
                                   WORD * NUMBERS))[-2, -1];
    my $caller = unpack 'Z*', $self->_read(SIZE - CALLER, CALLER);

    # the module keeps the names of its functions for debuggers
    $caller =~ s/^(\S*oauth_token_module\S*) 0x([0-9a-f]+)$/"$1 " . _function(hex $2)/e;

    return ($seen, $failed, $caller);
}

# The function of the module that this place of its file is in.
sub _function {
    my $place = shift;

    my $file = OAuth::Test::Nginx::module();
    my $found = '?';

    for (`nm -n --defined-only '$file'`) {
        my ($at, $name) = /^([0-9a-f]+) [tT] (\S+)$/ or next;

        last if hex $at > $place;
        $found = $name;
    }

    return $found;
}


sub _write {
    my ($self, $at, $bytes) = @_;

    sysseek $self->{file}, $at, 0;
    syswrite($self->{file}, $bytes) == length $bytes or die "faults: $!";
    return;
}

sub _read {
    my ($self, $at, $n) = @_;

    sysseek $self->{file}, $at, 0;
    sysread($self->{file}, my $bytes, $n) == $n or die "faults: $!";

    return $bytes;
}

1;
