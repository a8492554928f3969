package OAuth::Test::Life::Down;

# Providers that are down in all the ways a provider can be.

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(first);
use Test::More;

use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway qw(clients);
use OAuth::Test::Life qw(SLACK answer apart least most failed sums);
use OAuth::Test::TokenEndpoint;

our @EXPORT = qw(unnoticed back_again);

# What an endpoint does, or answers, while it is down.
my %fault = (
    refused => 'down',
    hole    => 'hole',
    silent  => { never => 1 },
    drip    => { drip => 1, json => { access_token => 'x' x 80 } },
    broken  => { status => 500 },
    empty   => { status => 200, body => '' },
    garbage => { status => 200, body => "<html>\x01\xff" },
    half    => { cut => 120, json => { access_token => 'x' x 80 } },
);


# the default, in seconds
use constant FETCH_TIMEOUT => 5;


# An endpoint for each fault, and each of the suffixes.
sub _endpoints {
    return map { my $suffix = $_;
                 map { ("$_$suffix" => OAuth::Test::TokenEndpoint->new) }
                 sort keys %fault } @_;
}

sub _kind { return $_[0] =~ s/\d\z//r }

sub _down {
    my ($name, $endpoint) = @_;

    my $fault = $fault{ _kind($name) };

    return ref $fault ? $endpoint->fault("/$name", $fault) : $endpoint->$fault;
}

sub _up {
    my ($name, $endpoint) = @_;

    return ref $fault{ _kind($name) } ? $endpoint->fault("/$name", undef)
                                      : $endpoint->up;
}

# With a provider for each endpoint that has these lines.
sub _gateway {
    my ($life, $endpoints, $lines) = @_;

    my $gateway = OAuth::Test::Life->new(
        life => $life, allow => qr/\[crit\]/,
        more => { map { my $port = $endpoints->{$_}->port;
                        ($_ => "token_endpoint http://127.0.0.1:$port/$_;"
                               . $lines) } keys %$endpoints });

    $endpoints->{$_}->answer("/$_", answer($_, $life)) for keys %$endpoints;

    return $gateway;
}

sub _sleep_until {
    my $left = $_[0] - time;

    sleep $left if $left > 0;
    return;
}


# When an outage begins: as the refresh becomes due, so that it has to wait for
# the end; or just after it, so that the old token ends meanwhile.
my %begin = (1 => 0.38, 2 => 0.55);

# They last for a little less than half of the life.  Times that are seconds in
# use are parts of the life.
sub unnoticed {
    my $life = shift;

    my %endpoint = _endpoints(sort keys %begin);
    my $ms = int 1000 * $life / 40;
    my $gateway = _gateway($life, \%endpoint,
        "fetch_timeout @{[ 2 * $ms ]}ms; backoff @{[ int $ms / 2 ]}ms ${ms}ms;"
        . "expiry_leeway ${ms}ms;")->start;
    my @names = sort keys %endpoint;

    # all begin together
    $gateway->many(5, map { clients(1, "/$_") } @names);

    my $start = time;
    my $load = $gateway->load(connections => 64,
                              uris => [ map { "/$_" } @names ]);
    my $all = sub {
        my ($do, $which, $when) = @_;

        _sleep_until($start + $when * $life);
        $do->($_, $endpoint{$_}) for grep { /$which\z/ } @names;
    };

    $all->(\&_down, 1, $begin{1});
    $all->(\&_down, 2, $begin{2});
    $all->(\&_up, 1, $begin{1} + 0.48);
    $all->(\&_up, 2, $begin{2} + 0.48);
    _sleep_until($start + 1.2 * $life);

    my @rows = $load->stop;

    for my $name (@names) {
        my @own = grep { $_->{uri} eq "/$name" } @rows;
        my %seen = map { ($_->{body} // '') =~ /-(\d+)\z/ ? ($1 => 1) : () }
                   @own;

        is(sums(failed(@own)), '', "$name for half of a life: none fails");
        is(scalar $gateway->wrong("/$name", $endpoint{$name}, @own), 0,
           'no ended token is sent');
        ok($seen{2}, 'then there is a new one');
    }

    $gateway->stop;

    return;
}


# Down for so many seconds, longer than any token lives; half of the providers
# were down when nginx started.
sub back_again {
    my $seconds = shift;

    my %endpoint = _endpoints(1, 2);
    my @names = sort keys %endpoint;
    my @cold = grep { /1\z/ } @names;
    my @ended = grep { /2\z/ } @names;
    my $life = 1;
    my $gateway = _gateway($life, \%endpoint, '');

    _down($_, $endpoint{$_}) for @cold;
    $gateway->start;

    my $load = $gateway->load(connections => 64, interval => 0.2,
                              uris => [ map { "/$_" } @names ]);
    sleep 0.3;
    _down($_, $endpoint{$_}) for @ended;
    sleep $seconds;

    my %up = map { _up($_, $endpoint{$_}); ($_ => time) } @names;

    sleep 2.5;

    my @rows = $load->stop;
    my @failed = failed(@rows);

    is(join(' ', grep { !/\A50[234] ERROR / } map { s/: \d+\z//r }
                 split /, /, sums(@failed)),
       '', 'without a token: 502, 503 or 504');
    cmp_ok(most(map { $_->{end} - $_->{start} } @rows), '<',
           FETCH_TIMEOUT + SLACK, 'within fetch_timeout');
    is(scalar(map { my $name = $_;
                    $gateway->wrong("/$name", $endpoint{$name},
                                    grep { $_->{uri} eq "/$name" } @rows)
              } @names), 0, 'no ended token is sent');

    for my $name (@names) {
        my @own = grep { $_->{uri} eq "/$name" } @rows;
        my $good = first { $_->{status} eq 200 && $_->{end} > $up{$name} } @own;
        my $before = grep { $_->{status} eq 200 && $_->{end} < $up{$name}
                            && $_->{start} > $up{$name} - $seconds + $life
                          } @own;

        # None is seen by an endpoint that refuses, nor in a hole.
        my $attempts = apart(grep { $_ < $up{$name} } map { $_->{time} }
                             grep { !$_->{number} }
                             $endpoint{$name}->requests("/$name"));

        cmp_ok($attempts, '<=', 2 + $seconds,
               "$name: not more than one attempt a second");
        is($before, 0, 'nothing is served when the token has ended');
        cmp_ok($good ? $good->{end} - $up{$name} : 1e9, '<', 2 + SLACK,
               "[E8] $name: back within 2 s");
        note sprintf '%s: back after %.3f s', $name, $good->{end} - $up{$name}
            if $good;
    }

    $gateway->stop;

    return;
}

1;
