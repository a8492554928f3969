# The variables in access logs and error pages: every line of the log that
# conf.examples/json_access_log.conf describes is JSON, whatever became of the
# request.

use strict;
use warnings;
use lib 't/lib';

use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Gateway;

# A token is dropped when it is that old, in seconds.
use constant OLD => 5.3;

# Our variables in the order of the plain log, where the first one says whether
# there is a token.
my @plain = ('$has', map { "\$oauth_token_$_" } qw(provider cache_status
    wait_time expires_in error));
my $map = 'map $oauth_access_token $has { "" "-"; default token; }';

open my $in, '<', 'conf.examples/json_access_log.conf' or die $!;
my $example = do { local $/; <$in> };
my ($format) = $example =~ /^ +(log_format json .*?';)$/ms
    or die 'no log_format';
my ($log) = $example =~ m{(access_log /var/log/nginx/\S+ json;)}
    or die 'no access_log';

$log =~ s{/var/log/nginx/}{logs/};

my @names = qw(p bad slow old);
my $gateway = OAuth::Test::Gateway->new(
    level => 'info', http => "$map $format" . join('', map {
        OAuth::Test::Gateway->block($_,
            "token_endpoint http://127.0.0.1:TOKEN_PORT/$_;")
    } @names[1 .. $#names]) . "log_format plain '" . join('|', @plain) . "';",
    server => "$log access_log logs/plain.log plain;" . join('', map {
        "location /$_ { oauth_token_provider $_;"
        . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }'
    } @names[1 .. $#names]) . <<'END',
location /none { return 200 none; }
location /page {
    oauth_token_provider bad;
    error_page 502 503 /sorry;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
location = /sorry {
    internal;
    set $a "$oauth_token_provider $oauth_token_cache_status";
    set $b "[$oauth_access_token$oauth_token_expires_in]";
    return 200 "$a $oauth_token_error $b $oauth_token_wait_time";
}
END
);
my $endpoint = $gateway->endpoint;

$endpoint->answer('/bad', { status => 401,
                            json => { error => 'invalid_client' } });
$endpoint->answer('/slow', { token => canary('token') . '-1', delay => 3 });
$endpoint->answer('/old', { token => canary('token') . '-%d' });
$gateway->upstream->answer('/old', {
    echo => 1, tokens => { 1 => { status => 401 } } });
$gateway->start;

my $lines = 0;

# The last line as JSON, and that of the plain log.
sub logged {
    my @line = map {
        (split /\n/, $gateway->nginx->logged($_, $lines + 1))[-1]
    } 'logs/access.json', 'logs/plain.log';

    $lines++;

    my $value = eval { JSON::PP->new->decode($line[0]) };

    ok($value, 'a line of JSON') or diag("$@ $line[0]");

    return ($value // {}, $line[1]);
}

# One request, and what the log must have: name => text or regexp.
sub logs {
    my ($name, $uri, $plain, %want) = @_;

    my $answer = ref $uri ? $uri->() : $gateway->get($uri);
    my ($value, $line) = logged();

    for my $member (sort keys %want) {
        my $want = $want{$member};

        like($value->{$member} // 'undef',
             ref $want ? $want : qr/\A\Q$want\E\z/, "$name: $member");
    }

    like($line, $plain, "$name: the plain log");

    return $answer;
}

my $zero = '0.000';
my $time = qr/\A\d+\.\d{3}\z/;

logs('no provider', '/none', qr/\A-\|-\|-\|-\|-\|-\z/,
     status => 200, oauth_provider => '', oauth_cache => '', oauth_wait => '',
     oauth_expires_in => '', oauth_error => '', upstream => '',
     upstream_seconds => '', uri => '/none');
logs('a miss', '/', qr/\Atoken\|p\|MISS\|\d+\.\d{3}\|.*\|-\z/,
     status => 200, oauth_provider => 'p', oauth_cache => 'MISS',
     oauth_wait => $time, oauth_error => '', upstream_status => 200,
     upstream_seconds => $time, seconds => qr/\A\d+(?:\.\d+)?\z/,
     time => qr/\A\d{4}-\d\d-\d\dT/, method => 'GET');
logs('a hit', '/', qr/\Atoken\|p\|HIT\|0\.000\|\d+\|-\z/,
     oauth_cache => 'HIT', oauth_wait => $zero);
logs('what JSON must escape', '/%22%5C%0A%01%C3%A6', qr/\|p\|HIT\|/,
     uri => qr/\A\/"\\\n\x01/);
logs('what is not UTF-8', '/%FF', qr/\|p\|HIT\|/, uri => "/\xff");
logs('a refusal', '/bad', qr/\A-\|bad\|ERROR\|\d+\.\d{3}\|-\|invalid_client\z/,
     status => 502, oauth_provider => 'bad', oauth_cache => 'ERROR',
     oauth_error => 'invalid_client', oauth_expires_in => '', upstream => '',
     oauth_wait => $time);
logs('a pause', '/bad', qr/\A-\|bad\|ERROR\|0\.000\|-\|backoff\z/,
     status => 503, oauth_error => 'backoff');

my $page = logs('an error page', '/page', qr/\A-\|bad\|ERROR\|.*\|backoff\z/,
                status => 503, oauth_error => 'backoff', uri => '/sorry');

is($page->{body}, 'bad ERROR backoff [] 0.000', 'the page has the values');

# A client that leaves while its request waits.
logs('one that left', sub {
    my $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                     PeerPort => $gateway->port);

    syswrite $sock, request_bytes('GET', '/slow');
    sleep 0.5;
    close $sock;
    return;
}, qr/\A-\|slow\|MISS\|\d\.\d{3}\|-\|-\z/,
     status => 499, oauth_cache => 'MISS', oauth_error => '',
     oauth_wait => qr/\A0\.[4-9]|\A[12]\./, upstream => '');

# A request that is sent once more.
logs('a first one', '/old/x', qr/\|old\|MISS\|/, oauth_cache => 'MISS');
sleep OLD;
$gateway->upstream->answer('/old/y', {
    echo => 1, tokens => { 1 => { status => 401 } } });
logs('one that is sent twice', '/old/y', qr/\|old\|RETRY\|\d+\.\d{3}\|.*\|-\z/,
     status => 200, oauth_cache => 'RETRY', oauth_wait => $time,
     oauth_error => '', upstream_status => qr/200\z/);

# this looks for all tokens in the logs
$gateway->stop;

done_testing();
