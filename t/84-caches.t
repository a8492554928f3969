# nginx's caches of answers: what came for one provider, or for one tenant, is
# never given to another, whatever the key of the cache.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Backend;
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;

my %backend = map { $_ => OAuth::Test::Backend->new($_, 'nothing') }
              qw(fastcgi scgi uwsgi);
my %address = map { $_ => $backend{$_}->address } keys %backend;
my $cache = 'proxy_cache c; add_header X-Kept $upstream_cache_status;';
my $fixed = 'proxy_cache_key fixed;';
my $api = 'proxy_pass http://127.0.0.1:UPSTREAM_PORT/same;';

my $gateway = OAuth::Test::Gateway->new(
    workers => 2,
    provider => 'client_id "id-$http_x_tenant";',
    http => <<"END" . OAuth::Test::Gateway->block('q', 'client_id q;')
proxy_cache_valid 1m;
proxy_cache_path DIR/cache-proxy keys_zone=c:1m;
fastcgi_cache_path DIR/cache-fastcgi keys_zone=f:1m;
scgi_cache_path DIR/cache-scgi keys_zone=s:1m;
uwsgi_cache_path DIR/cache-uwsgi keys_zone=u:1m;
END
        . OAuth::Test::Gateway->block('r', 'client_id r;'),
    server => <<"END",
location = /tenant { oauth_token_provider p; $cache $api }
location = /fixed { oauth_token_provider p; $cache $fixed $api }
location = /q { oauth_token_provider q; $cache $fixed $api }
location = /r { oauth_token_provider r; $cache $fixed $api }
location = /by { oauth_token_provider \$arg_p; $cache $fixed $api }
location = /none { $cache $fixed $api }
location = /if { $cache $fixed oauth_token_provider q; $api
    if (\$arg_r) { oauth_token_provider r; } }
location = /bypass { oauth_token_provider q; $cache $fixed $api
    proxy_cache_bypass \$arg_a \$arg_b; }
location = /stale { oauth_token_provider p; $cache proxy_cache_valid 200 1s;
    proxy_cache_use_stale updating; proxy_cache_background_update on;
    proxy_cache_key stale; $api }
location = /slice { oauth_token_provider p; slice 4; $cache
    proxy_cache_key \$slice_range; proxy_set_header Range \$slice_range;
    proxy_http_version 1.1; proxy_cache_valid 206 1m;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT/slice; }
location = /vary { oauth_token_provider p; $cache $fixed
    proxy_cache_valid 200 1m;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT/vary; }
location = /fastcgi { oauth_token_provider p; fastcgi_pass $address{fastcgi};
    fastcgi_cache f; fastcgi_cache_key k; fastcgi_cache_valid 1m;
    fastcgi_param REQUEST_URI \$uri; }
location = /scgi { oauth_token_provider p; scgi_pass $address{scgi};
    scgi_cache s; scgi_cache_key k; scgi_cache_valid 1m;
    scgi_param REQUEST_URI \$uri; }
location = /uwsgi { oauth_token_provider p; uwsgi_pass $address{uwsgi};
    uwsgi_cache u; uwsgi_cache_key k; uwsgi_cache_valid 1m;
    uwsgi_param REQUEST_URI \$uri; }
END
);

my $token = canary('token');

$gateway->endpoint->answer('/token', { token => "$token-%i" });
$gateway->start;

# "a HIT": whose answer a request has got, and from where.
sub got {
    my ($uri, $tenant) = @_;

    my $answer = $gateway->get($uri, 'X-Tenant', $tenant // '');
    my ($whose) = $answer->{body} =~ /\Q$token\E-(?:id-)?(\w*)/;

    return join ' ', grep { defined } $whose // 'nobody',
                                      $answer->{headers}{'x-kept'};
}

is(got("/$_", 'a'), 'a MISS', "[D8] $_: a tenant"),
is(got("/$_", 'a'), 'a HIT', 'its answer is cached'),
is(got("/$_", 'b'), 'b MISS', 'but not for another'),
is(got("/$_", 'b'), 'b HIT', 'which has its own'),
is(got("/$_", 'a'), 'a HIT', 'as the first has still')
    for qw(tenant fixed);

is(got("/$_", 'a') . got("/$_", 'b') . got("/$_", 'a'), 'aba',
   "[D8] $_: two tenants") for qw(fastcgi scgi uwsgi);
is(scalar $backend{$_}->seen("/$_"), 2, 'each has caused a request')
    for qw(fastcgi scgi uwsgi);

# one address, with and without this or that provider
is(got('/none'), 'nobody MISS', '[D8] without a provider');
is(got('/q'), 'q MISS', 'a provider');
is(got('/r'), 'r MISS', 'another one');
is(got('/by?p=q'), 'q HIT', 'the same by a variable');
is(got('/by?p=r'), 'r HIT', 'so the other');
is(got('/by'), 'nobody HIT', 'and none');
is(got('/if'), 'q HIT', 'a block "if", not');
is(got('/if?r=1'), 'r HIT', 'if');

is(got('/bypass'), 'q HIT', 'proxy_cache_bypass, not');
is(got("/bypass?$_=1"), 'q BYPASS', "proxy_cache_bypass, $_") for qw(a b);

# requests that nginx makes in the background
{
    my $seen = $gateway->upstream->count('/same');

    is(got('/stale', $_), "$_ MISS", "[D8] $_, before it is stale")
        for qw(a b);
    sleep 2;
    is(got('/stale', $_), "$_ STALE", "$_, stale") for qw(a b);
    $gateway->upstream->wait_for('/same', $seen + 4);
    select undef, undef, undef, 0.2;
    like(got('/stale', $_), qr/^$_ (?:HIT|STALE)$/, "$_, after an update")
        for qw(a b);
}

$gateway->upstream->answer('/vary', { echo => 1,
                                      headers => [ 'Vary', 'X-Tenant' ] });
is(got('/vary', $_), "$_ MISS", "[D8] an answer that varies, $_") for qw(c d);
is(got('/vary', $_), "$_ HIT", "again, $_") for qw(c d);

{
    my @part = map { { status => 206, body => 'abcd', headers => [
        'Content-Range', "bytes $_-" . ($_ + 3) . '/8', 'ETag', '"1"' ] } }
        0, 4;

    $gateway->upstream->answer('/slice', @part, @part, { status => 500 });
    is($gateway->get('/slice', 'X-Tenant', $_)->{body}, 'abcdabcd',
       "[D8] slices of $_") for qw(a b a b);
    is($gateway->upstream->count('/slice'), 4, 'each its own');
}

# A reload keeps what there is.
$gateway->nginx->reload;
is(got('/tenant', 'a'), 'a HIT', 'after a reload');
is(got('/q'), 'q HIT', 'all is there');
$gateway->stop;

$gateway->start;
is(got('/q'), 'q HIT', 'after a new start: of a provider without variables');
is(got('/tenant', 'a'), 'a MISS', 'but not of a tenant');
$gateway->stop;

done_testing();
