package OAuth::Test::Logs;

# What no log of a test may hold: alerts, crashes, sanitizer reports, secrets.

use strict;
use warnings;

use Exporter qw(import);
use File::Find ();

use OAuth::Test::Canary;

our @EXPORT_OK = qw(problems);

my $bad = qr/\[(?:alert|crit|emerg)\]
             |exited\ on\ signal
             |(?:Address|Leak|Thread|UndefinedBehavior)Sanitizer
             |runtime\ error:/x;


# Returns one line for each problem in the files of a directory.  Lines that
# match "allow" are no problem; canaries are never allowed.
sub problems {
    my ($dir, $allow) = @_;

    my @files;
    my $keep = sub { push @files, $_ if -f && !-z _ };

    File::Find::find({ wanted => $keep, no_chdir => 1 }, $dir);

    return ((map { _bad_lines($_, $allow) } sort @files),
            OAuth::Test::Canary::found_in(sort @files));
}


sub _bad_lines {
    my ($file, $allow) = @_;

    open my $in, '<:raw', $file or die "$file: $!";

    my @found;

    while (my $line = <$in>) {
        next if $line !~ $bad || $allow && $line =~ $allow;
        chomp $line;
        push @found, "$file:$.: $line";
    }

    return @found;
}

1;
