# conf.examples/prometheus: what promtool says of it, and a Prometheus that has
# it, scrapes an nginx and is asked all that the alerts and the dashboard ask.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP qw(decode_json);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;
use OAuth::Test::Prometheus;

use constant {
    FOLDER  => 'conf.examples/prometheus',
    RULES   => 'oauth_token.rules.yml',
    TESTS   => 'oauth_token.rules.test.yml',
    LIFE    => 3600,
    COLUMNS => 24,    # of a dashboard
};

sub slurp {
    my ($name) = @_;

    open my $in, '<', FOLDER . "/$name" or die "$name: $!";
    local $/;
    return scalar <$in>;
}


# The files by themselves.

sub promtool {
    my @words = @_;

    open my $out, '-|', 'sh', '-c', 'cd "$1" && shift && exec promtool "$@" 2>&1',
         'sh', FOLDER, @words or die "promtool: $!";
    my $said = do { local $/; <$out> };
    close $out;

    is($?, 0, "promtool @words") or diag $said;
    return;
}

promtool(qw(check config prometheus.yml));
promtool(qw(check rules), RULES);
promtool(qw(test rules), TESTS);

my @alerts = slurp(RULES) =~ /^ +- alert: (\w+)$/mg;
my %cases;

# each case goes on to the next one, or to the next group of series
for (split /^ +- (?=eval_time:|interval:)/m, slurp(TESTS)) {
    my ($name) = /^ +alertname: (\w+)$/m or next;
    $cases{$name}{ /^ +exp_alerts: \[\]$/m ? 'quiet' : 'fires' }++;
}

is_deeply([ sort keys %cases ], [ sort @alerts ], 'all alerts have cases');
is(join(' ', sort keys %{ $cases{$_} }), 'fires quiet', "$_ fires, or does not")
    for @alerts;


# The dashboard: { title, expression, legend } of all that it asks.

my $dashboard = decode_json(slurp('grafana-dashboard.json'));
my @panels = @{ $dashboard->{panels} };
my %variable = map { $_->{name} => $_ } @{ $dashboard->{templating}{list} };
my @asked = map {
    my $panel = $_;
    map { { title => "$panel->{title} $_->{refId}", expr => $_->{expr},
            legend => $_->{legendFormat} } } @{ $panel->{targets} };
} @panels;

cmp_ok($dashboard->{schemaVersion}, '<=', 37, 'Grafana 9 reads the dashboard');
is($variable{datasource}{type}, 'datasource', 'the data source is chosen');
ok($variable{$_}{multi} && $variable{$_}{includeAll}, "$_: several, or all")
    for qw(instance provider);
is(join(' ', grep { $_ ne '${datasource}' }
             map { $_->{datasource}{uid} }
             @panels, $variable{instance}, $variable{provider},
             map { @{ $_->{targets} } } @panels),
   '', 'all comes from the chosen data source');

my %ids = map { $_->{id} => 1 } @panels;

is(scalar keys %ids, scalar @panels, 'panels have ids of their own');
is(join(', ', overlapping(@panels)), '', 'no panel lies on another one');

# Titles of panels that are on one another, or beyond the right edge.
sub overlapping {
    my %at;
    my @bad;

    for my $panel (@_) {
        my ($x, $y, $w, $h) = @{ $panel->{gridPos} }{qw(x y w h)};
        my @cells = map { my $column = $_;
                          map { "$column $_" } $y .. $y + $h - 1 }
                    $x .. $x + $w - 1;

        push @bad, $panel->{title}
            if $x + $w > COLUMNS || grep { $at{$_}++ } @cells;
    }

    return @bad;
}


# A gateway with a provider that does well, and one that refuses.

my $failing = OAuth::Test::Gateway->block('failing', <<'END');
token_endpoint http://127.0.0.1:TOKEN_PORT/failing;
END

my $gateway = OAuth::Test::Gateway->new(
    http   => $failing,
    server => <<'END',
location = /metrics { oauth_token_status prometheus; }
location = /purge { oauth_token_purge p; }
location = /failing {
    oauth_token_provider failing;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
END
);

$gateway->endpoint->answer('/token',
    { token => canary('token') . '-%d', expires_in => LIFE });
$gateway->endpoint->answer('/failing',
    { status => 401, json => { error => 'invalid_client' } });
$gateway->start;

my $prometheus = OAuth::Test::Prometheus->new(
    folder => FOLDER, target => $gateway->port)->start;

# The one value of an expression, which has to come to be this.
sub becomes {
    my ($expression, $wanted, $name) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my @samples = $prometheus->until_query($expression,
        sub { @_ == 1 && $_[0]{value} == $wanted });

    return is(join(' ', map { $_->{value} } @samples), $wanted,
              $name // $expression);
}

# Rates need a scrape from before what they are about.
becomes('up{job="oauth_token"}', 1, 'the target is up') or diag $prometheus->log;
becomes('oauth_token_fetches_total{provider="p",outcome="ok"}', 0,
        'nothing has happened');
becomes('sum(oauth_token_fetch_duration_seconds_count)', 0, 'to anyone');

is($gateway->get('/')->{status}, 200, 'a request') for 1 .. 4;
is($gateway->get('/failing')->{status}, 502, 'one without a token');
is($gateway->nginx->post('/purge', '')->{status}, 204, 'its token is dropped');
is($gateway->get('/')->{status}, 200, 'the next one has another');

my %wanted = (
    'requests_total{provider="p",status="hit"}'                 => 3,
    'requests_total{provider="p",status="miss"}'                => 2,
    'requests_total{provider="failing",status="error"}'         => 1,
    'fetches_total{provider="p",outcome="ok"}'                  => 2,
    'request_errors_total{provider="failing",reason="invalid_client"}' => 1,
    'failures_in_a_row{provider="failing"}'                     => 1,
    'fetch_duration_seconds_bucket{provider="p",le="+Inf"}'     => 2,
    'keys{provider="p",state="fresh"}'                          => 1,
    'zone_entries{zone="oauth_token",state="used"} > bool 0'    => 1,
);

becomes("oauth_token_$_", $wanted{$_}) for sort keys %wanted;

my $left = 'oauth_token_expiry_timestamp_seconds{provider="p"} - time()';

becomes("$left > bool " . LIFE / 2, 1, 'the token ends in a while');
becomes("$left <= bool " . LIFE, 1, 'but not beyond its life');


# The rules as Prometheus has them, once it has evaluated them.

sub rules {
    return map { @{ $_->{rules} } }
           @{ $prometheus->api('/api/v1/rules')->{groups} };
}

my @rules = $prometheus->poll(\&rules,
    sub { @_ && !grep { $_->{health} eq 'unknown' } @_ });

is_deeply([ map { $_->{name} } @rules ], \@alerts, 'all rules are loaded');
is(join(' ', map { "$_->{health} $_->{lastError}" }
             grep { $_->{health} ne 'ok' } @rules), '', 'and evaluated');

# Of whom an alert waits for its time to fire: "ALERT provider".
sub pending {
    return sort map { my $rule = $_;
                      map { "$rule->{name} " . ($_->{labels}{provider} // '') }
                      @{ $rule->{alerts} } } @_;
}

my $pending = join ', ', map { "OAuthToken$_ failing" }
              qw(ProviderDown RequestsFailing);

@rules = $prometheus->poll(\&rules,
                           sub { join(', ', pending(@_)) eq $pending });
is(join(', ', pending(@rules)), $pending, 'they see who fails, and nobody else');


# What Grafana puts in the place of variables: all of them, or those chosen.

sub replaced {
    my ($expression, $provider) = @_;

    my %value = (instance => '.*', provider => $provider,
                 __rate_interval => '5m');
    my $text = $expression =~ s/\$(\w+)/$value{$1} \/\/ die "no $1"/ger;

    return $text;
}

# Whether there is a number for each line of a legend.
sub drawn {
    return @_ && !grep { $_->{value} eq 'NaN' } @_;
}

# Labels that a legend shows and that a sample does not have.
sub not_there {
    my ($legend, @samples) = @_;

    my @names = $legend =~ /\{\{(\w+)\}\}/g;

    return map { my $sample = $_; grep { !exists $sample->{labels}{$_} } @names }
           @samples;
}

for my $asked (@asked) {
    my @samples = eval {
        $prometheus->until_query(replaced($asked->{expr}, '.*'), \&drawn);
    };

    is($@, '', "$asked->{title}: is an expression");
    ok(drawn(@samples), "$asked->{title}: has values")
        or diag $asked->{expr}, explain \@samples;
    is(join(' ', not_there($asked->{legend}, @samples)), '',
       "$asked->{title}: the legend names labels that are there");
    next if $asked->{expr} !~ /\$provider/;

    ok(drawn($prometheus->until_query(replaced($asked->{expr}, '(p|failing)'),
                                      \&drawn)),
       "$asked->{title}: of chosen providers");
    is(scalar $prometheus->query(replaced($asked->{expr}, 'nobody')), 0,
       "$asked->{title}: of no other one");
}

for my $name (qw(instance provider)) {
    my ($metric, $label) = $variable{$name}{definition}
        =~ /\Alabel_values\((.+), (\w+)\)\z/ or die "$name: no label_values()";
    my @samples = $prometheus->query(replaced($metric, '.*'));
    my %value = map { ($_->{labels}{$label} // 'none') => 1 } @samples;

    is(join(' ', sort keys %value),
       $name eq 'provider' ? 'failing p' : '127.0.0.1:' . $gateway->port,
       "the values of \$$name");
    is($variable{$name}{query}{query}, $variable{$name}{definition},
       "\$$name is asked as it is defined");
}

$prometheus->stop;
$gateway->stop;

done_testing();
