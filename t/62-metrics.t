# oauth_token_status prometheus: the format, and what the numbers are.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request);
use OAuth::Test::Clock qw(wall);
use OAuth::Test::Gateway;
use OAuth::Test::Status qw(metrics);

use constant LIFE => 3600;

my $gateway = OAuth::Test::Gateway->new(
    http   => OAuth::Test::Gateway->block('odd.name-1', 'zone q"\\\\z;')
        . 'oauth_token_zone "zone=q\\"\\\\z:64k";',
    server => 'location = /metrics { oauth_token_status prometheus; }',
);

$gateway->endpoint->answer('/token',
    { status => 401, json => { error => 'invalid_client' } },
    { token => canary('token') . '-%d', expires_in => LIFE });
$gateway->configure(provider => 'backoff 1ms 1ms;');
$gateway->start;

my $answer = $gateway->get('/metrics');

is($answer->{headers}{'content-type'},
   'text/plain; version=0.0.4; charset=utf-8', 'its type');
is($answer->{headers}{'cache-control'}, 'no-store', 'is not to be kept');

my $m = metrics($gateway);

is($m->{'oauth_token_requests_total{provider="p",status="hit"}'}, 0,
   'counters begin with 0');
is($m->{'oauth_token_fetches_total{provider="odd.name-1",outcome="ok"}'}, 0,
   'all providers are there');
ok(!exists $m->{'oauth_token_expiry_timestamp_seconds{provider="p"}'},
   'a time that there is not is left out');
ok($m->{'oauth_token_zone_size_bytes{zone="q\"\\\\z"}'},
   'the value of a label is escaped');

$gateway->get('/');
select undef, undef, undef, 0.05;
$gateway->get('/') for 1 .. 3;
$m = metrics($gateway);

my %wanted = (
    'requests_total{provider="p",status="error"}'               => 1,
    'requests_total{provider="p",status="miss"}'                => 1,
    'requests_total{provider="p",status="hit"}'                 => 2,
    'request_errors_total{provider="p",reason="invalid_client"}' => 1,
    'fetches_total{provider="p",outcome="ok"}'                  => 1,
    'fetches_total{provider="p",outcome="refused"}'             => 1,
    'fetch_failures_total{provider="p",reason="invalid_client"}' => 1,
    'fetch_duration_seconds_count{provider="p"}'                => 2,
    'fetch_duration_seconds_bucket{provider="p",le="+Inf"}'     => 2,
    'keys{provider="p",state="fresh"}'                          => 1,
    'keys{provider="p",state="paused"}'                         => 0,
    'failures_in_a_row{provider="p"}'                           => 0,
    'requests_waiting{provider="p"}'                            => 0,
    'retries_total{provider="p"}'                               => 0,
    'evictions_total{provider="p"}'                             => 0,
    'zone_entries{zone="oauth_token",state="used"}'             => 1,
    'zone_evictions_total{zone="oauth_token"}'                  => 0,
);

is($m->{"oauth_token_$_"}, $wanted{$_}, $_) for sort keys %wanted;

my %time = (expiry => LIFE, refresh => LIFE / 2, last_success => 0,
            last_failure => 0);

for my $name (sort keys %time) {
    my $at = $m->{"oauth_token_${name}_timestamp_seconds{provider=\"p\"}"};

    ok(defined $at && abs($at - wall - $time{$name}) < LIFE / 8, "$name: a time")
        or diag($at // 'missing');
}

my $head = request($gateway->port, 'HEAD', '/metrics');

is("$head->{status} $head->{body}", '200 ', 'HEAD');
$gateway->stop;

done_testing();
