package OAuth::Test::Canary;

# Every secret and token of a test comes from canary().  found_in() looks for
# all of them in files, in the forms in which a log could hold them.

use strict;
use warnings;

use Exporter qw(import);
use MIME::Base64 qw(encode_base64);

our @EXPORT_OK = qw(canary watch found_in);

my (%value_of, %needles);


# The same name gives the same value within one test file, recognisable and
# unlike anything else in a log.  The suffix holds characters that an encoder
# has to treat; the part before it is what found_in() looks for.
sub canary {
    my ($name, $suffix) = @_;

    $value_of{$name} //= watch(sprintf('%s%08x%04xQz', $name, rand 2**32,
                                       $$ & 0xffff), $name);

    return $value_of{$name} . ($suffix // '');
}


# Registers a secret that comes from elsewhere, and returns it.
sub watch {
    my ($value, $name) = @_;

    $needles{$_} = $name // $value for _forms($value);

    return $value;
}


# A text inside a larger one has one of three base64 forms, by its offset
# modulo 3; the characters that also depend on its neighbours are cut off.
sub _base64_forms {
    my $value = shift;

    my @forms;

    for my $offset (0 .. 2) {
        my $text = encode_base64(("\0" x $offset) . $value, '');
        my $head = (0, 2, 3)[$offset];
        my $bits = 8 * ($offset + length $value);

        $text = substr $text, 0, int($bits / 6);
        push @forms, substr $text, $head;
    }

    return @forms;
}


sub _percent {
    my ($value, $which) = @_;

    return $value =~ s/($which)/sprintf '%%%02X', ord $1/ger;
}


sub _forms {
    my $value = shift;

    my $hex = unpack 'H*', $value;
    my $percent = _percent($value, qr/[^A-Za-z0-9._~-]/);
    my $all = _percent($value, qr/./s);

    my %form = map { $_ => 1 } $value, $hex, uc $hex, $all, lc $all,
                   $percent, $percent =~ s/(%..)/lc $1/ger,
                   _base64_forms($value), _base64_forms($percent);

    # base64url differs in two characters only.
    for my $form (keys %form) {
        (my $url = $form) =~ tr{+/}{-_};
        $form{$url} = 1;
    }

    return keys %form;
}


# Returns one line for each canary found: file, line number, canary's name.
sub found_in {
    my @files = @_;

    return if !%needles;

    my $any = join '|', map { quotemeta }
              sort { length $b <=> length $a } keys %needles;
    my @found;

    for my $file (@files) {
        open my $in, '<:raw', $file or die "$file: $!";

        while (my $line = <$in>) {
            push @found, "$file:$.: canary \"$needles{$1}\""
                if $line =~ /($any)/;
        }
    }

    return @found;
}

1;
