package OAuth::Test::CA;

# A certificate authority of the test's own, made with openssl.

use strict;
use warnings;

use File::Temp qw(tempdir);


sub new {
    my ($class) = @_;

    my $self = bless {
        dir => tempdir('oauth-ca-XXXXXX', TMPDIR => 1, CLEANUP => 1),
        made => 0,
    }, $class;

    $self->{file} = "$self->{dir}/ca.crt";
    $self->{key}  = "$self->{dir}/ca.key";

    _openssl('req', '-x509', _new_key($self->{key}), '-subj', '/CN=Test CA',
             '-days', '2', '-out', $self->{file},
             '-addext', 'keyUsage=critical,keyCertSign,cRLSign');

    return $self;
}

# The file to trust.
sub file { return $_[0]{file} }
sub dir  { return $_[0]{dir} }


# Makes a certificate: { cert, key }.  Options: cn, san (list of openssl's
# names, may be empty), dates (two moments in openssl's form), expired,
# self_signed; "client_ca" is passed on for the server's use.
sub cert {
    my ($self, %arg) = @_;

    my $base = sprintf '%s/cert%d', $self->{dir}, ++$self->{made};
    my @san = @{ $arg{san} // [ 'DNS:localhost', 'IP:127.0.0.1' ] };

    _openssl('req', '-new', _new_key("$base.key"), '-out', "$base.csr",
             '-subj', '/CN=' . ($arg{cn} // 'localhost'),
             @san ? ('-addext', 'subjectAltName=' . join(',', @san)) : ());

    my @signer = $arg{self_signed}
        ? ('-selfsign', '-keyfile', "$base.key")
        : ('-cert', $self->{file}, '-keyfile', $self->{key});
    my ($start, $end) = $arg{expired}
        ? ('20200101000000Z', '20200102000000Z') : @{ $arg{dates} // [] };
    my @dates = $start ? ('-startdate', $start, '-enddate', $end)
                       : ('-days', '2');

    _openssl('ca', '-batch', '-notext', '-config', $self->_config($base),
             '-in', "$base.csr", '-out', "$base.crt", @signer, @dates);

    return {
        cert => "$base.crt", key => "$base.key",
        client_ca => $arg{client_ca},
    };
}


# A list of this CA that revokes a certificate: its file.
sub crl {
    my ($self, $cert) = @_;

    my ($base) = $cert->{cert} =~ /\A(.*)\.crt\z/;
    my @ca = ('ca', '-config', "$base/ca.cnf", '-cert', $self->{file},
              '-keyfile', $self->{key});

    _openssl(@ca, '-revoke', $cert->{cert});
    _openssl(@ca, '-gencrl', '-crldays', '2', '-out', "$base.crl");

    return "$base.crl";
}


# Makes an RSA key, for what is signed outside of TLS: its file.
sub rsa_key {
    my $self = shift;

    my $file = sprintf '%s/rsa%d.key', $self->{dir}, ++$self->{made};

    _openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt',
             'rsa_keygen_bits:2048', '-out', $file);

    return $file;
}


# "openssl ca" is the only command of OpenSSL 3.0 that takes a start date.
sub _config {
    my ($self, $base) = @_;

    mkdir $base or die "mkdir $base: $!";
    _write("$base/index", '');
    _write("$base/index.attr", "unique_subject = no\n");
    _write("$base/ca.cnf", <<"END");
[ca]
default_ca = test
[test]
database = $base/index
new_certs_dir = $base
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
END

    return "$base/ca.cnf";
}

sub _new_key {
    my $file = shift;

    return ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
            '-keyout', $file);
}

sub _write {
    my ($file, $text) = @_;

    open my $out, '>', $file or die "$file: $!";
    print {$out} $text;
    close $out or die "$file: $!";
    return;
}

sub _openssl {
    my @arg = @_;

    open my $saved, '>&', \*STDERR or die "dup: $!";
    my $log = File::Temp->new;
    open STDERR, '>&', $log or die "dup: $!";
    my $status = system 'openssl', @arg;
    open STDERR, '>&', $saved or die "dup: $!";

    return if $status == 0;

    seek $log, 0, 0;
    die "openssl @arg\n", <$log>;
}

1;
