# Servers that are not the provider, or not fit to be: not one byte of a token
# request reaches them.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::CA;
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;
use OAuth::Test::Handshake;
use OAuth::Test::TokenEndpoint;

my ($ca, $other_ca) = map { OAuth::Test::CA->new } 1, 2;
my $trusted = 'proxy_ssl_trusted_certificate ' . $ca->file . ';';

# the kind of a record
use constant ALERT => 21;

# What stands in the certificate of the host of this name.
sub host { return $ca->cert(cn => 'none', san => [ "DNS:$_[0]" ], @_[1 .. $#_]) }

# A name of DNS with a NUL in it, which openssl's own form cannot say.
sub nul {
    my $text = shift;

    my $name = "\x82" . chr(length $text) . $text;

    return 'DER:' . join ':', map { sprintf '%02x', ord }
           split //, "\x30" . chr(length $name) . $name;
}

# Name of the host: its certificate, and what the log says.
my %bad = (
    'expired.test'   => [ host('expired.test', expired => 1), qr/has expired/ ],
    'early.test'     => [ host('early.test', dates => [ '20900101000000Z',
                                                        '20910101000000Z' ]),
                          qr/not yet valid/ ],
    'other.test'     => [ host('another.test'), qr/does not match|mismatch/ ],
    'self.test'      => [ host('self.test', self_signed => 1),
                          qr/self.signed/ ],
    'stranger.test'  => [ $other_ca->cert(san => [ 'DNS:stranger.test' ]),
                          qr/unable to (?:verify|get)/ ],
    'a.b.deep.test'  => [ host('*.deep.test'), qr/does not match|mismatch/ ],
    'top.test'       => [ host('*.top.test'), qr/does not match|mismatch/ ],
    'part.star.test' => [ host('p*.star.test'), qr/mismatch/ ],
    'cn.test'        => [ $ca->cert(cn => 'cn.test', san => []),
                          qr/mismatch/ ],
    'ip.test'        => [ $ca->cert(cn => 'ip.test',
                                    san => [ 'IP:127.0.0.1' ]),
                          qr/mismatch/ ],
    'nul.test'       => [ $ca->cert(cn => 'none',
                                    san => [ nul("nul.test\0.evil.test") ]),
                          qr/does not match|mismatch/ ],
    'revoked.test'   => [ host('revoked.test'), qr/certificate revoked/ ],
    '127.0.0.1'      => [ $ca->cert(cn => 'none', san => [ 'DNS:127.0.0.1' ]),
                          qr/IP address mismatch/ ],
);

my %good = (
    'plain.test'     => host('plain.test'),
    'a.wild.test'    => host('*.wild.test'),
    'fresh.test'     => host('fresh.test'),
);

my $crl = 'proxy_ssl_crl ' . $ca->crl($bad{'revoked.test'}[0]) . ';';
my %more = ('revoked.test' => $crl, 'fresh.test' => $crl);


# Locations for providers, name => lines; '' stands before them.
sub gateway {
    my ($endpoint, %lines) = @_;

    my $http = delete $lines{''} // '';

    return OAuth::Test::Gateway->new(
        endpoint => $endpoint,
        allow => qr/\[crit\].*SSL_do_handshake/,
        http => join('', $http, map {
            OAuth::Test::Gateway->block($_, "fetch_timeout 1s; $trusted"
                                            . $lines{$_})
        } sort keys %lines),
        server => join('', map {
            "location = /$_ { oauth_token_provider $_;"
            . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }';
        } sort keys %lines),
    )->start;
}

# What the log says of one; whoever waits may be told before it is written.
sub lines_of {
    my ($gateway, $name) = @_;

    my @lines;

    for (1 .. 40) {
        @lines = grep { /\[(?:error|crit)\].*(?:"\Q$name\E"|\/\Q$name\E)/ }
                 split /\n/, $gateway->nginx->error_log;
        last if grep { /no access token/ } @lines;
        sleep 0.05;
    }

    return join "\n", @lines;
}


# Certificates: one server, which has one for each name that it is asked for.
{
    my %cert = (%good, map { $_ => $bad{$_}[0] } keys %bad);
    my $endpoint = OAuth::Test::TokenEndpoint->new(tls => {
        %{ $cert{'127.0.0.1'} }, names => \%cert,
    });

    $endpoint->answer("/$_", { token => canary('token') . '-1' })
        for keys %cert;

    my $gateway = gateway($endpoint, map {
        ($_ => "token_endpoint https://127.0.0.1:TOKEN_PORT/$_;"
               . ($more{$_} // '')
               . ($_ =~ /test/ ? "proxy_ssl_name $_;" : ''))
    } keys %cert);

    for my $name (sort keys %bad) {
        my $before = $endpoint->connections;

        is($gateway->get("/$name")->{status}, 502,
           "[H1] $name: its certificate is refused");
        cmp_ok($endpoint->connections, '>', $before,
               "[H1] $name: there was a connection");
        like(lines_of($gateway, $name), qr/SSL certificate.*$bad{$name}[1]/,
             "[H1] $name: the log says why");
    }

    is($endpoint->bytes, 0, '[H1] not one byte was sent to any of them');
    is($gateway->upstream->connections, 0, '[H1] nothing was sent upstream');

    is($gateway->get("/$_")->{body}, "GET /$_ " . $gateway->token(1) . "\n",
       "[H1] $_: its certificate is good") for sort keys %good;
    is(scalar(grep { ($_->{sni} // '') ne substr $_->{path}, 1 } $endpoint->requests),
       0, '[H1] each was asked for by its name');
    $gateway->stop;
}


# An IP address is one in the certificate, too.
{
    my $endpoint = OAuth::Test::TokenEndpoint->new(
        tls => $ca->cert(cn => '127.0.0.1', san => [ 'IP:127.0.0.1' ]));
    my $gateway = gateway($endpoint,
        ip => 'token_endpoint https://127.0.0.1:TOKEN_PORT/token;');

    $endpoint->answer('/token', { token => canary('token') . '-%d' });
    is($gateway->get('/ip')->{status}, 200, '[H1] an IP address');
    $gateway->stop;
}


# Versions: OpenSSL must be asked twice for these.
for my $version (qw(TLSv1 TLSv1_1)) {
    my $endpoint = OAuth::Test::TokenEndpoint->new(tls => {
        %{ $good{'plain.test'} }, version => $version,
        ciphers => 'DEFAULT:@SECLEVEL=0',
    });
    my $url = 'proxy_ssl_name plain.test;'
              . ' token_endpoint https://127.0.0.1:TOKEN_PORT';
    my $gateway = gateway($endpoint, strict => "$url/strict;", weak =>
        "$url/weak; proxy_ssl_ciphers DEFAULT:\@SECLEVEL=0;"
        . 'proxy_ssl_protocols TLSv1 TLSv1.1;');

    $endpoint->answer('/weak', { token => canary('token') . '-%d' });
    is($gateway->get('/strict')->{status}, 502,
       "[H2] a server with $version only");
    is($endpoint->bytes, 0, '[H2] gets no byte');
    cmp_ok($endpoint->connections, '>', 0, '[H2] but a connection');
    is($gateway->get('/weak')->{status}, 200,
       '[H2] unless the block says that it may');
    $gateway->stop;
}


# The answer to a ClientHello, in a version and with a cipher; the extension is
# that of RFC 5746, without which OpenSSL refuses any.
sub server_hello {
    my ($version, $cipher) = @_;

    my $hello = pack('n', $version) . 'r' x 32 . "\0" . pack('n', $cipher) . "\0"
                . "\0\5\xff\x01\0\1\0";

    return "\x16" . pack('nn', $version, 4 + length $hello)
           . "\2\0" . pack('n', length $hello) . $hello;
}

# The handshake.
{
    my $hello = "\x16\x03\x03";
    my %old = (
        sslv3  => { send => server_hello(0x0300, 0x000a) },
        tls10  => { send => server_hello(0x0301, 0xc013) },
        tls11  => { send => server_hello(0x0302, 0xc013) },
        rc4    => { send => server_hello(0x0303, 0x0005) },
        export => { send => server_hello(0x0303, 0x0003) },
        null   => { send => server_hello(0x0303, 0x0002) },
    );
    my %fault = (
        %old,
        reset     => { then => 'reset' },
        closed    => { then => 'close' },
        stall     => {},
        alert     => { send => "\x15\x03\x03\0\x02\x02\x28" },
        warning   => { send => "\x15\x03\x03\0\x02\x01\0", then => 'close' },
        oversized => { send => $hello . pack('n', 16385) . "\2" . 'x' x 16384 },
        endless   => { send => $hello . pack('n', 16384) . "\2\xff\xff\xff"
                               . 'x' x 16380 },
        empty     => { send => "$hello\0\0" x 100 },
        part      => { send => "$hello\0\x7a\2\0", then => 'close' },
        early     => { send => "\x17\x03\x03\0\x10" . 'x' x 16 },
        plain     => { send => "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"
                               . '{"access_token":"t"}', then => 'close' },
    );
    my $server = OAuth::Test::Handshake->new(%fault);
    my $gateway = gateway(undef, map {
        ($_ => 'proxy_ssl_name plain.test; token_endpoint https://127.0.0.1:'
               . $server->port($_) . '/token;')
    } keys %fault);

    for my $name (sort keys %fault) {
        my $hangs = $name eq 'stall';
        my $answer = $gateway->get("/$name");
        my @seen;

        # what came last may be on its way still
        for (1 .. 40) {
            @seen = $server->connections($name);
            last if !$old{$name} || !grep { $_->[-1] != ALERT } @seen;
            sleep 0.05;
        }

        is($answer->{status}, $hangs ? 504 : 502,
           "[H5] $name: the handshake fails");
        is(join(' ', map { $_->[-1] } @seen), join(' ', (ALERT) x @seen),
           "[H2] $name: the client refuses") if $old{$name};
        cmp_ok($answer->{seconds}, '<', 2, "[H5] $name: in time");
        cmp_ok(scalar @seen, '>', 0, "[H5] $name: there was a handshake");
        is(scalar(grep { $_ != 21 && $_ != 22 } map { @$_ } @seen), 0,
           "[H5] $name: but no request");
        isnt(lines_of($gateway, $name), '', "[H5] $name: a line in the log");
    }

    is($gateway->upstream->connections, 0, '[H5] nothing was sent upstream');
    $gateway->stop;
}


# Two clients at one host: each connection is its client's, also when both share
# an upstream{} that keeps connections.
for my $kept ('', 'keepalive 4;') {
    my $endpoint = OAuth::Test::TokenEndpoint->new(
        tls => { %{ $good{'plain.test'} }, client_ca => $ca->file });
    my %mine = map { $_ => $ca->cert(cn => $_) } qw(one two);
    my $gateway = gateway($endpoint,
        '' => "upstream both { server 127.0.0.1:TOKEN_PORT; $kept }", map {
        ($_ => "token_endpoint https://both/$_;"
               . "proxy_ssl_name plain.test; token_lifetime max=1s;"
               . "proxy_ssl_certificate $mine{$_}{cert};"
               . "proxy_ssl_certificate_key $mine{$_}{key};")
    } keys %mine);

    $endpoint->answer("/$_", { token => canary('token') . '-%d' })
        for keys %mine;

    for my $name (qw(one two) x 2) {
        $gateway->get("/$name");
        sleep 0.55;
    }

    my @requests = $endpoint->requests;

    is(scalar @requests, 4, "[H9] two clients at one host $kept");
    is(join(' ', map { "$_->{path} as $_->{client_cn}" }
            grep { $_->{path} ne "/$_->{client_cn}" } @requests), '',
       '[H9] each request comes with the certificate of its client');
    $gateway->stop;
}


# A token may be bound to the certificate that it was asked for with.
{
    my $endpoint = OAuth::Test::TokenEndpoint->new(
        tls => { %{ $good{'plain.test'} }, client_ca => $ca->file });
    my ($old, $new) = map { $ca->cert(cn => $_) } qw(old new);
    my $gateway = gateway($endpoint,
        mtls => 'token_endpoint https://127.0.0.1:TOKEN_PORT/token;'
            . 'proxy_ssl_name plain.test; client_auth tls_client_auth;'
            . "proxy_ssl_certificate $old->{cert};"
            . "proxy_ssl_certificate_key $old->{key};");

    $endpoint->answer('/token', { token => canary('token') . '-%d' });
    is($gateway->get('/mtls')->{status}, 200, '[J7] a client certificate');
    ok($gateway->nginx->reload, '[J7] a reload');
    $gateway->get('/mtls');
    is($endpoint->count, 1, '[J7] the token is kept');

    rename $new->{$_}, $old->{$_} or die "$old->{$_}: $!" for qw(cert key);
    ok($gateway->nginx->reload, '[J7] a reload with another one in its file');
    is($gateway->get('/mtls')->{body},
       'GET /mtls ' . $gateway->token(2) . "\n", '[J7] the token is another');
    is(join(' ', map { $_->{client_cn} } $endpoint->requests), 'old new',
       '[J7] each asked for with its certificate');
    is(scalar(grep { $_->{body} !~ /(?:^|&)client_id=id(?:&|$)/ }
              $endpoint->requests), 0, '[J7] and with the id of the client');
    $gateway->stop;
}

done_testing();
