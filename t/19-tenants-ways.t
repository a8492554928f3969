# Ways on which a request comes by its tenant: subrequests, error_page, internal
# redirects, "set", captures, a provider by variable.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Build qw(checked);
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Conf;
use OAuth::Test::Gateway;

# Each with what is in it; API is the way upstream.
my %location = (
    '/ssi/' => 'oauth_token_provider off; ssi on; root DIR/html;',
    '/set' => 'set $who $arg_t; if ($arg_t = if) { set $who changed; } API',
    '/page' => 'oauth_token_provider off;'
        . 'error_page 404 = /inner?t=$arg_t; root DIR/html;',
    '/named' => 'oauth_token_provider off;'
        . 'error_page 404 = @named; root DIR/html;',
    '@named' => 'set $who named; API',
    '/inner' => 'set $who "inner-$arg_t"; API',
    '/next' => 'set $who before; error_page 418 = /inner?t=$arg_t;'
        . 'error_page 419 = /q; proxy_intercept_errors on; API',
    '/q' => 'set $who late; oauth_token_provider q; API',
    '/by/' => 'set $who $arg_t; oauth_token_provider $arg_p; API',
    '/mirrored' => 'set $who main; mirror /copy; API',
    '= /copy' => 'internal; set $who copy; API',
    '/authed' => 'oauth_token_provider s; auth_request /check; API',
    '= /check' => 'internal; oauth_token_provider s; API',
    '/accel' => 'oauth_token_provider off; set $who nobody; API',
);

# regular expressions leave memory that only a checked build minds
$location{'~ ^/match/(\w+)/(?<rest>\w+)'} =
    'set $who none; oauth_token_provider r; API' if !checked();

my $gateway = OAuth::Test::Gateway->new(
    provider => 'client_id "id-$who";',
    http => join('', OAuth::Test::Gateway->block('q', 'client_id "q-$who";'),
        OAuth::Test::Gateway->block('s', 'client_id "s$uri";'),
        checked() ? () : OAuth::Test::Gateway->block('r',
                                          'client_id "r-$1-$rest";')),
    server => 'oauth_token_provider p; set $who "";'
        . join('', map {
            my $lines = $location{$_}
                =~ s{API}{proxy_pass http://127.0.0.1:UPSTREAM_PORT;}r;
            "location $_ { $lines }\n";
        } sort keys %location),
);

my ($endpoint, $upstream) = ($gateway->endpoint, $gateway->upstream);

$endpoint->answer('/token', { token => canary('token') . '-%i' });
$upstream->answer('/accel', { headers => [ 'X-Accel-Redirect',
                                           '/inner?t=accel' ] });
$upstream->answer('/next', { status => 418 }, { status => 419 });
mkdir $gateway->nginx->dir . '/html/ssi' or die $!;
$gateway->nginx->file('html/ssi/index.html',
    '<!--# include virtual="/set?t=one" -->'
    . '<!--# include virtual="/set?t=two" -->', 0644);
$gateway->start;

sub is_tenant {
    my ($uri, @wanted) = @_;

    my $before = $upstream->count;
    my $answer = $gateway->get($uri);
    my $token = canary('token');

    $upstream->wait_for(undef, $before + @wanted);

    my @seen = $upstream->requests;

    splice @seen, 0, $before;

    my @got = map { $_->{raw} =~ /^Authorization: Bearer \Q$token\E-(\S+)\r$/m
                    ? $1 : 'none' } @seen;

    return is(join(' ', sort @got), join(' ', sort @wanted),
              "[D5] $uri: $answer->{status}, the right tenant");
}

is_tenant('/set?t=a', 'id-a');
is_tenant('/set?t=if', 'id-changed');
is_tenant('/ssi/', 'id-one', 'id-two');
is_tenant('/page?t=b', 'id-inner-b');
is_tenant('/named', 'id-named');
is_tenant('/next?t=c', 'id-before', 'id-inner-c');
is_tenant('/next?t=d', 'id-before', 'q-late');
is_tenant('/by/?p=p&t=e', 'id-e');
is_tenant('/by/?p=q&t=e', 'q-e');
is_tenant('/by/?p=off&t=e', 'none');
is_tenant('/mirrored', 'id-main', 'id-copy');
is_tenant('/authed', 's/authed', 's/check');
is_tenant('/accel', 'none', 'id-inner-accel');
is_tenant('/match/one/two', 'r-one-two') if !checked();
is_tenant('/match/three/four', 'r-three-four') if !checked();

is($gateway->get('/by/?p=unknown&t=e')->{status}, 500, 'an unknown provider');

my @ids = map { OAuth::Test::Server::Request::client($_) }
          $endpoint->requests('/token');
my %seen;

is(join(' ', grep { $seen{$_}++ } @ids), '', 'nobody was asked twice');
$gateway->stop;

refused 'prefetch with variables',
    provider('scope $arg_s; prefetch on;'),
    qr/provider "p" has "prefetch on" and values with variables/;

done_testing();
