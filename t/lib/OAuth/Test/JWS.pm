package OAuth::Test::JWS;

# Private keys, and JWTs in the compact form of JWS, verified by openssl and
# not by what the module signs with.

use strict;
use warnings;

use Digest::SHA;
use Exporter qw(import);
use File::Temp qw(tempdir);
use JSON::PP;
use MIME::Base64 qw(decode_base64url encode_base64url);

use OAuth::Test::Canary qw(watch);

our @EXPORT_OK = qw(new_key encrypted public_key jwk decode verifies);

my $dir = tempdir('oauth-jws-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $made = 0;

my %generate = (
    rsa       => [ qw(RSA -pkeyopt rsa_keygen_bits:2048) ],
    'rsa1024' => [ qw(RSA -pkeyopt rsa_keygen_bits:1024) ],
    'P-192'   => [ qw(EC -pkeyopt ec_paramgen_curve:P-192) ],
    'P-256'   => [ qw(EC -pkeyopt ec_paramgen_curve:P-256) ],
    'P-384'   => [ qw(EC -pkeyopt ec_paramgen_curve:P-384) ],
    'P-521'   => [ qw(EC -pkeyopt ec_paramgen_curve:P-521) ],
    secp256k1 => [ qw(EC -pkeyopt ec_paramgen_curve:secp256k1) ],
    ed25519   => [ 'ED25519' ],
);

# bytes of r, and of s
my %half = (ES256 => 32, ES384 => 48, ES512 => 66);

# Where DER has the parts of a public key, after its last header.
my %curve = ('P-256' => 32, 'P-384' => 48, 'P-521' => 66);


sub _write {
    my $bytes = shift;

    my $file = "$dir/" . ++$made;

    open my $out, '>:raw', $file or die "$file: $!";
    print {$out} $bytes;
    close $out or die "$file: $!";

    return $file;
}

# Returns what openssl prints, undef when it fails.
sub _openssl {
    my @args = @_;

    my $pid = open(my $out, '-|') // die "fork: $!";

    if ($pid == 0) {
        open STDERR, '>', '/dev/null';
        exec 'openssl', @args or POSIX::_exit(127);
    }

    binmode $out;
    my $text = do { local $/; <$out> };

    return close $out ? $text // '' : undef;
}


# A new private key as PEM (PKCS#8).  Each line of it is a secret that no log
# may show.
sub new_key {
    my $type = shift;

    my $pem = _openssl('genpkey', '-algorithm', @{ $generate{$type} })
        // die "openssl genpkey: $type";

    watch($_, 'a line of a private key')
        for grep { !/^-----/ && length >= 16 } split /\n/, $pem;

    return $pem;
}

# The same key behind a password.
sub encrypted {
    return _openssl('pkey', '-in', _write($_[0]), '-aes256', '-passout',
                    'pass:password') // die 'openssl pkey';
}

sub public_key {
    return _openssl('pkey', '-in', _write($_[0]), '-pubout')
        // die 'openssl pkey';
}


# The public half as a JWK; more members may be given.
sub jwk {
    my ($pem, %more) = @_;

    my $file = _write($pem);
    my $der = _openssl('pkey', '-in', $file, '-pubout', '-outform', 'DER');
    my $text = _openssl('pkey', '-in', $file, '-pubout', '-noout', '-text');

    if ($text =~ /Modulus:\s*((?:[0-9a-f]{2}[:\s]*)+)/) {
        my $n = pack 'H*', $1 =~ s/[^0-9a-f]//gr;
        return { kty => 'RSA', n => encode_base64url($n =~ s/\A\0//r),
                 e => 'AQAB', %more };
    }

    if ($text =~ /NIST CURVE: (\S+)/) {
        my ($name, $size) = ($1, $curve{$1});
        return { kty => 'EC', crv => $name,
                 x => encode_base64url(substr $der, -2 * $size, $size),
                 y => encode_base64url(substr $der, -$size), %more };
    }

    return { kty => 'OKP', crv => 'Ed25519',
             x => encode_base64url(substr $der, -32), %more };
}


# Header and claims of a JWT, and its three parts as they are.
sub decode {
    my $jws = shift;

    my @parts = ($jws // '') =~ /\A([\w-]+)\.([\w-]+)\.([\w-]+)\z/ or return;

    return { header => decode_json(decode_base64url($parts[0])),
             claims => decode_json(decode_base64url($parts[1])),
             signed => "$parts[0].$parts[1]",
             signature => decode_base64url($parts[2]) };
}


# Whether the signature is right: by a secret for HS, else by a key's PEM.
sub verifies {
    my ($jws, $key) = @_;

    my $jwt = decode($jws) or return 0;
    my $alg = $jwt->{header}{alg};
    my ($kind, $bits) = $alg =~ /\A(\D+?)(\d*)\z/;

    if ($kind eq 'HS') {
        my $hmac = Digest::SHA->can("hmac_sha$bits");
        return $hmac->($jwt->{signed}, $key) eq $jwt->{signature} ? 1 : 0;
    }

    my ($public, $data) = (_write(public_key($key)), _write($jwt->{signed}));

    if ($kind eq 'EdDSA') {
        return defined _openssl('pkeyutl', '-verify', '-rawin', '-pubin',
                                '-inkey', $public, '-in', $data, '-sigfile',
                                _write($jwt->{signature})) ? 1 : 0;
    }

    return 0 if $half{$alg} && length $jwt->{signature} != 2 * $half{$alg};

    my $signature = $half{$alg} ? _der($jwt->{signature}, $half{$alg})
                                : $jwt->{signature};

    return defined _openssl('dgst', "-sha$bits", '-verify', $public,
                            $kind eq 'PS'
                                ? (qw(-sigopt rsa_padding_mode:pss -sigopt),
                                   'rsa_pss_saltlen:digest') : (),
                            '-signature', _write($signature), $data) ? 1 : 0;
}

sub _der {
    my ($raw, $half) = @_;

    my $body = join '', map {
        my $n = s/\A\0+(?=.)//sr;
        $n = "\0$n" if ord($n) >= 0x80;
        "\x02" . chr(length $n) . $n;
    } substr($raw, 0, $half), substr($raw, $half);

    return "\x30" . (length $body > 127 ? "\x81" : '') . chr(length $body)
           . $body;
}

1;
