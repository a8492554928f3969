package OAuth::Test::Conf;

# Configurations that "nginx -t" must refuse or accept.
#
# In a configuration SECRET is a secret that no message may show, DIR the
# prefix, and "# here" marks the line that a message must name; without the
# mark any line of the text will do.

use strict;
use warnings;

use Exporter qw(import);
use Test::More ();

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Nginx;

our @EXPORT = qw(provider refused accepted conf_file);

my $nginx = OAuth::Test::Nginx->new(level => 'warn');


# A complete provider with more lines in its block.
sub provider { return <<"END" }
oauth_provider p {
    token_endpoint http://127.0.0.1:1/token;
    client_id id;
    client_secret SECRET;
    $_[0]
}
END


# Writes a file next to nginx.conf.
sub conf_file {
    my ($name, $text, $mode) = @_;

    return $nginx->file("conf/$name", $text, $mode);
}


# Returns the exit code, the messages and the numbers of the lines a message
# may name.
sub _test {
    my $conf = shift;

    my $secret = canary('secret');
    my $dir = $nginx->dir;
    my $head = $nginx->head =~ tr/\n//;
    my @lines = split /\n/, $conf;
    my @here = grep { $lines[$_] =~ /# here/ } 0 .. $#lines;

    $conf =~ s/SECRET/$secret/g;
    $conf =~ s/\bDIR\b/$dir/g;
    $nginx->http($conf);

    my ($code, $text) = $nginx->test;

    # A block that is not closed ends one line later, at that of http{}.
    return ($code, $text,
            map { $head + $_ + 1 } @here ? @here : 0 .. $#lines + 1);
}


# All of the regular expressions must match the message.
sub refused {
    my ($name, $conf, @like) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my ($code, $text, @lines) = _test($conf);
    my ($message) = grep { /\[emerg\]/ } split /\n/, $text;

    $message //= '';

    my ($line) = $message =~ m{ in \S+/conf/nginx\.conf:(\d+)\z};
    my @wrong = grep { $message !~ $_ } @like;

    push @wrong, 'an exit code of 1' if $code != 1;
    push @wrong, "line @lines" if !grep { $_ == ($line // 0) } @lines;
    push @wrong, 'no value shown' if index($text, canary('secret')) >= 0;

    Test::More::ok(!@wrong, "refused: $name")
        or Test::More::diag("got (exit $code):\n$text",
                            map { "wanted: $_\n" } @wrong);

    return;
}


# The regular expressions must match one warning each; no other may be there.
sub accepted {
    my ($name, $conf, @warnings) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my ($code, $text) = _test($conf);
    my @lines = grep { /\[(?:warn|error|crit|alert|emerg)\]/ }
                split /\n/, $text;
    my @wrong;

    for my $like (@warnings) {
        push @wrong, $like if !grep { $_ =~ $like } @lines;
        @lines = grep { $_ !~ $like } @lines;
    }

    push @wrong, 'an exit code of 0' if $code != 0;
    push @wrong, "without: $_" for @lines;
    push @wrong, 'no value shown' if index($text, canary('secret')) >= 0;

    Test::More::ok(!@wrong, "accepted: $name")
        or Test::More::diag("got (exit $code):\n$text",
                            map { "wanted: $_\n" } @wrong);

    return;
}

1;
