package Bench::Table;

# Prints what a part returns: as plain text, or for a Markdown file.

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(max);

our @EXPORT_OK = qw(plain markdown);


# Columns of numbers stand to the right.
sub _columns {
    my ($table) = @_;

    my @rows = ($table->{columns}, @{ $table->{rows} });

    return map {
        my $i = $_;
        my @cells = map { $_->[$i] // '' } @rows;
        my @numbers = grep { /^[-+]?[\d,.]+(?: \S+)?$/ } @cells[1 .. $#cells];

        { width => max(map { length } @cells),
          right => @numbers * 2 > $#cells };
    } 0 .. $#{ $table->{columns} };
}

sub _line {
    my ($between, $columns, @cells) = @_;

    return join $between, map {
        sprintf $columns->[$_]{right} ? '%*s' : '%-*s',
                $columns->[$_]{width},
                $cells[$_] // '';
    } 0 .. $#$columns;
}

sub plain {
    my ($table) = @_;

    my @columns = _columns($table);
    my @lines = map { _line('  ', \@columns, @$_) =~ s/ +$//r }
                $table->{columns}, [ map { '-' x $_->{width} } @columns ],
                @{ $table->{rows} };

    return join "\n", $table->{title}, '', @lines,
                map({ "  $_" } @{ $table->{notes} // [] }), "\n";
}

sub markdown {
    my ($table) = @_;

    my @columns = _columns($table);
    my @rules = map { '-' x ($_->{width} - 1) . ($_->{right} ? ':' : '-') }
                @columns;
    my @lines = map { '| ' . _line(' | ', \@columns, @$_) . ' |' }
                $table->{columns}, \@rules, @{ $table->{rows} };

    return join "\n", "### $table->{title}", '', @lines, '',
                @{ $table->{notes} // [] }, "\n";
}

1;
