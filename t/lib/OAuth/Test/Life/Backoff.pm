package OAuth::Test::Life::Backoff;

# The pauses after failed fetches, and whom they concern.

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(max min);
use POSIX qw(strftime);
use Test::More;

use OAuth::Test::Clock qw(sleep time wall);
use OAuth::Test::Life qw(SLACK answer gaps apart least most failed sums);
use OAuth::Test::TokenEndpoint;

our @EXPORT = qw(pauses keys_of_an_endpoint);

# Long enough for the pauses of the default, 1, 2 and 4 s, after the first
# refresh of tokens that live for LIFE and are refreshed as early as can be.
use constant { SECONDS => 8.5, LIFE => 12 };

# from now, for Retry-After
use constant { ASKED => 3, DATE => 4 };

# So many failures make the next pause 25 times as long, at least.
use constant OUTAGE => 5;

# So many failures while there is no token are followed by the short pause.
use constant BRIEF => 8;

# The steps of nginx's clock.
use constant CLOCK => 0.01;

# A date has no fractions, and a client that waits asks when it is over.
use constant LATE => 1 + SLACK;

my $refusal = { status => 401, json => { error => 'invalid_client' } };


sub _date { return strftime('%a, %d %b %Y %T GMT', gmtime $_[0]) }

# name => lines of the provider
my %provider = (
    reset   => '',
    broken  => '',
    refused => 'backoff 200ms 700ms;',
    kept    => 'refresh_before 90%;',
    seconds => 'backoff 100ms 200ms;',
    date    => 'backoff 100ms 200ms;',
    live    => 'backoff 100ms 200ms; refresh_before 90%;',
    beside  => 'backoff 200ms 400ms;',
    other   => 'backoff 200ms 30s;',
);

# Providers that fail, each in its way, and clients that ask all of them all
# the time.
sub pauses {
    my %endpoint = map { $_ => OAuth::Test::TokenEndpoint->new } keys %provider;
    my $gateway = OAuth::Test::Life->new(
        life => LIFE,
        more => { map { my $port = $endpoint{$_}->port;
                        ($_ => "$provider{$_}"
                               . "token_endpoint http://127.0.0.1:$port/$_;")
                  } keys %provider });
    my $until = int(wall) + DATE;
    my $due = time + $until - wall;
    my %bad = (
        reset   => { rst => 1 },
        broken  => { status => 500 },
        refused => $refusal,
        kept    => { status => 500 },
        seconds => { status => 429, headers => [ 'Retry-After', ASKED ] },
        date    => { status => 503, headers => [ 'Retry-After',
                                                 _date($until) ] },
        live    => { status => 429, headers => [ 'Retry-After', ASKED ] },
    );

    for my $name (keys %bad) {
        my @good = $name =~ /kept|live/ ? answer($name, LIFE) : ();

        $endpoint{$name}->answer("/$name", @good, $bad{$name});
    }

    # the second of two at a time, as the first one hangs
    $endpoint{beside}->answer('/beside', $bad{reset}, $bad{reset},
        { never => 1 },
        { status => 500, headers => [ 'Retry-After', ASKED ] },
        answer('beside', LIFE));
    $endpoint{other}->answer('/other', ($bad{broken}) x OUTAGE, $refusal,
                             answer('other', LIFE));

    $gateway->start;

    # requests that wait for one must not keep clients from all others
    my @others = map { "/$_" } grep { $_ ne 'beside' } sort keys %provider;
    my @loads = ($gateway->load(connections => 16, uris => [@others]),
                 $gateway->load(connections => 2, uris => ['/beside']));

    sleep SECONDS;

    # the second process has begun with the first one's end of a pipe
    my @rows = map { $_->stop } reverse @loads;
    my %came = map { $_ => [ apart(map { $_->{time} }
                                   $endpoint{$_}->requests("/$_")) ] }
               keys %provider;
    my %rows;

    push @{ $rows{ substr $_->{uri}, 1 } }, $_ for @rows;

    for my $name (sort keys %came) {
        note "$name: pauses ", join ' ', map { sprintf '%.2f', $_ }
             gaps(@{ $came{$name} });
    }

    _without_token($_, @{ $came{$_} }) for qw(reset broken);
    _with_token($came{kept}, $rows{kept});
    _refused(@{ $came{refused} });
    _asked(\%came, $due);
    _beside(@{ $came{beside} });
    _after_an_outage(@{ $came{other} });
    is(sums(failed(@{ $rows{live} })), '',
       'as long as there is a token, no request fails');
    _told(@rows);
    $gateway->stop;

    return;
}

sub _without_token {
    my ($name, @came) = @_;

    my @gaps = gaps(@came);

    my @early = splice @gaps, 0, min(BRIEF, scalar @gaps);

    is(scalar @early, BRIEF, "[E4] $name: so many short pauses");
    cmp_ok(least(@early), '>', 0.6, 'never at once');
    cmp_ok(most(@early), '<', 0.9 + SLACK, 'service would be back within 1 s');
    cmp_ok(least(@gaps), '>', 1.3, '[E4] later on less than once a second')
        if @gaps;
    cmp_ok(most(@gaps), '<', 1.8 + SLACK,
           '[E4] not more than 2 s while there is no token') if @gaps;

    return;
}

# The first of these was good.
sub _with_token {
    my ($came, $rows) = @_;

    my (undef, @gaps) = gaps(@$came);

    cmp_ok(max(0, @gaps), '>', 2 + SLACK, '[E4] with a token: more than 2 s');
    ok(@gaps >= 2 && $gaps[-1] > $gaps[0] && @gaps <= 5,
       'the pauses grow');
    is(sums(failed(@$rows)), '', 'no request fails');

    return;
}

# 200, 400, 800 and from then on twice 700 ms, less some jitter
sub _refused {
    my @gaps = gaps(@_);

    cmp_ok(max(0, @gaps), '>', 0.7 + SLACK, '[E4] refused: more than MAX');
    cmp_ok(most(@gaps), '<', 1.4 + SLACK, 'not more than twice MAX');
    cmp_ok(min(1e9, @gaps), '<', 0.2 + SLACK, 'beginning with MIN');

    return;
}

sub _asked {
    my ($came, $until) = @_;

    my ($first, $next) = @{ $came->{seconds} };
    my (undef, $date) = @{ $came->{date} };
    my (undef, @live) = @{ $came->{live} };

    cmp_ok(($next // 0) - $first, '>=', ASKED - CLOCK,
           '[E3] Retry-After in seconds: no fetch before it has passed');
    cmp_ok(($next // 1e12) - $first, '<', ASKED + LATE, 'but then');
    cmp_ok($date // 0, '>=', $until - CLOCK,
           '[E3] Retry-After as a date: no fetch before it has passed');
    cmp_ok($date // 1e12, '<', $until + LATE, 'but then');
    cmp_ok(least(gaps(@live)), '>=', ASKED - CLOCK,
           '[E3] Retry-After while there is a token: no refresh before');

    return;
}

# Repetitions apart: one that was reset, one that hangs, one that was answered.
sub _beside {
    my (undef, $hangs, $asked, $next) = @_;

    cmp_ok(($asked // 1e12) - $hangs, '<', 2 + SLACK,
           'while a request hangs there is another');
    cmp_ok(($next // 0) - $asked, '>=', ASKED - CLOCK,
           'whose Retry-After counts, though the first one hangs on');
    cmp_ok(($next // 1e12) - $asked, '<', ASKED + LATE, 'but then');

    return;
}

sub _after_an_outage {
    my ($refused, $next) = @_[OUTAGE, OUTAGE + 1];

    cmp_ok(($next // 1e12) - ($refused // 0), '<', 1,
           'the first refusal after an outage: MIN');

    return;
}

# What clients are told; those that have caused a fetch may wait for it.
sub _told {
    my @failed = failed(@_);
    my @paused = grep { $_->{error} eq 'backoff' } @failed;

    is(join(' ', grep { !/\A(?:502 ERROR|503 ERROR|503 ERROR backoff)\b/ }
                 map { s/: \d+\z//r } split /, /, sums(@failed)),
       '', 'clients get 502 or 503');
    cmp_ok(most(map { $_->{end} - $_->{start} } @paused), '<', SLACK,
           'at once during a pause');

    return;
}


# Two providers with one endpoint: what has to do with the way there concerns
# both, what has to do with one of them does not concern the other.
sub keys_of_an_endpoint {
    my $gateway = OAuth::Test::Life->new(
        life => 100, provider => 'backoff 1s 1s;',
        more => { twin => 'token_endpoint http://127.0.0.1:TOKEN_PORT/token;'
                          . 'backoff 1s 1s;' });
    my $endpoint = $gateway->endpoint;
    my $good = answer('token', 100);
    my $got = sub { my $answer = $gateway->get($_[0]);
                    return $answer->{status} . ' '
                           . ($answer->{headers}{'x-error'} // '') };

    $endpoint->answer('/token', { rst => 1 }, { rst => 1 }, $good);
    $gateway->start;

    like($got->('/'), qr/\A502 /, 'a connection is reset');

    my $attempts = $gateway->fetches;

    is($got->('/twin'), '503 backoff', '[E4] another key of the endpoint: a pause');
    is($gateway->fetches, $attempts, 'no attempt');
    sleep 1 + SLACK;
    is($got->('/twin'), '200 ', 'which passes');
    is($got->('/'), '200 ', 'for both');
    $gateway->stop;

    $endpoint->reset;
    $endpoint->answer('/token', $refusal, $good);
    $gateway->start;
    is($got->('/'), '502 invalid_client', 'a refusal');
    is($got->('/twin'), '200 ', '[E4] does not concern the other key');
    is($got->('/'), '503 backoff', 'but its own');
    $gateway->stop;

    return;
}

1;
