# oauth_token_status html: the page for people, as a browser has it.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_base64);
use Test::More;

use OAuth::Test::Browser qw(dom);
use OAuth::Test::Build qw(patience);
use OAuth::Test::Canary qw(canary in_bytes);
use OAuth::Test::Client qw(request request_bytes);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway;
use OAuth::Test::Status qw(status);

# a refresh is each 5 s: one of the page's own times has none, one has several
use constant { BEFORE => 1000, AFTER => 22_000 };

my $attack = '<img src=x onerror=alert(1)>';

my @names = qw(good refused slow quiet odd.name-1 tenants seen again);

my %lines = (
    good    => '',
    refused => 'backoff 1h 1h;',
    slow    => '',
    quiet   => "zone '$attack';",
    seen    => '',
    again   => '',
    tenants => 'client_id tenant-$arg_c; backoff 1h 1h; zone t;',
    'odd.name-1' => 'backoff 1h 1h;',
);

my $gateway = OAuth::Test::Gateway->new(
    http => qq{oauth_token_zone "zone=$attack:64k"; oauth_token_zone zone=t:64k;}
        . join('', map { OAuth::Test::Gateway->block($_,
              "token_endpoint http://127.0.0.1:TOKEN_PORT/$_; $lines{$_}") }
              @names),
    server => 'location = /page { oauth_token_status html; }'
        . 'location = /status { oauth_token_status; }'
        . join('', map { "location = /live-$_ { mirror /$_/;"
                         . ' oauth_token_status html; }' } qw(seen again))
        . join('', map { "location /$_/ { oauth_token_provider $_;"
                         . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }' }
                   @names),
);

my $endpoint = $gateway->endpoint;
my $token = { token => canary('token') . '-%d', expires_in => 3600 };

$endpoint->answer("/$_", $token) for qw(good quiet seen again);
$endpoint->answer('/refused', { status => 401, json => {
    error => 'invalid_client', error_description => $attack } });
$endpoint->answer('/odd.name-1', { status => 400, json => {
    error => $attack, error_description => "'\"><script>alert(2)</script>" } });
$endpoint->answer('/slow', { %$token, delay => patience(60) });
$endpoint->answer('/tenants', ($token) x 12,
                  { status => 400, json => { error => 'invalid_scope' } });
$gateway->start;

my $base = 'http://127.0.0.1:' . $gateway->port;

# What a page says: { provider => state }, in the order in which it says it.
sub states {
    my ($html) = @_;

    return $html =~ /data-state="(\w+)" data-provider="([^"]*)"/g;
}

sub shown {
    my ($html) = @_;

    my @pairs = states($html);
    my @shown;

    while (my ($state, $name) = splice @pairs, 0, 2) {
        push @shown, "$name=$state";
    }

    return @shown;
}

# the article of a provider
sub card {
    my ($html, $name) = @_;

    my ($card) = $html =~ m{(<article [^>]*data-provider="\Q$name\E".*?</article>)}s;

    return $card // '';
}

sub looks_right {
    my ($html, $name) = @_;

    is(join(' ', in_bytes($html)), '', "$name: nothing secret");
    unlike($html, qr/<img|<script>alert|tenant-/, "$name: nor foreign");
    unlike($html, qr/<[^>]*\s(?:style|on\w+)=|https?:/,
           "$name: no style, handler or address");
    return;
}


# States: after success, failure, while it waits; of many keys.
$gateway->get('/good/') for 1 .. 1234;
$gateway->get("/$_/") for 'refused', 'odd.name-1';
$gateway->get("/tenants/?c=$_") for 1 .. 13;

my $client = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                   PeerPort => $gateway->port);

print {$client} request_bytes('GET', '/slow/');

my $end = time + patience(5);

sleep 0.02 while (status($gateway, '/status', 'slow')->{waiting} != 1
                  && time < $end);

my %wanted = (p => 'ended', good => 'fresh', refused => 'paused',
              slow => 'fetching', quiet => 'ended', tenants => 'paused',
              seen => 'ended', again => 'ended',
              'odd.name-1' => 'paused');
my $answer = $gateway->get('/page');
my $plain = $answer->{body};

is_deeply({ map { split /=/ } shown($plain) }, \%wanted,
          'without any script: all providers with their states');
is(join(' ', (shown($plain))[0 .. 4]),
   'refused=paused odd.name-1=paused tenants=paused slow=fetching good=fresh',
   'those that need it come first');
like(card($plain, 'good'), qr/>hits<.*?>1,233</, 'counters');
like(card($plain, 'good'), qr/expires in <b>59&nbsp;min/, 'the end of a token');
like(card($plain, 'good'), qr/<svg class="bar".*class="fresh"/, 'and its life');
like(card($plain, 'refused'),
     qr{<code>invalid_client</code>.*refuses its secret.*See whether},
     'a failure, in plain words, and what to do');
like(card($plain, 'refused'), qr{Next try</dt><dd>in <b>59&nbsp;min}, 'the next try');
like(card($plain, 'slow'), qr{>waiting now</dt><dd>1<}, 'who waits');
like(card($plain, 'tenants'), qr/13 keys, 12 fresh, 1 paused/, 'many keys');
is(() = card($plain, 'tenants') =~ /<tr><td>/g, 10, 'the worst of them');
like($plain, qr{<title>3 of 9 have no token}, 'the title says how many');
like($plain, qr{<noscript><meta http-equiv="refresh"}, 'it refreshes itself');
looks_right($plain, 'the answer');


# Headers.
my $h = $answer->{headers};
my ($css) = $plain =~ m{<style>(.*?)</style>}s;
my ($js) = $plain =~ m{<script>(.*?)</script>}s;

is($h->{'content-type'}, 'text/html; charset=utf-8', 'its type');
is($h->{'cache-control'}, 'no-store', 'is not to be kept');
is($h->{'x-content-type-options'}, 'nosniff', 'is what it says');
is($h->{'referrer-policy'}, 'no-referrer', 'links tell nothing');
is($h->{'content-security-policy'},
   "default-src 'none'; style-src 'sha256-" . sha256_base64($css) . "='; "
   . "script-src 'sha256-" . sha256_base64($js) . "='; connect-src 'self'; "
   . "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
   'the policy allows its own style and script');

my $head = request($gateway->port, 'HEAD', '/page');

is("$head->{status} $head->{body}", '200 ', 'HEAD');
ok(!$gateway->get('/status')->{headers}{'content-security-policy'},
   'another format has none of these');


# In a browser.
my $got = dom("$base/page", BEFORE);

is_deeply({ map { split /=/ } shown($got->{dom}) }, \%wanted,
          'a browser has all providers with their states')
    or diag($got->{said});
is_deeply($got->{console}, [], 'and no complaint');
like($got->{dom}, qr{id="live"[^>]*>live}, 'the script runs');
like($got->{dom}, qr{<h2>\Q&lt;img src=x onerror=alert(1)&gt;\E</h2>},
     'the name of a zone is text');
unlike($got->{dom} =~ s{<style>.*?</style>|<script>.*?</script>}{}gsr,
       qr/<img|<script|alert\(2\)/, 'and so is what a provider says');
is(join(' ', in_bytes($got->{dom})), '', 'there is no secret');


# It follows what happens: each look at /live-NAME makes a request to NAME.
$got = dom("$base/live-seen", BEFORE);
like(card($got->{dom}, 'seen'), qr/data-state="(?:ended|fetching)"/,
     'at first it is as it was sent');

$got = dom("$base/live-again", AFTER);

my ($hits) = card($got->{dom}, 'again') =~ m{>hits</dt><dd>(\d+)};

like(card($got->{dom}, 'again'), qr/data-state="fresh"/, 'then as it is');
cmp_ok($hits // 0, '>=', 2, 'again and again') or diag($got->{said});
is_deeply($got->{console}, [], 'still without a complaint');
like($got->{dom}, qr{id="live"[^>]*>live}, 'and says so');

close $client;
$gateway->nginx->quit(0.1);

done_testing();
