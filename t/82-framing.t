# Answers of a token endpoint that are no HTTP, or break its rules.

use strict;
use warnings;
use lib 't/lib';

use Compress::Zlib ();
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Hostile qw(check_cases chunk framed head);

use constant { KB => 1024, MB => 1024 * 1024 };

my $bad = canary('bad');
my $json = qq({"access_token":"$bad","expires_in":3600000});
my $size = length $json;
my $type = 'Content-Type: application/json';
my $length = "Content-Length: $size";
my $chunked = 'Transfer-Encoding: chunked';
my $taken = { token => $bad };

# nginx gives up before we see an answer, or we do; newer versions of it give up
# more often.
my $broken = '502 (?:incomplete|closed)';
my $framing = '502 (?:framing|closed)';
my $no_http = '502 (?:not_http|closed)';

sub raw { return { raw => join '', @_ } }
sub whole { return raw(head('200 OK', $type, @_), $json) }
sub steps { return { script => [ @_ ] } }

# Without an end, after its beginning; or so many megabytes of it.
sub endless { return steps($_[0], { of => $_[1] }) }
sub large { return steps(@_[0, 1], { times => 16 * $_[3], of => $_[2] x 65536 },
                         @_[4 .. $#_]) }

# The name is that of a row and what the case is.
my @cases = (
    [ '[B10] an endless body', endless(head('200 OK', $type), ' ' x 65536),
      '502 too_large' ],
    [ '[B10] an endless body in chunks',
      endless(head('200 OK', $type, $chunked), chunk(' ' x 8000)),
      '502 too_large' ],
    [ '[B10] a body of 64 kB', raw(framed('length',
        $json . ' ' x (64 * KB - $size))), $taken ],
    [ '[B10] a body of 64 kB and a byte', raw(framed('length',
        $json . ' ' x (64 * KB + 1 - $size))), '502 too_large' ],
    [ '[B10] a length of 2^40', large(head('200 OK', $type,
        'Content-Length: 1099511627776'), '', ' ', 1), '502 too_large' ],
    [ '[B10] a length of 2^63', whole('Content-Length: 9223372036854775808'),
      $framing ],
    [ '[B10] a length of 2^64',
      whole("Content-Length: 18446744073709551616"), $framing ],
    [ '[B10] a negative length', whole('Content-Length: -1'), $framing ],
    [ '[B10] a list of lengths', whole("Content-Length: $size, $size"), $framing ],
    [ '[B10] a chunk of 4 GB', large(head('200 OK', $type, $chunked),
        "100000000\r\n", ' ', 1), '502 too_large' ],
    [ '[B10] a chunk of 2^64', raw(head('200 OK', $type, $chunked),
        "10000000000000000\r\n$json"), $broken ],
    [ '[B10] a chunk extension of 1 MB, which is passed over',
      large(head('200 OK', $type, $chunked), sprintf('%x;x=', $size), 'x', 1,
            "\r\n$json\r\n0\r\n\r\n"), $taken ],
    [ '[B10] trailers of 1 MB, which are passed over',
      large(head('200 OK', $type, $chunked), chunk($json) . "0\r\nX: ", 'x', 1,
            "\r\n\r\n"), $taken ],

    [ '[B11] a header of 1 MB',
      large(head('200 OK', $type) =~ s/\r\n\z//r, 'X: ', 'x', 1, "\r\n\r\n$json"),
      '502 closed' ],
    [ '[B11] 10,000 headers', whole($length, ('X-Long-Name: value') x 10_000),
      '502 closed' ],
    [ '[B11] headers without an end',
      endless("HTTP/1.1 200 OK\r\n", "X: y\r\n" x 1000), '502 closed' ],
    [ '[B11] a header that is folded',
      raw("HTTP/1.1 200 OK\r\nX: a\r\n b: c\r\n$length\r\n\r\n$json"),
      $broken ],
    [ '[B11] a NUL in a value', whole($length, "X: a\0b"), '502 closed' ],
    [ '[B11] a NUL in a name', whole($length, "X\0Y: a"), '502 closed' ],
    [ '[B11] a NUL behind a token', whole($length, "X-Token: $bad\0"),
      '502 closed' ],
    [ '[B11] a NUL behind a token in a status line',
      raw("HTTP/1.1 \0$bad\r\n\r\n"), $no_http ],
    [ '[B11] a CR in a value', whole($length, "X: a\rY: b"), '502 closed' ],

    [ '[B13] gzip', raw(framed('length', Compress::Zlib::memGzip($json),
        'Content-Encoding: gzip')), '502 content_coding' ],
    [ '[B13] gzip without a word about it',
      raw(framed('length', Compress::Zlib::memGzip($json))),
      '502 content_coding' ],
    [ '[B13] a bomb: 30 MB in 30 kB', raw(framed('length',
        Compress::Zlib::memGzip(' ' x (30 * MB)), 'Content-Encoding: gzip')),
      '502 content_coding' ],
    [ '[B13] deflate', raw(framed('length', Compress::Zlib::compress($json),
        'Content-Encoding: deflate')), '502 (?:content_coding|bad_json)' ],
    [ '[B13] br', raw(framed('length', "\x0b\x02\x80$json\x03",
        'Content-Encoding: br')), '502 (?:content_coding|bad_json)' ],

    [ '[B14] no last chunk', raw(head('200 OK', $type, $chunked), chunk($json)),
      $broken ],
    [ '[B14] the last chunk without its end',
      raw(head('200 OK', $type, $chunked), chunk($json), "0\r\n"),
      $broken ],
    [ '[B14] a body that a RST ends',
      steps(head('200 OK', $type) . $json, { wait => 0.1 }, { end => 'rst' }),
      '502 incomplete' ],

    [ '[B15] a length and chunks', raw(head('200 OK', $type, $length, $chunked),
        chunk($json), "0\r\n\r\n"), $framing ],
    [ '[B15] chunks and a length', raw(head('200 OK', $type, $chunked, $length),
        chunk($json), "0\r\n\r\n"), $framing ],
    [ '[B15] two lengths', whole($length, 'Content-Length: 5'), $framing ],
    [ '[B15] two lengths that are one', whole($length, $length), $framing ],
    [ '[B15] a length shorter than the body', whole('Content-Length: 5'),
      '502 bad_json' ],
    [ '[B15] a length longer than the body', whole('Content-Length: 9999'),
      '502 incomplete' ],
    [ '[B15] a length with a sign', whole("Content-Length: +$size"), $framing ],
    [ '[B15] a length in hex', whole(sprintf 'Content-Length: 0x%x', $size),
      $framing ],
    [ '[B15] no length', whole('Content-Length:'), $framing ],
    [ '[B15] a length of words', whole('Content-Length: ten'), $framing ],
    [ '[B15] an unknown coding of the transfer',
      whole('Transfer-Encoding: gzip, chunked'), $framing ],
    [ '[B15] another coding of the transfer', whole('Transfer-Encoding: identity'),
      $framing ],
    [ '[B15] chunked twice', raw(head('200 OK', $type, $chunked, $chunked),
        chunk($json), "0\r\n\r\n"), $framing ],
    [ '[B15] a chunk longer than it says',
      raw(head('200 OK', $type, $chunked), "5\r\n$json\r\n0\r\n\r\n"), $broken ],
    [ '[B15] a chunk of no number',
      raw(head('200 OK', $type, $chunked), "x\r\n$json\r\n0\r\n\r\n"), $broken ],

    [ '[B16] 100, then the answer', raw(head('100 Continue'),
        framed('length', $json)), $taken ],
    [ '[B16] 100 at another time', steps(head('100 Continue'), { wait => 0.1 },
        framed('length', $json)), $taken ],
    [ '[B16] 103 byte by byte', steps((map { ($_, { wait => 0.001 }) }
        split //, head('103 Early Hints', 'Link: </a>')),
        framed('chunks', $json)), $taken ],
    [ '[B16] 103 three times', raw((head('103 Early Hints', 'Link: </a>')) x 3,
        framed('length', $json)), $taken ],
    [ '[B16] 102 for ever', endless('', head('102 Processing') x 1000),
      '502 closed' ],
    [ '[B16] 102 10,000 times', raw(head('102 Processing') x 10_000,
        framed('length', $json)), '502 closed' ],
    [ '[B16] 100 and nothing else', raw(head('100 Continue')), '502 closed' ],
    [ '[B16] 100 with half an end', raw("HTTP/1.1 100 Continue\r\n"),
      '502 closed' ],
    [ '[B16] 101', raw(head('101 Switching Protocols', 'Upgrade: h2c'), $json),
      '502 (?:http_101|closed)' ],
    [ '[B16] 150', raw(head('150 What'), framed('length', $json)), $taken ],

    [ '[B27] HTTP/0.9', raw($json), $no_http ],
    [ '[B27] nothing', raw(''), '502 closed' ],
    [ '[B27] the preface of HTTP/2', raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      $no_http ],
    [ '[B27] settings of HTTP/2', raw("\0\0\x0c\4\0\0\0\0\0" . "\0" x 12),
      $no_http ],
    [ '[B27] an alert of TLS', raw("\x15\3\1\0\2\2\x28"), $no_http ],
    [ '[B27] a banner of SSH', raw("SSH-2.0-OpenSSH_9.2\r\n"), $no_http ],
    [ '[B27] 64 kB of NUL', raw("\0" x (64 * KB)), $no_http ],
    [ '[B27] 64 kB of 0xff', raw("\xff" x (64 * KB)), $no_http ],
    [ '[B27] an HTTP request', raw("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
      $no_http ],
    [ '[B27] ICY', raw("ICY 200 OK\r\n\r\n$json"), $no_http ],
    [ '[B27] HTTP of another version', raw("HTTP/2 200\r\n\r\n$json"),
      "$no_http|502 bad_json" ],
    [ '[B27] status 99', raw("HTTP/1.1 99 No\r\n\r\n$json"), $no_http ],
    [ '[B27] status 099', raw("HTTP/1.1 099 No\r\n\r\n$json"),
      "$no_http|502 http_099" ],
    [ '[B27] status 1000', raw("HTTP/1.1 1000 No\r\n\r\n$json"), $no_http ],
    [ '[B27] status 200OK', raw("HTTP/1.1 200OK\r\n\r\n$json"), $no_http ],
    [ '[B27] status 999', raw("HTTP/1.1 999 No\r\n\r\n$json"), '502 http_999' ],
    [ '[B27] status -1', raw("HTTP/1.1 -1 No\r\n\r\n$json"), $no_http ],
    [ '[B27] no status', raw("HTTP/1.1\r\n\r\n$json"), $no_http ],
    [ '[B27] a status line of 1 MB', large('HTTP/1.1 200 ', '', 'O', 1,
        "\r\n\r\n$json"), '502 closed' ],
);

check_cases([ map { {
    name => $_->[0], answer => $_->[1], want => $_->[2]
} } @cases ]);

done_testing();
