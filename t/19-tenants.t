# Tenants: values of the client's request make tokens of their own.

use strict;
use warnings;
use lib 't/lib';

use List::Util qw(uniq);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway qw(tally);
use OAuth::Test::Client qw(request_bytes);

my @tenants = qw(acme bravo coyote);

my %secret = map { $_ => canary("secretof$_") } @tenants;
my $maps = join '', map {
    my ($name, $value) = @$_;

    "map \$http_x_tenant \$tenant_$name {\n"
        . join('', map { "$_ " . $value->($_) . ";\n" } @tenants) . "}\n";
} (
    [ id     => sub { "client-$_[0]" } ],
    [ secret => sub { $secret{$_[0]} } ],
    [ scope  => sub { "read:$_[0]" } ],
    [ path   => sub { "at-$_[0]" } ],
);

# The token that a client of this id gets; the number counts its path's.
sub token { return 'Bearer ' . canary('token') . "-$_[0]-$_[1]" }

sub answer_all {
    my ($gateway, @paths) = @_;

    $gateway->endpoint->answer($_, { token => canary('token') . '-%i-%d' })
        for @paths;
    return;
}

# So many clients of each tenant at once.
sub crowd {
    my ($gateway, $n) = @_;

    return $gateway->many(10, map {
        my $tenant = $_;
        map { { bytes => request_bytes('GET', "/$tenant", undef,
                                       'X-Tenant', $tenant) } } 1 .. $n;
    } @tenants);
}

# Answers whose upstream saw another token than that of the tenant it saw.
sub strange {
    return grep {
        my ($tenant) = $_->{body} =~ m{\AGET /(\w+) };

        $_->{status} != 200
            || $_->{body} !~ /Bearer \S+-client-\Q$tenant\E-1\n\z/;
    } @_;
}

{
    my $gateway = OAuth::Test::Gateway->new(
        workers  => 4,
        http     => $maps,
        provider => <<'END',
token_endpoint http://127.0.0.1:TOKEN_PORT/$tenant_path/token;
client_id      $tenant_id;
client_secret  $tenant_secret;
client_auth    client_secret_post;
scope          $tenant_scope;
END
    );

    answer_all($gateway, map { "/at-$_/token" } @tenants);
    $gateway->start;

    my @answers = crowd($gateway, 30);

    is(scalar strange(@answers), 0, '[F5] each tenant gets its own token');
    is($gateway->endpoint->count("/at-$_/token"), 1, "$_: one fetch")
        for @tenants;
    like(tally(@answers), qr/\A200 (?:HIT: \d+, 200 )?MISS: 3, 200 WAIT: \d+\z/,
         'the others wait');

    for my $tenant (@tenants) {
        is($gateway->endpoint->last_request("/at-$tenant/token")->{body},
           'grant_type=client_credentials'
           . "&client_id=client-$tenant&client_secret=$secret{$tenant}"
           . "&scope=read%3A$tenant",
           "$tenant: its request");
    }

    @answers = crowd($gateway, 30);

    is(tally(@answers), '200 HIT: 90', 'then all are there');
    is(scalar strange(@answers), 0, 'each in its place');

    ok($gateway->nginx->reload, 'a reload');

    @answers = crowd($gateway, 30);

    is(tally(@answers), '200 HIT: 90', 'all are there still');
    is(scalar strange(@answers), 0, 'each in its place');
    is($gateway->endpoint->count, 3, 'nobody was asked');
    $gateway->stop;
}


# Two values never run together, and no value is another's.
{
    my $gateway = OAuth::Test::Gateway->new(
        provider => 'parameter x $arg_x; parameter y $arg_y; scope $arg_z;');
    my @queries = ('', qw(x=a&y=bc x=ab&y=c x=abc y=abc z=abc x=a&y=b&z=c
                          x=ab&z=c x=a&z=bc x=bc&y=a x=A&y=bc));

    $gateway->start;

    my @first = map { $gateway->get("/?$_")->{body} } @queries;
    my @then = map { $gateway->get("/?$_") } @queries;

    is(scalar(uniq map { /(\S+)\n\z/ } @first), scalar @queries,
       '[F1] values that make the same text have tokens of their own');
    is($gateway->fetches, scalar @queries, 'one fetch each');
    is(tally(@then), '200 HIT: ' . @queries, 'which are found again');
    is(join('', map { $_->{body} } @then), join('', @first), 'each its own');
    $gateway->stop;
}


# Where a variable may stand, and what is to be seen of it.
my %place = (
    'client_id $arg_v;'                   => '^Authorization: Basic VALUE64',
    'client_secret $arg_v; client_auth client_secret_post;'
                                          => '&client_secret=VALUE\b',
    'client_secret $arg_v; client_auth client_secret_header;'
                                          => '^client_secret: VALUE\r',
    'client_id $arg_v; client_auth none;' => '&client_id=VALUE$',
    'scope "a $arg_v";'                   => '&scope=a\+VALUE$',
    'grant_type $arg_v;'                  => '^grant_type=VALUE$',
    'parameter audience $arg_v;'          => '&audience=VALUE$',
    'parameter audience x${arg_v}y;'      => '&audience=xVALUEy$',
    'parameter audience $arg_v in=query;' => '\?audience=VALUE ',
    'request_header X-V $arg_v;'          => '^X-V: VALUE\r',
    'header X-V $arg_v;'                  => '^X-V: VALUE\r',
    'token_endpoint http://127.0.0.1:TOKEN_PORT/token?v=$arg_v;'
                                          => '/token\?v=VALUE ',
);

for my $lines (sort keys %place) {
    my $gateway = OAuth::Test::Gateway->new(provider => $lines);
    my $upstream = $gateway->upstream;

    $gateway->start;

    for my $value (qw(one two)) {
        my $base64 = { one => 'b25lO', two => 'dHdvO' }->{$value};
        my $wanted = $place{$lines} =~ s/VALUE64/$base64/r =~ s/VALUE/$value/r;

        $gateway->get("/?v=$value") for 1, 2;
        like($gateway->endpoint->last_request('/token')->{raw}, qr/$wanted/m,
             "$lines: $value");
    }

    is($gateway->fetches, 2, 'a token each');
    is(scalar(grep { $_->{raw} =~ /^X-V: (?:one|two)\r$/m }
              $upstream->requests),
       $lines =~ /\Aheader/ ? 4 : 0, 'sent upstream if it is a header there');
    $gateway->stop;
}


# What only goes upstream is no part of the key, and is that of each request.
{
    my $gateway = OAuth::Test::Gateway->new(provider => <<'END');
inject_header Authorization "$arg_v $oauth_access_token";
upstream_header X-V "<$arg_v>";
END
    $gateway->start;

    for my $value (qw(one two)) {
        is($gateway->get("/?v=$value")->{body}, "GET /?v=$value "
           . token('', 1) =~ s/Bearer/$value/r =~ s/--/-/r . "\n",
           "inject_header: $value");
        like($gateway->upstream->last_request->{raw}, qr/^X-V: <$value>\r$/m,
             "upstream_header: $value");
    }

    is($gateway->fetches, 1, 'one token for both');
    $gateway->stop;
}

done_testing();
