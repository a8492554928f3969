package OAuth::Test::Canary;

# Every secret and token of a test comes from canary().  found_in() looks for
# all of them in files, in the forms in which a log could hold them.

use strict;
use warnings;

use Exporter qw(import);
use MIME::Base64 qw(encode_base64);

our @EXPORT_OK = qw(canary watch found_in in_bytes look_at shown);

# The shortest piece of a canary that is looked for, in bytes.
use constant WINDOW => 8;

my (%value_of, %needles, %shown, $any);


# The same name gives the same value within one test file, recognisable and
# unlike anything else in a log.  The suffix holds characters that an encoder
# has to treat; the part before it is what found_in() looks for.
sub canary {
    my ($name, $suffix) = @_;

    $value_of{$name} //= _new($name);

    return $value_of{$name} . ($suffix // '');
}


# Of the part that no other text has, any piece is one too many.
sub _new {
    my $name = shift;

    my $own = sprintf '%08x%04xQz', rand 2**32, rand 2**16;

    $needles{ substr $own, $_, WINDOW } = "a part of $name"
        for 0 .. length($own) - WINDOW;

    return watch($name . $own, $name);
}


# Registers a secret that comes from elsewhere, and returns it.
sub watch {
    my ($value, $name) = @_;

    $needles{$_} = $name // $value for _forms($value);
    undef $any;

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


# The names of the canaries in some bytes.
sub in_bytes {
    my $bytes = shift;

    my $any = _any() or return;
    my %seen;

    $seen{ $needles{$1} } = 1 while $bytes =~ /($any)/g;

    return sort keys %seen;
}

# All forms of all canaries, the longest first; undef when there are none.
sub _any {
    my $text = join '|', map { quotemeta }
               sort { length $b <=> length $a } keys %needles;

    $any //= qr/$text/ if $text ne '';

    return $any;
}


# Looks at what a client got.  A body with 2xx is the API's, that of most tests
# repeats the request; nothing else may show anything.
sub look_at {
    my ($head, $body) = split /\r\n\r\n/, $_[0], 2;

    return if !defined $head;

    my ($line) = split /\r\n/, $head;
    my $own = $line =~ / 2\d\d / || ($body // '') =~ m{\A[A-Z]+ /};

    $shown{"canary \"$_\" in an answer: $line"} = 1
        for in_bytes($own ? $head : $_[0]);

    return;
}

# What look_at() has found since the last time.
sub shown {
    my @found = sort keys %shown;

    %shown = ();

    return @found;
}


# Returns one line for each canary found: file, line number, canary's name.
sub found_in {
    my @files = @_;

    my $any = _any() or return;
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
