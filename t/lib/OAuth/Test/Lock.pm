package OAuth::Test::Lock;

# The lock of a zone, in the memory of a worker.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(lock_of set_lock);


# Where a worker has the lock of the zone of this size, which no other has:
# beside version and size, where the store begins in shared memory.
sub lock_of {
    my ($pid, $zone) = @_;

    # an address has more than 32 bits
    no warnings 'portable';

    open my $maps, '<', "/proc/$pid/maps" or return;
    open my $memory, '+<:raw', "/proc/$pid/mem" or return;

    for (<$maps>) {
        my ($from, $to) = /\A(\w+)-(\w+) rw-s /
            ? map { oct "0x$_" } $1, $2 : next;

        for (my $at = $from; $at < $to; $at += 4096) {
            sysseek $memory, $at, 0 or next;
            sysread $memory, my $bytes, 16 or next;

            my ($version, $lock, $size) = unpack 'L L Q', $bytes;

            return ($memory, $at + 4)
                if $version && $version < 1000 && $lock == 0
                   && $size % 4096 == 0 && $size > $zone / 2 && $size < $zone;
        }
    }

    return;
}

# Whose it is from now on; 0: nobody's.
sub set_lock {
    my ($memory, $at, $pid) = @_;

    sysseek $memory, $at, 0 or die "seek: $!";
    return syswrite($memory, pack 'L', $pid) == 4;
}

1;
