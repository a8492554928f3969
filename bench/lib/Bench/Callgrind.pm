package Bench::Callgrind;

# Counts the instructions of a process while it serves.  It runs under
# callgrind, as a process that is master and worker in one.  Whenever it is told
# to reopen its logs, for which nginx calls ngx_reopen_files(), callgrind writes
# down what it has counted and begins anew.
#
# What is done because time has passed, and not for a request, is left out: all
# that ngx_event_expire_timers() calls.  What malloc() and its kin take depends on
# what the process did before, and can be told apart.

use strict;
use warnings;

use Time::HiRes qw(sleep time);

use constant TIMERS => 'ngx_event_expire_timers';
use constant ALLOCATOR => qr/^(?:malloc|calloc|realloc|free|_*posix_memalign)\b/;

# those that call one another
use constant WITHIN => qr/malloc|calloc|realloc|free|memalign/;

# Seconds: to wait for a file, to say it again, and after which a process has
# come to rest.
use constant { PATIENCE => 30, AGAIN => 2, SETTLE => 0.2 };


sub new {
    my ($class, $dir) = @_;

    return bless { file => "$dir/callgrind", dumps => 0 }, $class;
}

# What runs nginx.
sub command {
    my $self = shift;

    return ('valgrind', '--quiet', '--tool=callgrind', '--instr-atstart=no',
            '--dump-before=ngx_reopen_files',
            "--callgrind-out-file=$self->{file}");
}

# From here on it counts; until then it is several times as fast.
sub begin {
    my ($self, $pid) = @_;

    my $said = `callgrind_control -i on $pid 2>&1`;

    die "callgrind_control: $said" if $? != 0 || $said !~ /\bOK\b/;
    return;
}

# The instructions since the last call, or since the beginning: all, and those that
# are not the allocator's.
sub count {
    my ($self, $pid) = @_;

    my $file = "$self->{file}." . ++$self->{dumps};
    my $end = time + PATIENCE;

    # It looks at the signal when it has waited for events, and has to be told
    # again when the signal has come just before it waits.
    sleep SETTLE;

    for (my $told = 0; time < $end; sleep 0.02) {
        my @n = _totals($file);
        return @n if @n;

        if (time >= $told + AGAIN) {
            kill 'USR1', $pid;
            $told = time;
        }
    }

    die "callgrind has not written $file\n";
}

# The sums of the file, when it is complete, less what timers did.  A function is
# a line "fn=(NUMBER) NAME", with the name for the first time only; a call from it
# is "cfn=(NUMBER) NAME", a line "calls=...", and one that ends with the
# instructions until it returned.
sub _totals {
    my ($file) = @_;

    open my $in, '<', $file or return;
    my (%name, %now, $total);
    my ($timers, $allocator) = (0, 0);

    while (my $line = <$in>) {
        if ($line =~ /^(c?fn)=\((\d+)\)(?: (.+))?/) {
            $name{$2} = $3 if defined $3;
            $now{$1} = $name{$2};

        } elsif ($line =~ /^calls=/) {
            my ($cost) = (<$in> // '') =~ / (\d+)$/;

            $timers += $cost if $now{cfn} eq TIMERS;
            $allocator += $cost
                if $now{cfn} =~ ALLOCATOR && $now{fn} !~ WITHIN;

        } elsif ($line =~ /^totals: (\d+)/) {
            $total = $1 - $timers;
        }
    }

    return defined $total ? ($total, $total - $allocator) : ();
}

1;
