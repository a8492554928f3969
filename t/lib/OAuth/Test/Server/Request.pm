package OAuth::Test::Server::Request;

# Takes one HTTP/1 request from the start of a buffer and keeps every byte.

use strict;
use warnings;

use MIME::Base64 qw(decode_base64);


# Returns the record and removes its bytes from the buffer, or undef when the
# request is not complete yet.
sub take {
    my $buffer = shift;

    my $end = index $$buffer, "\r\n\r\n";
    return if $end < 0;

    my $head = substr $$buffer, 0, $end + 4;
    my ($line, @fields) = split /\r\n/, $head;
    my @headers = map { [ /\A([^:]*):[ \t]*(.*?)[ \t]*\z/s ] } @fields;

    my ($size, $body) = _body(\@headers, substr $$buffer, $end + 4);
    return if !defined $size;

    my $raw = substr $$buffer, 0, length($head) + $size;
    substr($$buffer, 0, length $raw) = '';

    my ($method, $uri) = split / /, $line;
    my ($path, $query) = split /\?/, $uri // '', 2;

    return {
        line => $line, method => $method, uri => $uri, path => $path,
        query => $query, headers => \@headers, head => $head, body => $body,
        raw => $raw,
    };
}


# Returns the number of bytes the body takes on the wire, and the body.
sub _body {
    my ($headers, $rest) = @_;

    my %value = map { lc $_->[0] => $_->[1] } @$headers;

    if (lc($value{'transfer-encoding'} // '') eq 'chunked') {
        return _chunked($rest);
    }

    my $length = $value{'content-length'} || 0;

    return if length $rest < $length;
    return ($length, substr $rest, 0, $length);
}


sub _chunked {
    my $rest = shift;

    my ($size, $body) = (0, '');

    while (substr($rest, $size) =~ /\A(([0-9a-fA-F]+)[^\r\n]*\r\n)/) {
        my ($line, $n) = ($1, hex $2);
        my $data = $size + length $line;

        return if length($rest) < $data + $n + 2;

        $body .= substr $rest, $data, $n;
        $size = $data + $n + 2;

        return ($size, $body) if $n == 0;
    }

    return;
}


# Values of one header of a record, in order.
sub header {
    my ($record, $name) = @_;

    return map { $_->[1] } grep { lc $_->[0] eq lc $name }
           @{ $record->{headers} };
}

# The id that a client has shown: by Basic, in a form or in the query.
sub client {
    my $record = shift;

    my ($basic) = map { /\ABasic (\S+)\z/ } header($record, 'Authorization');
    my ($id) = $basic ? decode_base64($basic) =~ /\A([^:]*):/
             : join('&', $record->{body}, $record->{query} // '')
               =~ /(?:\A|&)client_id=([^&]*)/;

    return ($id // '') =~ tr/+/ /r =~ s/%(..)/chr hex $1/ger;
}

1;
