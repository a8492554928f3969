# Providers that trust the CAs of the system: all of them, and at little cost.
#
# The system's file is another one for these nginx, by a mount that only they
# see.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::CA;
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;
use OAuth::Test::Nginx;
use OAuth::Test::TokenEndpoint;

use constant SYSTEM => '/etc/ssl/certs/ca-certificates.crt';

# so many providers, which may take so many times as long as one
use constant { MANY => 40, TIMES => 5 };

my ($ca, $other_ca) = map { OAuth::Test::CA->new } 1, 2;


# An nginx for which the system trusts the first CA.
@OAuth::Test::Elsewhere::ISA = ('OAuth::Test::Nginx');

sub OAuth::Test::Elsewhere::_command {
    return ('unshare', '-m', 'sh', '-c', 'mount --bind "$1" "$2" && shift 2'
            . ' && exec "$@"', 'sh', $ca->file, SYSTEM,
            OAuth::Test::Nginx::_command(@_));
}

# Provider and location for each name => lines.
sub gateway {
    my ($endpoint, %lines) = @_;

    my @names = sort keys %lines;
    my $gateway = OAuth::Test::Gateway->new(
        endpoint => $endpoint, allow => qr/\[crit\].*SSL_do_handshake/,
        http => join('', map {
            OAuth::Test::Gateway->block($_, $lines{$_}
                . "token_endpoint https://localhost:TOKEN_PORT/$_;")
        } @names),
        server => join('', map {
            "location = /$_ { oauth_token_provider $_;"
            . " proxy_pass http://127.0.0.1:UPSTREAM_PORT; }\n"
        } @names));

    bless $gateway->nginx, 'OAuth::Test::Elsewhere';

    return $gateway;
}

# Who of them has a token of a server with this certificate.  Each has a URL of
# its own, as a failure is one of all who share it.
sub who {
    my ($cert, %lines) = @_;

    my $endpoint = OAuth::Test::TokenEndpoint->new(tls => $cert);

    $endpoint->answer("/$_", { token => canary('token') . '-%d' })
        for keys %lines;

    my $gateway = gateway($endpoint, %lines)->start;
    my %status = map { $_ => $gateway->get("/$_")->{status} } keys %lines;

    $gateway->stop;

    return join ' ', map { "$_ $status{$_}" } sort keys %status;
}


SKIP: {
    skip 'no mounts of its own', 1
        if system "unshare -m mount --bind '@{[ $ca->file ]}' @{[ SYSTEM ]}"
                  . ' 2> /dev/null';

    my $theirs = 'proxy_ssl_trusted_certificate ' . $other_ca->file . ';';
    my $revoked = 'proxy_ssl_crl ' . $ca->crl($ca->cert) . ';';

    # in the order in which they are configured
    my %lines = (a => '', b => '', c => $revoked, d => $theirs,
                 e => 'proxy_ssl_verify_depth 2;', f => '');

    is(who($ca->cert, %lines),
       'a 200 b 200 c 200 d 502 e 200 f 200',
       'each believes a CA of the system, unless it has its own');
    is(who($other_ca->cert, %lines),
       'a 502 b 502 c 502 d 200 e 502 f 502',
       'and what one trusts is of no use to another');

    my $cert = $ca->cert;

    is(who($cert, a => '', b => 'proxy_ssl_crl ' . $ca->crl($cert) . ';',
           c => ''),
       'a 200 b 502 c 200', 'a certificate that is revoked for one');
}


# Seconds on the CPU to read the configuration, the least of three.
sub seconds {
    my $n = shift;

    my $nginx = OAuth::Test::Nginx->new;
    my @seconds;

    $nginx->http(join '', map { "oauth_provider p$_ { client_id i;"
        . " client_secret s; token_endpoint https://127.0.0.1/$_; }\n" }
        1 .. $n);

    for (1 .. 3) {
        my @before = times;
        my ($code, $text) = $nginx->test;
        my @after = times;

        die $text if $code;
        push @seconds, $after[2] + $after[3] - $before[2] - $before[3];
    }

    return (sort { $a <=> $b } @seconds)[0];
}

my ($one, $many) = map { seconds($_) } 1, MANY;

note "1 provider: $one s, @{[ MANY ]}: $many s";
cmp_ok($many, '<', TIMES * $one,
       'the certificates of the system are read once for all');

done_testing;
