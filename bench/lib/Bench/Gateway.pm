package Bench::Gateway;

# An nginx with the configuration of one contender: every request goes to the
# upstream with a token of the provider.
#
#   my $gateway = Bench::Gateway->new(contender => $contender,
#       provider => $provider, upstream => $upstream, workers => 2)->start;
#
#   $gateway->port; $gateway->serving; $gateway->cpu_ns; $gateway->finish;

use strict;
use warnings;

use parent -norequire, 'Bench::Nginx';
use Bench::Nginx;
use Bench::Contender;


# Options beside those of Bench::Nginx: contender; provider; upstream; lifetime
# (3600), the tokens', in seconds, for those that have to be told; prefetch
# ("on"), for those that can.
sub new {
    my ($class, %arg) = @_;

    my $contender = delete $arg{contender};
    my $lifetime = delete $arg{lifetime} // 3600;
    my $prefetch = delete $arg{prefetch} // 'on';
    my ($provider, $upstream) = delete @arg{qw(provider upstream)};

    my $self = $class->SUPER::new(%arg, modules => $contender->{modules});

    $self->{contender} = $contender;
    $self->http($self->_http($upstream->address, Bench::Contender::text(
        $contender, provider => $provider->address, lifetime => $lifetime,
        prefetch => $prefetch, dir => $self->dir)));

    return $self;
}

sub contender { return $_[0]{contender} }


# The upstream and the server are the same for all.
sub _http {
    my ($self, $upstream, $text) = @_;

    my $port = $self->port;

    return <<"END";
upstream api {
    server $upstream;
    keepalive 128;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
}

$text->{http}

server {
    listen 127.0.0.1:$port backlog=4096;
    $text->{server}

    location / {
        $text->{location}
        proxy_pass http://api;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }
}
END
}

1;
