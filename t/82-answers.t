# What an answer of a token endpoint says: members, tokens, types, sizes, errors.

use strict;
use warnings;
use lib 't/lib';

use Encode ();
use JSON::PP qw(encode_json);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Hostile qw(MARK check_cases);

my $bad = canary('bad');
my $type = 'Content-Type';
my %taken = (token => $bad);

# Such a token, or these members beside one, or these bytes.
sub token { return { json => { access_token => $_[0], expires_in => 60_000 } } }
sub beside { return { token => $bad, fields => { @_ } } }
sub body { return { body => $_[0], headers => [ @_[1 .. $#_] ] } }

sub json { return qq({"access_token":"$bad","expires_in":60000$_[0]}) }

# So many bytes that are a token.
sub long { return $bad . 'x' x ($_[0] - length $bad) }

# A case of a row: name, answer, what comes of it; more.
sub case {
    my ($name, $answer, $want, %more) = @_;

    return { name => $name, answer => $answer, want => $want, %more };
}

# Two members whose hashes are one, for any seed, can not be known; this many
# names in one object are what an attack has left.
my $names = join ',', map { sprintf '"%c%c%c":0', 97 + $_ % 26,
                            97 + $_ / 26 % 26, 97 + $_ / 676 } 0 .. 7000;

my @cases = (
    (map { case("[B1] status $_ with a token", { %{ beside() }, status => $_ },
                \%taken) } 201, 202, 203, 206, 299),
    (map { case("[B1] status $_ without one", { status => $_ },
                '502 no_token') } 204, 205),

    (map { case("[B2] no usable access_token: $_->[0]", $_->[1],
                '502 no_token') }
        [ 'none', { json => { token_type => 'Bearer' } } ],
        [ 'null', token(undef) ], [ 'a number', token(7) ],
        [ 'an empty string', token('') ], [ 'a list', token([ $bad ]) ],
        [ 'an object', token({ a => $bad }) ],
        [ 'a boolean', token(JSON::PP::true) ]),
    case('[B3] no token_type', token($bad), \%taken),
    (map { case("[B3] token_type: " . encode_json([$_]), beside(
                token_type => $_), \%taken) } undef, 7, '', [], 'BearerToken'),
    (map { case("[B4] token_type $_", beside(token_type => $_), \%taken) }
        qw(bearer BEARER BeArEr)),
    (map { case("[B5] token_type $_", beside(token_type => $_),
                '502 token_type') } qw(mac MAC pop PoP dpop DPoP N_A n_a)),
    case('[B5] token_type with a NUL',
         body(json(',"token_type":"bearer\u0000x"')), '502 bad_json'),
    case('[B6] 200 more members', beside(map { ("x$_" => { y => [ $_ ] }) }
         1 .. 200), \%taken),
    case('[B6] long strings', beside(map { ("x$_" => 'y' x 8192) } 1 .. 7),
         \%taken),
    (map { case("[B6] an error that is none: " . encode_json([$_]),
                beside(error => $_), \%taken) } undef, '', 0, {}, []),
    case('[B6] huge numbers', body(json(',"x":123456789012345678,"y":-0,'
         . '"z":1e300,"w":0.' . '1' x 1000)), \%taken),

    (map { case("[B7] in the token: $_->[0]", body($_->[1]),
                '502 ' . ($_->[2] // 'token_charset')) }
        (map { [ $_, json('') =~ s/(?=","exp)/$_/r ] }
            '\r\nX-Evil: 1', '\n', '\t', ' ', '\u0001', '\u007f', '\u00e9',
            '\u2028', '\r', ' x'),
        (map { [ $_, json('') =~ s/(?=","exp)/$_/r, 'bad_json' ] }
            '\u0000', '\ud800', '\udc00\ud800', '\x41', '\u12'),
        [ 'UTF-8', json('') =~ s/(?=","exp)/\xc3\xa9/r ],
        [ 'latin-1', json('') =~ s/(?=","exp)/\xe9/r, 'bad_json' ],
        [ 'a raw line break', json('') =~ s/(?=","exp)/\r\nX: y/r, 'bad_json' ]),
    (map { case("[B8] a token with $_", token("$bad$_"), { token => "$bad$_" }) }
        '|', ':', ',', '"a"', '=c', '\\', "'", '<>', '~!@#$%^&*(){}[];?/`'),

    case('[B9] a token of one byte', token('x'), { token => 'x' }),
    (map { case("[B9] a token of $_ bytes", token(long($_)),
                { token => long($_) }) } 4096, 12_000, 16_384),
    (map { case("[B9] a token of $_ bytes", token(long($_)), '502 too_large') }
        16_385, 65_000, 1_000_000),

    (map { case("[B12] Content-Type " . ($_ // 'none'),
                body(json(''), defined $_ ? ($type, $_) : ()), \%taken) }
        undef, 'application/json', 'application/json;charset=UTF-8',
        'APPLICATION/JSON', 'text/html', 'text/plain', 'image/png',
        'application/x-www-form-urlencoded', ''),
    case('[B12] two types', body(json(''), $type, 'text/html', $type, 'a/b'),
         \%taken),
    case('[B12] HTML', body('<html>' . MARK . '</html>', $type, 'text/html'),
         '502 html'),
    case('[B12] HTML that says it is JSON', body('<!DOCTYPE html><html>',
         $type, 'application/json'), '502 html'),
    case('[B12] XML', body("<a>$bad</a>", $type, 'text/xml'), '502 xml'),

    (map { case("[B18] twice: $_->[0]", body($_->[1]), '502 bad_json') }
        [ 'the token', json(',"access_token":"x"') ],
        [ 'the same token', json(qq(,"access_token":"$bad")) ],
        [ 'the token in escapes', json(',"acc\u0065ss_token":"x"') ],
        [ 'the lifetime', json(',"expires_in":1') ],
        [ 'a member of a member', json(',"x":{"y":1,"y":2}') ]),
    (map { case("[B19] $_->[0]", body($_->[1]), '502 bad_json') }
        [ 'a BOM', "\xef\xbb\xbf" . json('') ],
        (map { [ $_, Encode::encode($_, json('')) ] }
            qw(UTF-16 UTF-16LE UTF-32)),
        [ 'latin-1', json(qq(,"x":"\xe9")) ],
        [ 'an overlong form', json(qq(,"x":"\xc0\xaf")) ],
        [ 'NUL after it', json('') . "\0" x 8 ],
        [ 'NUL before it', "\0" . json('') ],
        [ 'NUL in it', json("\0") ]),
    (map { case("[B17] $_->[0]", body($_->[1]), '502 bad_json') }
        [ 'bytes after it', json('') . 'x' ],
        [ 'another object after it', json('') . '{}' ],
        [ 'a comma too many', json(',') ], [ 'NaN', json(',"x":NaN') ],
        [ 'a comment', json('/**/') ], [ 'a tab in a string', json(",\"x\":\"\t\"") ],
        [ 'no object', qq("$bad") ], [ 'a number', '7' ]),
    (map { case("[B20] $_->[0]", body($_->[1]), $_->[2]) }
        [ '60,000 brackets', '[' x 60_000, '502 bad_json' ],
        [ '60,000 braces', '{"a":' x 12_000, '502 bad_json' ],
        [ 'too deep a member', json(',"x":' . '[' x 16 . ']' x 16),
          '502 bad_json' ],
        [ 'one that is just deep enough', json(',"x":' . '[' x 15 . ']' x 15),
          \%taken ],
        [ '7000 names', json(",$names"), \%taken ],
        [ '15,000 numbers', json(',"x":[' . join(',', (1) x 15_000) . ']'),
          \%taken ]),

    (map { case("[B23] a 200 with the error $_",
                { json => { error => $_, error_description => MARK } },
                "502 $_") } qw(invalid_client invalid_grant invalid_scope)),
    case('[B23] and with a token', beside(error => 'invalid_client'),
         '502 invalid_client'),

    (map { case("[B24] an error: $_->[0]", { status => 400,
                json => { error => $_->[1], error_description => $_->[2] } },
                "502 $_->[3]", says => $_->[4]) }
        [ 'with a second line', "a\r\n2026 x: y", "d\r\n2026/01/01 crit:",
          'http_400', qr/description: "d\?\?2026/ ],
        [ 'that speaks to terminals', "\e[31mx", "\e]0;x\a", 'http_400',
          qr/description: "\?\]0;x\?"/ ],
        [ 'with formats', '%n%s', '%n%s%V', 'http_400',
          qr/description: "%n%s%V"/ ],
        [ 'of 60 kB', 'x' x 30_000, 'y' x 30_000, 'http_400',
          qr/description: "y{256}"/ ],
        [ 'of 32 letters', 'x' x 32, 'd', 'http_400', qr/description: "d"/ ],
        [ 'of 31 letters', 'x' x 31, 'd', 'x' x 31, qr/description: "d"/ ],
        [ 'not of ASCII', "\x{e9}", "\x{e9}\x{2028}", 'http_400',
          qr/description: "\?{5}"/ ]),
    case('[B24] an error of 1 MB', { status => 400, body => encode_json({
         error => 'x' x 1_000_000 }) }, '502 too_large'),

    case('[B25] no word about caches', beside(), \%taken),
    case('[B26] headers that are for others', { %{ beside() }, headers => [
         'X-Accel-Redirect' => '/refused', 'X-Accel-Expires' => 3600,
         'X-Accel-Limit-Rate' => 1, 'X-Accel-Buffering' => 'no',
         'X-Accel-Charset' => 'utf-16', 'Set-Cookie' => 'a=' . MARK,
         'Location' => 'http://127.0.0.1:1/' . MARK, 'Refresh' => '0;' . MARK,
         'Link' => '<' . MARK . '>; rel=preload', 'Alt-Svc' => MARK,
         'Strict-Transport-Security' => 'max-age=1', 'X-Mark' => MARK,
         'Content-Disposition' => MARK, 'Vary' => '*', 'ETag' => '"1"',
         'Cache-Control' => 'public, max-age=3600', 'Expires' => 'never',
         'WWW-Authenticate' => 'SCA ' . MARK, 'Retry-After' => 3600,
         'Upgrade' => 'h2c', 'Trailer' => 'X' ] }, \%taken),
);

check_cases(\@cases);
done_testing();
