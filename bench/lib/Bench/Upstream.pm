package Bench::Upstream;

# The API behind the gateway.  It answers "ok" at once; with checks => 1 it
# looks at the token of each request, see Bench::Provider, and counts.

use strict;
use warnings;

use JSON::PP;

use parent -norequire, 'Bench::Nginx';
use Bench::Nginx;

my %location = (
    fast   => 'location / { return 200 "ok\n"; }',
    checks => <<'END',
location / { content_by_lua_block { require("upstream").check() } }
location /control { content_by_lua_block { require("upstream").control() } }
END
);


# Options beside those of Bench::Nginx: checks.
sub new {
    my ($class, %arg) = @_;

    my $kind = $arg{checks} ? 'checks' : 'fast';
    my $self = $class->SUPER::new(%arg,
        modules => $arg{checks}
            ? [qw(ndk_http_module.so ngx_http_lua_module.so)] : []);
    my ($port, $servers) = ($self->port, Bench::Nginx::SERVERS);
    my $path = $arg{checks} ? "lua_package_path \"$servers/?.lua;;\";" : '';

    $self->http(<<"END");
$path

server {
    listen 127.0.0.1:$port backlog=4096;
    $location{$kind}
}
END
    return $self->start;
}


sub address { return '127.0.0.1:' . $_[0]->port }

# { requests, missing (no token), ended (one that had), numbers => { number of a
# token => how many requests had it } }; forgets them when told to.
sub counts {
    my ($self, $forget) = @_;

    my $answer = $self->get('/control' . ($forget ? '?forget=1' : ''));

    die "the upstream says $answer->{status}: ", $self->error_log
        if $answer->{status} != 200;

    return decode_json($answer->{body});
}

1;
