package Bench::Provider;

# A token endpoint, http://127.0.0.1:PORT/token, that takes as long as it is
# told and knows when it was asked.  A token carries its number and the moment
# of its end:
#
#   t17-1700000000123-xxxxx...          1200 bytes; ms since 1970
#
# so whoever gets one can tell whether it has ended.  The answer is JSON; for
# those who cannot read JSON the token is in the header X-Access-Token as well.

use strict;
use warnings;

use JSON::PP;

use parent -norequire, 'Bench::Nginx';
use Bench::Nginx;

use constant TOKEN_SIZE => 1200;      # bytes


# Options: delay (0), seconds before an answer; expires_in (3600), seconds.
sub new {
    my ($class, %arg) = @_;

    my $self = $class->SUPER::new(
        modules => [qw(ndk_http_module.so ngx_http_lua_module.so)]);
    my ($port, $servers) = ($self->port, Bench::Nginx::SERVERS);

    $self->http(<<"END");
lua_package_path "$servers/?.lua;;";

server {
    listen 127.0.0.1:$port reuseport backlog=4096;

    location /token   { content_by_lua_block { require("provider").token() } }
    location /control { content_by_lua_block { require("provider").control() } }
}
END
    $self->start;
    $self->set(delay => 0, expires_in => 3600, size => TOKEN_SIZE, %arg);

    return $self;
}


# A token such as those that it gives, of the same size.
sub token {
    my $start = sprintf 't0-%d000-', time + 86400;

    return $start . 'x' x (TOKEN_SIZE - length $start);
}

sub address { return '127.0.0.1:' . $_[0]->port }


# What may be set: delay, expires_in; fail_from and fail_until, seconds since
# 1970 between which the answer is 503.
sub set {
    my ($self, %settings) = @_;

    $self->_control(%settings);
    return;
}

# 503 from now on, for so many seconds; returns when it begins and ends.
sub fail_for {
    my ($self, $seconds) = @_;

    my $now = Time::HiRes::time();

    $self->set(fail_from => $now, fail_until => $now + $seconds);
    return ($now, $now + $seconds);
}

# Token requests so far, oldest first: { start, end (seconds since 1970),
# status, number (of the token) }.
sub calls { return map { @{ $_->{calls} // [] } } $_[0]->_control }

# How many there were at most at the same time.
sub most_at_once { return $_[0]->_control->{most} }

# Forgets the calls.
sub forget { $_[0]->_control(forget => 1); return }


sub _control {
    my ($self, %arg) = @_;

    my $answer = $self->get('/control?' . join '&', map { "$_=$arg{$_}" }
                                                   sort keys %arg);

    die "the provider says $answer->{status}: ", $self->error_log
        if $answer->{status} != 200;

    return decode_json($answer->{body});
}

1;
