package Bench::Contender;

# Who is measured.  What a contender has in nginx.conf is in
# bench/contenders/NAME.conf, or CONF.conf when several share one: pieces for
# http, server and location, each below a line "--- LEVEL", and in them
#
#   {provider}    address of the token endpoint, and its {host} and {port}
#   {lifetime}    of its tokens, seconds; {fresh}: for how long they are good
#                 for those who have to be told, with a margin before the end
#   {prefetch}    on, or off where nobody may have a token before a client comes
#   {token}       a token, of the size of the provider's
#   {tenants}     how many
#   {memory}      size of the zone that holds them
#   {dir}         a folder of this nginx, {here} that of the contenders
#
# A request is GET /?t=NUMBER, see Bench::Client; only contenders with tenants
# look at the number.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);

use Bench::Provider;

use constant HERE => abs_path(dirname(__FILE__) . '/../../contenders');

my $OURS = 'ngx_http_oauth_token_module.so';
my @LUA = qw(ndk_http_module.so ngx_http_lua_module.so);
my @NJS = qw(ngx_http_js_module.so);

# kind: floor, what nginx itself costs; literal, what all are compared with;
# ours; peer.  fetches: it gets its token from the provider.
my @all = (
    { name => 'none', title => 'N: no header', kind => 'floor' },
    { name => 'literal', title => 'L: literal proxy_set_header',
      kind => 'literal' },
    { name => 'ours', title => 'oauth_token, one provider',
      kind => 'ours', fetches => 1, modules => [$OURS] },
    { name => 'ours-variable', title => 'oauth_token, provider by variable',
      kind => 'ours', fetches => 1, modules => [$OURS] },
    (map {
        { name => "ours-$_->[0]", title => "oauth_token, $_->[1] tenants",
          kind => 'ours', fetches => 1, modules => [$OURS],
          conf => 'ours-tenants', tenants => $_->[0], memory => $_->[2] }
    } [ 10, '10', '1m' ], [ 10_000, '10,000', '32m' ],
      [ 100_000, '100,000', '256m' ]),
    { name => 'lua-expert', title => 'Lua, by an expert', kind => 'peer',
      fetches => 1, modules => \@LUA },
    { name => 'lua-usual', title => 'Lua, as usual', kind => 'peer',
      fetches => 1, modules => \@LUA },
    { name => 'auth-request', title => 'auth_request, proxy_cache',
      kind => 'peer', fetches => 1 },
    { name => 'auth-request-stale', title => 'the same, use_stale updating',
      kind => 'peer', fetches => 1 },
    { name => 'njs', title => 'njs, auth_request, proxy_cache',
      kind => 'peer', fetches => 1, modules => \@NJS },
);


sub all { return @all }

# Those of these names, in the order of the table; all when there is no name.
sub named {
    my (@names) = @_;

    my %wanted = map { $_ => 1 } @names;
    my %known = map { $_->{name} => 1 } @all;

    for my $name (grep { !$known{$_} } @names) {
        die "there is no contender \"$name\", only: ",
            join(' ', map { $_->{name} } @all), "\n";
    }

    return grep { !@names || $wanted{ $_->{name} } } @all;
}

sub literal { return (grep { $_->{kind} eq 'literal' } @all)[0] }


# What it has at each level, with these values in it.
sub text {
    my ($contender, %value) = @_;

    my %text = (http => '', server => '', location => '');
    my $level;

    @value{qw(host port)} = split /:/, $value{provider};
    %value = (%value, token => Bench::Provider::token(), here => HERE,
              fresh => fresh($value{lifetime}),
              map { $_ => $contender->{$_} } qw(tenants memory));

    my $path = HERE . '/' . ($contender->{conf} // $contender->{name})
               . '.conf';
    open my $in, '<', $path or die "$path: $!\n";

    while (my $line = <$in>) {
        if ($line =~ /^--- (\w+)$/) {
            $level = $1;
            next;
        }

        next if !defined $level;
        $line =~ s/\{(\w+)\}/$value{$1} \/\/ die "$path: {$1}?\n"/ge;
        $text{$level} .= $line;
    }

    return \%text;
}


# Whoever caches for a fixed time leaves a tenth of it, at least a second.
sub fresh {
    my ($lifetime) = @_;

    my $margin = int $lifetime / 10;

    return $lifetime - ($margin > 1 ? $margin : 1);
}

1;
