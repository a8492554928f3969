package OAuth::Test::System;

# Stands in for a provider: one TLS server that is both its token endpoint and
# its API, under their real names, and an nginx that believes it.  The names
# lead here by an upstream{} for each, so that the endpoint of a preset is
# reached as it is written there, certificate and SNI verified.

use strict;
use warnings;

use Exporter qw(import);
use MIME::Base64 qw(encode_base64);
use Test::More ();

use OAuth::Test::CA;
use OAuth::Test::Nginx;
use OAuth::Test::Upstream;

our @EXPORT = qw(is_request header basic lives);

# what shows in an answer of nginx
use constant SHOWN => <<'END';
    add_header X-Left $oauth_token_expires_in always;
    add_header X-Cache $oauth_token_cache_status always;
    add_header X-Error $oauth_token_error always;
END

my $uuid = qr/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}
              -[0-9a-f]{12}/x;


# Options: hosts, those that the server is; client_certificate: it wants one.
sub new {
    my ($class, %arg) = @_;

    my $ca = OAuth::Test::CA->new;
    my $cert = $ca->cert(
        san => [ map { "DNS:$_" } @{ $arg{hosts} } ],
        client_ca => $arg{client_certificate} ? $ca->file : undef,
    );

    return bless {
        %arg, ca => $ca, server => OAuth::Test::Upstream->new(tls => $cert),
        nginx => OAuth::Test::Nginx->new,
    }, $class;
}

sub ca     { return $_[0]{ca} }
sub server { return $_[0]{server} }
sub nginx  { return $_[0]{nginx} }


# The text of http{} that leads all names here.
sub upstreams {
    my $self = shift;

    my $port = $self->{server}->port;

    return join '', map { "upstream $_ { server 127.0.0.1:$port; }\n" }
           @{ $self->{hosts} };
}

# Starts nginx: everything goes to the API of the first host, with a token of
# the provider that has these lines; more of them for the location.
sub start {
    my ($self, $provider, $location) = @_;

    my ($port, $trusted) = ($self->{nginx}->port, $self->{ca}->file);

    $location //= '';
    $self->{nginx}->http($self->upstreams . <<"END");
oauth_provider p {
    $provider
    prefetch off;
    proxy_ssl_trusted_certificate $trusted;
}

server {
    listen 127.0.0.1:$port;
@{[ SHOWN ]}
    location / {
        oauth_token_provider p;

        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_ssl_server_name on;
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate $trusted;

        # nginx never frees the session that it keeps of an upstream
        proxy_ssl_session_reuse off;
        $location
        proxy_pass https://$self->{hosts}[0];
    }
}
END
    $self->{nginx}->start;
    return $self;
}


# One client's request; returns its answer.
sub get { my $self = shift; return $self->{nginx}->get(@_) }

sub stop { return $_[0]{nginx}->stop }


# Compares a recorded request with its text: lines, an empty one, the body.
# The order of headers means nothing.  A header UUID stands for any value that
# is one of version 4.
sub is_request {
    my ($record, $wanted, $name) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my ($head, $body) = split /\n\n/, $wanted =~ s/\n\z//r, 2;
    my ($line, @headers) = split /\n/, $head;
    my ($got_line, @got) = split /\r\n/, $record->{head};

    for my $random (grep { /: UUID\z/ } @headers) {
        my ($start) = $random =~ /(.*)UUID/;
        s/\A\Q$start\E$uuid\z/$random/ for @got;
    }

    return Test::More::is(
        join("\n", $got_line, sort(@got), '', $record->{body}),
        join("\n", $line, sort(@headers), '', $body // ''), $name);
}

# A header's value as it was recorded.
sub header {
    my ($record, $name) = @_;

    my @values = map { $_->[1] } grep { lc $_->[0] eq lc $name }
                 @{ $record->{headers} };

    return "@values";
}

sub basic { return 'Basic ' . encode_base64(join(':', @_), '') }


# Whether the answer says that the token lives for so many seconds, less what
# the test itself has taken.
sub lives {
    my ($answer, $seconds, $name) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $left = $answer->{headers}{'x-left'} // 'none';
    my $good = $left =~ /\A\d+\z/ && $left <= $seconds
               && $left >= $seconds - 20;

    return Test::More::ok($good, $name)
           || Test::More::diag("wanted $seconds s, got $left");
}

1;
