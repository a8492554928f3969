# "nginx -t": presets and what each of them needs.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Conf;


sub preset {
    my ($name, $more) = @_;

    return "oauth_provider p {\n$more\npreset $name; # here\n}";
}

sub block { return "oauth_provider p {\n" . join("\n", @_) . "\n}" }


# The endpoint is given so that no name has to be resolved.
my $endpoint = 'token_endpoint https://127.0.0.1/token;';
my $id = "client_id id;\nclient_secret SECRET;";
my $client = "$id\n$endpoint";

# What a user adds to each preset.
my %needs = (
    vipps           => [ 'header Ocp-Apim-Subscription-Key' => 'SECRET' ],
    vipps_miami     => [],
    fiserv_card     => [ 'header x-fapi-financial-id' => '12345678' ],
    firstvision     => [],
    firstvision_2022 => [],
    candescent      => [ 'request_header User-Agent' => 'gateway',
                         'request_header di_fiid' => '1' ],
    candescent_v2   => [ 'header institutionId' => '1' ],
    paysafe         => [ 'option brand' => 'x' ],
);

for my $name (sort keys %needs) {
    my @needs = @{ $needs{$name} };
    my @lines;

    while (my ($what, $value) = splice @needs, 0, 2) {
        push @lines, "$what $value;";
    }

    accepted "preset $name", preset($name, join "\n", $client, @lines)
        =~ s/# here//r;
}


my @refused = (
    [ 'an unknown preset', preset('no', $client), qr/preset/, qr/"no"/ ],
    [ 'preset without a name', preset('', $client),
      qr/invalid number of arguments in "preset"/ ],
    [ 'preset twice', preset('vipps', "$client\npreset vipps;"),
      qr/"preset" directive is duplicate/ ],
    [ 'an unknown environment',
      block($id, 'header Ocp-Apim-Subscription-Key k;', 'preset vipps;',
            'environment moon;'),
      qr/environment/, qr/"moon"/, qr/production|test/ ],
    [ 'environment without a preset', block($client, 'environment test;'),
      qr/environment/, qr/preset/ ],
    [ 'an environment that the preset does not have',
      block($id, 'request_header User-Agent a;', 'request_header di_fiid 1;',
            'preset candescent;', 'environment test;'),
      qr/environment/, qr/"test"/, qr/"candescent"/ ],
    [ 'an option the endpoint does not have',
      block($id, 'option brand a;', 'option color b;', 'preset paysafe;'),
      qr/option/, qr/"color"/ ],
    [ 'an option with a slash',
      block($id, 'option brand a/b;', 'preset paysafe;'),
      qr/option/, qr/brand/ ],
    [ 'prefetch of what only a request can tell',
      block($id, 'option brand a;', 'preset paysafe;', 'prefetch on;'),
      qr/provider "p" has "prefetch on" and values with variables/ ],
    [ 'option without a value', provider('option brand; # here'),
      qr/invalid number of arguments in "option"/ ],
    [ 'the same option twice',
      provider("option brand a;\noption brand b; # here"),
      qr/option/, qr/brand/, qr/duplicate/ ],
);

# preset => what is missing, then the lines that are there
my @missing = (
    [ 'vipps', 'header Ocp-Apim-Subscription-Key', $client ],
    [ 'vipps', 'header Ocp-Apim-Subscription-Key', $client,
      'request_header Ocp-Apim-Subscription-Key k;' ],
    [ 'vipps_miami', 'client_secret', $endpoint, 'client_id id;' ],
    [ 'fiserv_card', 'header x-fapi-financial-id', $client ],
    [ 'firstvision', 'token_endpoint', $id ],
    [ 'firstvision_2022', 'token_endpoint', $id ],
    [ 'candescent', 'request_header User-Agent', $client,
      'request_header di_fiid 1;' ],
    [ 'candescent', 'request_header di_fiid', $client,
      'request_header User-Agent a;' ],
    [ 'paysafe', 'option brand', $id ],
);

for my $case (@missing) {
    my ($preset, $what, @lines) = @$case;

    push @refused, [
        "$preset without $what", block(@lines, "preset $preset;"),
        qr/provider "p" needs "\Q$what\E" \(preset "$preset"\)/,
    ];
}

refused @$_ for @refused;

done_testing();
