# Tokens of those who make up names, and of another version of the module.

use strict;
use warnings;
use lib 't/lib';

use File::Copy qw(copy);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Clock qw(time);
use OAuth::Test::Gateway qw(tally);
use OAuth::Test::Nginx;

use constant { STRANGERS => 2000, BATCH => 100, RATE => 10 };

# of memory, where a zone may begin
use constant PAGE => 4096;


# Answers to GET / of as many tenants as there are numbers.
sub strangers {
    my ($gateway, $uri) = @_;

    return map {
        $gateway->many(10, map {
            { bytes => request_bytes('GET', "$uri?t=" . int rand 2 ** 40) }
        } 1 .. BATCH);
    } 1 .. STRANGERS / BATCH;
}

{
    my $open = OAuth::Test::Gateway->block('open',
        'token_endpoint http://127.0.0.1:TOKEN_PORT/open; client_id $arg_t;');

    my $gateway = OAuth::Test::Gateway->new(
        workers => 2, level => 'error', provider => 'client_id $known;',
        http => 'map $arg_t $known { acme 1; bravo 2; }'
            . 'limit_req_zone $binary_remote_addr zone=l:1m rate=' . RATE
            . "r/s;\n$open",
        server => 'location /open { limit_req zone=l; limit_req_log_level info;'
            . ' oauth_token_provider open;'
            . ' proxy_pass http://127.0.0.1:UPSTREAM_PORT; }',
    )->start;
    my ($endpoint, $upstream) = ($gateway->endpoint, $gateway->upstream);

    $endpoint->answer('/open', { token => canary('open') . '-%d' });

    is($gateway->get("/?t=$_")->{headers}{'x-cache'}, 'MISS', "tenant $_")
        for qw(acme bravo);

    is(tally(strangers($gateway, '/')), '500 ERROR: ' . STRANGERS,
       '[F4] names that a map does not know are refused');
    is($endpoint->count, 2, 'nobody is asked for them');
    is($upstream->count, 2, 'nothing is sent');

    my $began = time;
    my @answers = strangers($gateway, '/open');
    my $served = grep { $_->{status} == 200 } @answers;

    is(scalar(grep { $_->{status} !~ /\A(?:200|503)\z/ } @answers), 0,
       '[F4] names without a list, behind limit_req: served or refused');
    cmp_ok($served, '<=', 1 + RATE * (time - $began), 'at its rate');
    cmp_ok($served, '>', 0, 'of which some are served');
    is($endpoint->count('/open'), $served, 'with a fetch each');

    is($gateway->get("/?t=$_")->{headers}{'x-cache'}, 'HIT',
       "[F4] tenant $_ has its own still") for qw(acme bravo);
    is($endpoint->count('/token'), 2, 'the first');
    $gateway->stop;
}


# what a zone begins with
my ($version) = do {
    open my $in, '<', 'src/ngx_http_oauth_token_zone.h' or die "zone.h: $!";
    local $/;
    <$in> =~ /define NGX_HTTP_OAUTH_TOKEN_ZONE_VERSION\s+(\d+)/;
};

# Writes a number over that which the zone begins with; returns whether one of
# the numbers was there.
sub rewrite {
    my ($pid, $from, $to) = @_;

    my $done = 0;

    open my $maps, '<', "/proc/$pid/maps" or die "maps: $!";
    open my $mem, '+<:raw', "/proc/$pid/mem" or die "mem: $!";

    while (my $line = <$maps>) {
        no warnings 'portable';
        my ($start, $end) = map { hex }
            $line =~ m{^(\w+)-(\w+) rw-s .*/dev/zero} or next;

        for (my $at = $start; $at < $end; $at += PAGE) {
            sysseek $mem, $at, 0;
            sysread $mem, my $head, 16 or last;

            my ($found, $lock, $size) = unpack 'LLQ', $head;

            next if $found != $from || $lock || $size > $end - $start
                    || $size < ($end - $start) / 2;

            sysseek $mem, $at, 0;
            $done += (syswrite $mem, pack('L', $to)) == 4;
        }
    }

    return $done;
}

{
    my $gateway = OAuth::Test::Gateway->new(level => 'info',
        allow => qr/\[emerg\].*layout of another version/)->start;
    my $nginx = $gateway->nginx;
    my ($worker) = $nginx->workers;

    $gateway->get('/');
    is(rewrite($worker, $version, $version + 1), 1, 'a zone of another layout');
    ok(!$nginx->reload(1), '[F8] stops the reload');
    is(join(' ', $nginx->workers), $worker, 'the old worker stays');
    is($gateway->get('/')->{status}, 200, 'and serves');

    is(rewrite($worker, $version + 1, $version), 1, 'of this layout again');
    ok($nginx->reload, 'the reload works');
    is($gateway->get('/')->{headers}{'x-cache'}, 'HIT', 'with its token');
    is($gateway->fetches, 1, 'and without a fetch');
    $gateway->stop;
}


SKIP: {
    my $module = OAuth::Test::Nginx::module();

    skip 'the module is part of nginx', 1 if !$module;

    my $gateway = OAuth::Test::Gateway->new(workers => 2, level => 'info');
    my $dir = $gateway->nginx->dir;

    local $ENV{TEST_NGINX_MODULE} = "$dir/module.so";
    copy($module, "$dir/module.so");
    $gateway->start;
    is($gateway->get('/')->{status}, 200, 'a module');

    for my $n (1 .. 2) {
        copy($module, "$dir/next.so");
        rename "$dir/next.so", "$dir/module.so" or die $!;
        ok($gateway->nginx->reload, "[F8] another file of it, $n");
        is($gateway->get('/')->{status}, 200, 'a token') for 1 .. 10;
        cmp_ok($gateway->fetches, '<=', 1 + $n, 'of one fetch at most');
    }

    $gateway->stop;
}

done_testing();
