package OAuth::Test::Table;

# Reads t/data/providers.table, whose signs t/data/README.md explains.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256 sha256_hex sha512_hex);
use Exporter qw(import);
use JSON::PP;
use MIME::Base64 qw(decode_base64 encode_base64);
use POSIX qw(strftime);
use Time::Local qw(timegm);

use OAuth::Test::Canary qw(canary);

our @EXPORT_OK = qw(rows expand form_of);

my $json = JSON::PP->new->utf8->canonical->allow_nonref;

my %state = map { $_ => 1 } qw(works pending not none);
my $uuid = qr/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}
              -[0-9a-f]{12}/x;
my $jwt = qr/(?<![\w-])(eyJ[\w-]+)\.([\w-]+)\.[\w-]+(?![\w.-])/;

# what a claim says of the moment is not compared
my @of_the_moment = qw(exp iat nbf jti);

# members of a row, by the sign of their lines
my %member = (
    '> ' => 'request', '< ' => 'answer', '= ' => 'lifetime',
    '+ ' => 'upstream',
);


# All rows, in order: name, state, feature; text is the provider block, or the
# reason why there is none; http, location, client, request, answer, lifetime,
# upstream.
sub rows {
    my $path = shift;

    open my $in, '<', $path or die "$path: $!\n";
    my (@rows, %seen);

    while (my $line = <$in>) {
        next if $line =~ /^(?:#|$)/;

        if ($line =~ /^=== ([\w-]+): (\w+)(?: (.+))?$/) {
            die "$path:$.: $1 again\n" if $seen{$1}++;
            die "$path:$.: unknown state \"$2\"\n" if !$state{$2};
            push @rows, { name => $1, state => $2, feature => $3 // '',
                          map { $_ => '' } values %member,
                          qw(text http location client) };
            next;
        }

        my $row = $rows[-1] // die "$path:$.: of no provider\n";

        if ($line =~ s/^([><=+])(?: |$)//) {
            $row->{ $member{"$1 "} } .= $line;

        } elsif ($line =~ s/^(location|client): //) {
            $row->{$1} .= $line;

        } elsif ($line =~ /^example: (\S+)$/) {
            @$row{qw(http text)} = _example("conf.examples/$1");

        } else {
            $row->{text} .= $line;
        }
    }

    return @rows;
}


# Maps and the block of the provider of an example, with secrets that expand()
# knows; a map has a line for 123456.
sub _example {
    my $path = shift;

    open my $in, '<', $path or die "$path: $!\n";
    my $all = do { local $/; <$in> };
    my ($block) = $all =~ /^    oauth_provider \S+ \{\n(.*?)^    \}$/ms
        or die "$path: no oauth_provider\n";

    my $maps = join '', $all =~ /^    map .*?^    \}$/msg;

    $maps =~ s{include /etc/nginx/secrets/(\w+)\.map;}{123456 \{$1\};}g;
    $block =~ s{/etc/nginx/secrets/\w+\.crt;}{CERT;}g;
    $block =~ s{/etc/nginx/secrets/\w+\.key;}{KEY;}g;
    $block =~ s{file:/etc/nginx/secrets/(\w+_pem)}{file:RSAKEY}g;
    $block =~ s{file:/etc/nginx/secrets/(\w+)}{\{$1\}}g;

    return ($maps, $block);
}


# What a text can call, with its words; in them blanks count only after a comma.
my %function = (
    IN => sub { _moment(split / /, $_[0]) },
    base64 => sub { encode_base64(_joined($_[0]), '') },
    sha256 => sub { sha256_hex(_joined($_[0])) },
    sha512 => sub { sha512_hex(_joined($_[0])) },
    hmac_sha256 => sub {
        my ($key, $text) = split /, /, $_[0], 2;
        return encode_base64(hmac_sha256(_joined($text), $key), '');
    },
);

# a date or milliseconds of now: seconds between two clocks that are one
use constant RECENT => 60;


# Puts in what a text of the row stands for; more: further words, which end
# where the next one begins.  record: the request that is compared with it.
sub expand {
    my ($row, $text, $record, %more) = @_;

    my %uuid = map { $_ => 1 } $record ? $record->{raw} =~ /$uuid/g : ();
    my %word = (
        SECRET => canary('client_secret_of_some_length'),
        PASSWORD => canary('password'),
        TOKEN => canary("token_of_$row->{name}" =~ s/\W/_/gr),
        keys %uuid == 1 ? (UUID => keys %uuid) : (), %more,
    );
    my $words = join '|', sort { length $b <=> length $a } keys %word;
    my $functions = join '|', keys %function;

    $text =~ s/(?<![A-Z])($words)(?![A-Z])/$word{$1}/g;
    $text =~ s/(?<!\$)\{(\w+)\}/canary($1)/ge;
    $text =~ s/RECENT\(([\w-]+)\)/_recent($record, $1)/ge;
    1 while $text =~ s/\b($functions)\(([^()]*)\)/$function{$1}->($2)/e;

    return $text;
}

sub _joined { return $_[0] =~ tr/ //dr }

# A header's value, if it is a moment not long ago.
sub _recent {
    my ($record, $name) = @_;

    my ($value) = map { $_->[1] } grep { lc $_->[0] eq lc $name }
                  @{ $record->{headers} };
    my $then = 0;

    if (($value // '') =~ /\A(\d{10})\d{3}\z/) {
        $then = $1;

    } elsif (($value // '') =~ /\A(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)/) {
        $then = timegm($6, $5, $4, $3, $2 - 1, $1);
    }

    return abs(time - $then) < RECENT ? $value : "$name of now";
}

# So many seconds from now: as epoch, or a date with this at its end.
sub _moment {
    my ($seconds, $as) = @_;

    my $then = time + $seconds;

    return $then if $as eq 'epoch';
    return $then . '000' if $as eq 'epoch_ms';
    return strftime('%Y-%m-%dT%H:%M:%S', gmtime $then) . $as;
}


# A request, wanted or recorded, in a form that can be compared: the order of
# headers, parameters and members means nothing, one UUID is like another, and
# of a JWT what it says counts.
sub form_of {
    my ($line, $headers, $body) = @_;

    my ($method, $path, $query) = $line =~ /^(\S+) ([^?\s]+)(?:\?(\S*))?/;

    if ($body =~ /\A\s*\{/) {
        $body = $json->encode($json->decode($body));

    } else {
        $body = _sorted($body =~ s/\n(?=&)//gr);
    }

    my $form = join "\n", "$method $path" . ($query ? '?' . _sorted($query)
                                                    : ''),
                          sort { lc $a cmp lc $b } @$headers;

    return "$form\n\n$body" =~ s/$uuid/UUID/gr =~ s/$jwt/_jwt($1, $2)/ger;
}

sub _sorted { return join '&', sort split /&/, $_[0] }

sub _jwt {
    my ($head, $claims) = map { $json->decode(decode_base64(tr{-_}{+/}r)) } @_;

    delete @$claims{@of_the_moment};

    return "JWT($head->{alg} " . $json->encode($claims) . ')';
}

1;
