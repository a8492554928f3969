package OAuth::Test::Memory;

# What the memory of a process holds of the secrets and tokens of a test.

use strict;
use warnings;
no warnings qw(portable);

use Exporter qw(import);

use MIME::Base64 qw(decode_base64);

use Time::HiRes qw(sleep);

use OAuth::Test::Build qw(build);
use OAuth::Test::Canary qw(in_bytes watch);
use OAuth::Test::Nginx;

our @EXPORT_OK = qw(unseen core_file in_core in_file in_memory watch_key);

# Of a private key: so many bytes in a row are no accident.
use constant SLICE => 16;

# A canary may stand across two pieces that are read.
use constant { PIECE => 1 << 24, OVERLAP => 1 << 16 };


# Only nginx as it is can be judged: a sanitizer and valgrind keep what was given
# back, and code that is not optimised, to be counted, leaves more on its stack.
sub unseen { return build() ne 'release' }

# All that a process can write to, or shares: start, end, name, and whether a
# core file has it, as the kernel would decide with the filter 0x33.
sub mappings {
    my $pid = shift;

    open my $in, '<', "/proc/$pid/smaps" or die "smaps of $pid: $!";

    my @found;

    while (my $line = <$in>) {
        if ($line =~ /^([0-9a-f]+)-([0-9a-f]+) r(.)(.)(.) \S+ \S+ \d+\s*(.*)/) {
            push @found, { start => hex $1, end => hex $2, writable => $3 eq 'w',
                           name => $6 || "anonymous $4" };
        }
        elsif ($line =~ /^VmFlags:(.*)/) {
            my $flags = " $1 ";
            $found[-1]{dumped} = $flags !~ / dd /;
        }
    }

    return grep { $_->{writable} && $_->{name} !~ /^\[v/ } @found;
}

sub _names {
    my ($pid, @mappings) = @_;

    my %seen;

    return if unseen();

    open my $in, '<:raw', "/proc/$pid/mem" or die "memory of $pid: $!";

    for my $mapping (@mappings) {
        for (my $at = $mapping->{start}; $at < $mapping->{end}; $at += PIECE) {
            my $len = $mapping->{end} - $at;
            $len = PIECE + OVERLAP if $len > PIECE + OVERLAP;

            sysseek $in, $at, 0 or next;
            sysread $in, my $bytes, $len or next;

            $seen{"$mapping->{name}: $_"}++ for in_bytes($bytes);
        }
    }

    return sort keys %seen;
}

# One line for each canary and mapping of a process.
sub in_memory {
    my $pid = shift;

    return _names($pid, mappings($pid));
}

# The same of what a core file of it would have.
sub in_core {
    my $pid = shift;

    return _names($pid, grep { $_->{dumped} } mappings($pid));
}

# Kills a process and returns the core file that it leaves in a directory, its
# working one.
sub core_file {
    my ($pid, $dir) = @_;

    open my $out, '>', "/proc/$pid/coredump_filter" or die "filter of $pid: $!";
    print {$out} "0x33";
    close $out or die "filter of $pid: $!";

    system 'prlimit', '--core=500000000', '--pid', $pid;
    kill 'ABRT', $pid;

    # the process is there until all is written
    for (1 .. 1000) {
        last if !kill(0, $pid) || OAuth::Test::Nginx::gone($pid);
        sleep 0.01;
    }

    my ($core) = grep { -f } "$dir/core.$pid", "$dir/core";

    die "no core file of $pid in $dir\n" if !$core;

    rename $core, "$dir/of.$pid" or die "$core: $!";

    return "$dir/of.$pid";
}

# The canaries in a file, each once.
sub in_file {
    my $file = shift;

    open my $in, '<:raw', $file or die "$file: $!";

    my %seen;
    my $rest = '';

    while (read $in, my $bytes, PIECE) {
        $seen{$_} = 1 for in_bytes($rest . $bytes);
        $rest = substr $bytes, -OVERLAP();
    }

    return sort keys %seen;
}


# Makes canaries of a private key in PKCS#8: its text, its DER, its numbers as
# OpenSSL has them.  Returns the PEM.
sub watch_key {
    my ($pem, $name) = @_;

    my @lines = grep { length >= SLICE && !/-----/ } split /\n/, $pem;
    my $der = decode_base64(join '', @lines);

    # behind the public ones: of EC the only one, of RSA d, p, q and more
    my ($private) = $der =~ /\x02\x01\x01\x04[\x20\x30\x42](.{32})/s
        ? $1 : substr $der, length($der) * 0.3;

    for (my $at = 0; $at + SLICE <= length $private; $at += SLICE) {
        my $bytes = substr $private, $at, SLICE;

        watch($bytes, $name);
        watch(scalar reverse($bytes), $name);
    }

    return $pem;
}

1;
