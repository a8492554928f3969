# The lines of the error log about fetches: one grammar, one line for each, and
# not more than one in a second for a key.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway;

my $key = qr/key: [0-9a-f]{8}/;
my $next = qr/next try in \d+\.\ds/;
my $none = 'no access token while fetching it from the provider';
my $kept = 'access token not refreshed while the old one serves';

sub gateway {
    my ($answers, @arg) = @_;

    my $gateway = OAuth::Test::Gateway->new(@arg);

    $gateway->endpoint->answer('/token', @$answers);

    return $gateway->start;
}

# What our lines say, each with its level, without time and pids.
sub lines {
    my ($gateway, $what) = @_;

    return map { /\[(\w+)\] \d+#\d+: (?:\*\d+ )?(.*$what.*)/ ? "$1: $2" : () }
           split /\n/, $gateway->nginx->error_log;
}

sub good { return { token => canary('token') . '-%d', @_ } }

sub refusal {
    my ($status, $error, $text) = @_;

    return { status => $status,
             json => { error => $error,
                       defined $text ? (error_description => $text) : () } };
}


{
    my $gateway = gateway([ good(expires_in => 3600, delay => 0.12) ]);

    $gateway->get('/') for 1 .. 3;
    $gateway->stop;

    my @lines = lines($gateway, 'access token');

    is(scalar @lines, 1, 'a fetch that succeeds has one line');

    my ($expires, $refresh, $took) = ($lines[0] // '') =~
        /\Ainfo:\ access\ token\ fetched,\ provider:\ "p",\ $key,
         \ expires\ in\ (\d+)s,\ refresh\ in\ (\d+)s,\ took\ (\d+)ms\z/x;

    ok(defined $took, 'at level info') or diag(@lines);
    ok($expires >= 3595 && $expires <= 3600, 'with its lifetime');
    ok($refresh > 1400 && $refresh < 2000, 'the time of its refresh');
    ok($took >= 115 && $took < 3000, 'and of the fetch') or diag($took);
}


# A server's own log has no lines of fetches, which serve all servers.
{
    my $gateway = gateway([ good() ],
                          server => 'error_log logs/own.log info;');

    $gateway->get('/');
    $gateway->stop;

    is(scalar(lines($gateway, 'access token fetched')), 1,
       'the log of http has the line');
    unlike($gateway->nginx->read_file('logs/own.log'), qr/access token fetched/,
           'not that of a server');
}


# name => [ answer, what the line has after the key ]
my %failure = (
    'an OAuth error' => [ refusal(401, 'invalid_client', 'bad client'),
        'http: 401, error: "invalid_client", description: "bad client", ' ],
    'no description' => [ refusal(400, 'invalid_scope'),
        'http: 400, error: "invalid_scope", ' ],
    'a success that is none' => [ { json => { a => 1 } },
        'http: 200, error: "no_token", ' ],
    'no answer' => [ { rst => 1 }, 'error: "closed", ' ],
    'what would break the line' => [
        refusal(401, 'access_denied', qq(a", key: 0, "\r\n2026 [error] \x{1}b)),
        'http: 401, error: "access_denied", '
        . q(description: "a', key: 0, '??2026 [error] ?b", ) ],
);

for my $name (sort keys %failure) {
    my ($answer, $says) = @{ $failure{$name} };
    my $gateway = gateway([ $answer ]);

    $gateway->get('/');
    $gateway->stop;

    my @lines = lines($gateway, '(?:no access token|access token not)');

    is(scalar @lines, 1, "$name: one line");
    like($lines[0] // '',
         qr/\Aerror: $none, provider: "p", $key, \Q$says\E$next\z/,
         'in the grammar');
}


# A token serves: that is a warning.
{
    my $gateway = gateway([ good(expires_in => 5), refusal(500, 'x') ]);

    is($gateway->get('/')->{status}, 200, 'a token');
    sleep 3;
    is($gateway->get('/')->{status}, 200, 'serves while its refresh fails');
    sleep 0.3;
    $gateway->stop;

    my @lines = lines($gateway, 'access token not');

    is(scalar @lines, 1, 'which has one line');
    like($lines[0] // '',
         qr/\Awarn: $kept, provider: "p", $key, http: 500, error: "x", $next\z/,
         'at level warn');
    is(scalar(lines($gateway, 'no access token')), 0, 'and none at error');
}


# Many failures of one key, and one of another.
{
    my $gateway = gateway([ refusal(500, 'broken') ],
        http => 'map $arg_t $t { default $arg_t; }',
        provider => 'backoff 1ms 1ms; client_id $t;');
    my ($asked, $end) = (0, time + 3.3);

    while (time < $end) {
        $gateway->get('/?t=a');
        $asked++;
        $gateway->get('/?t=b') if $asked == 5;
        sleep 0.005;
    }

    $gateway->stop;

    my %of;

    push @{ $of{ (/($key)/)[0] } }, $_ for lines($gateway, 'no access token');

    my ($one, $many) = sort { @$a <=> @$b } values %of;
    my $fetches = $gateway->fetches;
    my $left = 0;

    $left += $_ for map { /(\d+) similar lines? left out\z/ } @{ $many // [] };

    cmp_ok($fetches, '>', 30, 'many fetches fail');
    is(scalar keys %of, 2, 'of two keys');
    is(scalar @{ $one // [] }, 1, 'the one that failed once has its line');
    cmp_ok(scalar @{ $many // [] }, '>=', 3, 'the other one line in a second');
    cmp_ok(scalar @{ $many // [] }, '<=', 4, 'and not more');
    unlike($many->[0] // '', qr/similar/, 'the first with none left out');
    like($many->[1] // '', qr/$next, \d+ similar lines left out\z/,
         'the next has the number of those left out');
    cmp_ok($left, '>', $fetches / 2, 'all of them')
        or diag("$left of $fetches");
    cmp_ok($left, '<', $fetches, 'and no others');
}


# Many keys at a time, each of which fails once.
{
    my $gateway = gateway([ refusal(500, 'broken') ],
                          provider => 'client_id $arg_t;');

    $gateway->get("/?t=$_") for 1 .. 300;
    $gateway->stop;

    my %of = map { (/($key)/)[0] => 1 } lines($gateway, 'no access token');

    is(scalar keys %of, 300, 'no key makes another wait for its line');
    is(scalar(lines($gateway, 'similar')), 0, 'nor has its number');
}


# A name that a client has made.
{
    my $gateway = gateway([ good() ],
        location => 'oauth_token_provider $arg_p;');

    is($gateway->get('/?p=x%0a"b' . 'y' x 500)->{status}, 500,
       'a provider that is not there');
    $gateway->stop;

    my @lines = lines($gateway, 'unknown provider');

    is(scalar @lines, 1, 'one line');
    like($lines[0] // '',
         qr/\Aerror:\ unknown\ provider\ while\ evaluating
            \ "oauth_token_provider",\ provider:\ "[^"]{10,200}",\ client:/x,
         'in the grammar, and not too long');
}

done_testing();
