# Values with line ends in them split nothing: neither requests, nor the log.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Gateway;

# a path that nginx decodes, an argument that it does not
use constant URI => '/a%0d%0aX-Evil:%201';

# lines of a provider, and the status; what has no usable value is left out
my %case = (
    scope          => [ 'scope $uri;', 500 ],
    parameter      => [ 'parameter x $uri;', 200 ],
    query          => [ 'parameter x $uri in=query;', 200 ],
    json           => [ 'parameter x $uri; body_format json;', 200 ],
    request_header => [ 'request_header X-V $uri;', 200 ],
    header         => [ 'header X-V $uri;', 200 ],
    upstream       => [ 'upstream_header X-V $uri;', 500 ],
    inject         => [ 'inject_header A "$oauth_access_token $uri";', 500 ],
    client_id      => [ 'client_id $uri;', 500 ],
    secret         => [ 'client_secret $uri;', 500 ],
    path           => [ 'token_endpoint http://127.0.0.1:TOKEN_PORT/t/$uri;',
                        500 ],
    literal        => [ 'header $arg_x v; upstream_header "X-$uri" v;'
                            . 'request_header Y-$uri v;', 200 ],
    argument       => [ 'parameter x $arg_x; request_header X-V $arg_x;'
                            . 'upstream_header X-V $arg_x;', 200 ],
);

my $api = 'proxy_pass http://127.0.0.1:UPSTREAM_PORT/fixed;';
my @names = sort keys %case;
my $gateway = OAuth::Test::Gateway->new(
    level => 'info',    # nginx itself prints line ends when it debugs
    http => join('', map { OAuth::Test::Gateway->block($_, $case{$_}[0]) }
                     @names),
    server => join('', map {
        "location /$_/ { oauth_token_provider $_; $api }\n";
    } @names) . "location /name/ { oauth_token_provider \$uri; $api }"
        . 'location /purge/ { oauth_token_purge; }',
)->start;
my ($endpoint, $upstream) = ($gateway->endpoint, $gateway->upstream);

for my $name (@names) {
    my ($lines, $status) = @{ $case{$name} };
    my $before = $upstream->count;
    my $answer = $gateway->get("/$name" . URI . '?x=%0d%0aX-Evil:1');

    is($answer->{status}, $status, "[D12] $lines");
    is($upstream->count, $before + ($status == 200), 'a request upstream')
        or diag($answer->{raw});
}

is($gateway->get('/name' . URI)->{status}, 500,
   '[D12] the name of a provider');
is($gateway->nginx->post('/purge/?provider=%0d%0aX-Evil:1', '')->{status}, 404,
   '[D12] the name of a provider to be purged');

my @heads = map { $_->{head} } $endpoint->requests, $upstream->requests;

is(scalar(grep { /^X-Evil/mi } @heads), 0, '[D12] nobody has seen the header');
is(scalar(grep { $_->{path} ne '/token' } $endpoint->requests), 0,
   'nor has another address');
is(scalar(grep { /^X-V: %0d%0aX-Evil:1\r$/m } @heads), 2,
   'what nginx does not decode goes on as it is');
is(scalar(grep { /^\$arg_x: v\r$/m } @heads), 2,
   'a name is what is written, "$" and all');
is(scalar(grep { /^X-Evil/ } split /\n/, $gateway->nginx->error_log), 0,
   '[D12] no line of the log is split');
$gateway->stop;

done_testing();
