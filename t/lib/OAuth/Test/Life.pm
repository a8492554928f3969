package OAuth::Test::Life;

# A gateway whose tokens live for seconds, and what is to be known about them:
# when each was handed out, when it ended, when it came to the upstream.
#
# The upstream is another nginx that answers with its clock and what it got.
# Answers of the gateway have X-Pid, the worker.  Lifetimes of an answer are in
# milliseconds.

use strict;
use warnings;

use parent 'OAuth::Test::Gateway';

use Exporter qw(import);
use List::Util qw(max min);
use Test::More ();

use OAuth::Test::Build qw(bound slow);
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Load qw(failed sums);
use OAuth::Test::Nginx;
use OAuth::Test::TokenEndpoint;

our @EXPORT_OK = qw(SLACK slow answer gaps apart least most failed sums);

# How late something may be, in seconds, that is due at a time.
use constant SLACK => bound(0.2, 0.5);


# A token endpoint's good answer: a lifetime in seconds, more of the answer.
sub answer {
    my ($name, $life, %more) = @_;

    return { token => canary($name) . '-%d', expires_in => int 1000 * $life,
             %more };
}

# Options: life of the tokens, in seconds (4); provider: more lines of "p";
# more: { name => lines }, further providers, each with a location /name and
# the endpoint http://127.0.0.1:TOKEN_PORT/name unless its lines name another;
# echo: gives the upstream more lines; others as in OAuth::Test::Gateway.
sub new {
    my ($class, %arg) = @_;

    my $life = delete $arg{life} // 4;
    my $more = delete $arg{more} // {};
    my $echo = OAuth::Test::Nginx->new(level => 'error');
    my $socket = $echo->dir . '/api.sock';

    my $lines = delete $arg{echo} // sub { '' };

    $echo->http(<<"END");
log_format one x;
access_log off;
server {
    listen 127.0.0.1:@{[ $echo->port ]};
    listen unix:$socket;
    @{[ $lines->($echo) ]}
    location / { return 200 "\$msec \$http_authorization"; }
}
END
    $echo->start;
    chmod 0666, $socket;

    # A debug log would cost more than all the rest.
    my $self = $class->SUPER::new(
        workers => 2, level => 'info', upstream => $echo, %arg,
        provider => _lines($arg{provider}),
        http => ($arg{http} // '') . join('', map { _provider($_, $more->{$_}) }
                                          sort keys %$more),
        server => ($arg{server} // '') . 'add_header X-Pid $pid always;'
            . join('', map { "location /$_ { oauth_token_provider $_;"
                             . " proxy_pass http://unix:$socket; }\n" }
                       sort keys %$more),
        location => ($arg{location} // '')
            . "proxy_pass http://unix:$socket;",
    );

    $self->{life} = $life;
    $self->endpoint->answer('/token', answer('token', $life));
    $self->endpoint->answer("/$_", answer($_, $life)) for keys %$more;

    return $self;
}

sub _lines {
    return 'expires_field expires_in unit=ms; token_lifetime min=10ms;'
           . ($_[0] // '');
}

sub _provider {
    my ($name, $lines) = @_;

    $lines .= "token_endpoint http://127.0.0.1:TOKEN_PORT/$name;"
        if $lines !~ /token_endpoint/;

    return OAuth::Test::Gateway->block($name, _lines($lines));
}

sub life { return $_[0]{life} }

# Changes the lines of provider "p" for the next reload.
sub provider {
    my ($self, $lines) = @_;

    return $self->configure(provider => _lines($lines));
}

# Clients from now on; options of OAuth::Test::Load.
sub load {
    my ($self, %arg) = @_;

    return OAuth::Test::Load->start($self->port, %arg);
}


# The times between some moments.
sub gaps { return map { $_[$_] - $_[$_ - 1] } 1 .. $#_ }

# A fetch may be repeated once, at once: the moments without repetitions.
use constant REPEATED => 0.1;

sub apart {
    my @apart;

    for my $time (@_) {
        push @apart, $time if !@apart || $time > $apart[-1] + REPEATED;
    }

    return @apart;
}

# Of some times; without any, what fails every test.
sub least { return min(@_) // -1 }
sub most  { return max(@_) // 1e9 }

# A request is on its way to the upstream for a moment, and the leeway of short
# tokens is shorter than what a checked build takes for that.
use constant TRANSIT => bound(0, 0.3);

# Of these rows, those that were served with something that is no token of
# this path's answers, or was one, but had ended when it came upstream.
sub wrong {
    my ($self, $path, $endpoint, @rows) = @_;

    my $token = canary(substr $path, 1);
    my %end = map { $_->{number} => $_->{answered_at} + $self->{life} }
              grep { $_->{number} && $_->{answered} }
              $endpoint->requests($path);

    return grep {
        my ($when, $number) =
            $_->{body} =~ /\A([\d.]+) Bearer \Q$token\E-(\d+)\z/;

        my $late = $number && $end{$number} ? $when - $end{$number} : 1e9;

        Test::More::diag(sprintf 'token "%s" of %s came %.3f s late',
                         $number // '', $path, $late) if $late > TRANSIT;
        $late > TRANSIT;
    } grep { $_->{fate} eq 'answer' && $_->{status} == 200 } @rows;
}

1;
