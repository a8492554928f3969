package OAuth::Test::HPACK;

# Just enough of RFC 7541 to read what nginx sends: the headers it names by
# number are of the static table, and no value of ours is beyond ASCII.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(hpack_read hpack_text);

# Of the static table: the pseudo headers, of which some have values.
my @static = (
    undef, [ ':authority', '' ], [ ':method', 'GET' ], [ ':method', 'POST' ],
    [ ':path', '/' ], [ ':path', '/index.html' ], [ ':scheme', 'http' ],
    [ ':scheme', 'https' ], map { [ ':status', $_ ] }
    qw(200 204 206 304 400 404 500),
);

# The code of RFC 7541, appendix B, follows from the lengths: of one length the
# codes rise with the characters.
my %by_length = (
    5 => '012aceiost', 6 => ' %-./3456789=A_bdfghlmnpru',
    7 => ':BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz', 8 => '&*,;XZ',
    10 => '!"()?', 11 => q{'+|}, 12 => '#>', 13 => "\0\$\@[]~", 14 => '^}',
    15 => '<`{',
);

my %character = do {
    my ($code, $last) = (0, 0);

    map {
        my $bits = $_;

        $code <<= $bits - $last;
        $last = $bits;
        map { (sprintf("%0${bits}b", $code++) => $_) }
            split //, $by_length{$bits};
    } sort { $a <=> $b } keys %by_length;
};


# All headers of a block, as [ name, value ]; a name that only a number tells
# is that number.
sub hpack_read {
    my $block = shift;

    my @headers;

    while (length $block) {
        my $first = ord $block;

        if ($first & 0x80) {
            my $n = _number(\$block, 7);
            push @headers, $static[$n] // [ $n, '' ];

        } elsif (($first & 0xe0) == 0x20) {
            _number(\$block, 5);

        } else {
            my $n = _number(\$block, $first & 0x40 ? 6 : 4);
            my $name = $n ? ($static[$n] // [ $n ])->[0] : _string(\$block);

            push @headers, [ $name, _string(\$block) ];
        }
    }

    return @headers;
}

# A header that the reader is to forget, in plain text.
sub hpack_text {
    my ($name, $value) = @_;

    return join '', "\0", map { pack 'C/a*', $_ } $name, $value;
}


sub _number {
    my ($in, $bits) = @_;

    my $most = (1 << $bits) - 1;
    my $n = ord(substr $$in, 0, 1, '') & $most;

    return $n if $n < $most;

    for (my $shift = 0; length $$in; $shift += 7) {
        my $byte = ord substr $$in, 0, 1, '';

        $n += ($byte & 0x7f) << $shift;
        last if !($byte & 0x80);
    }

    return $n;
}

sub _string {
    my $in = shift;

    my $coded = ord($$in) & 0x80;
    my $text = substr $$in, 0, _number($in, 7), '';

    return $text if !$coded;

    my ($bits, $code, $out) = (unpack('B*', $text), '', '');

    for my $bit (split //, $bits) {
        $code .= $bit;
        next if !exists $character{$code};
        $out .= $character{$code};
        $code = '';
    }

    return $out;
}

1;
