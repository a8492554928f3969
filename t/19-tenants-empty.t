# Values that a request does not have, or has in vain.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;

# Without a default: empty for all others.
my $map = "map \$http_x_tenant \$of_map { a value; bad \"a\tb\"; }\n";

my $preset = <<'END';
preset vipps;
client_secret s;
token_endpoint http://127.0.0.1:TOKEN_PORT/token;
END

# Lines of a provider, the directive that a message names.
my @required = (
    [ 'client_id $of_map;',               'client_id' ],
    [ 'client_secret $of_map;',           'client_secret' ],
    [ 'client_secret "SECRET$of_map";',   'client_secret' ],
    [ 'token_endpoint http://127.0.0.1:TOKEN_PORT/$of_map/token;',
                                          'token_endpoint' ],
    [ 'token_endpoint http://127.0.0.1:TOKEN_PORT/token?t=$of_map;',
                                          'token_endpoint' ],
    [ "$preset header Ocp-Apim-Subscription-Key \$of_map;", 'header' ],
);

for my $case (@required) {
    my ($lines, $directive) = @$case;
    my $gateway = OAuth::Test::Gateway->new(
        http => $map, provider => $lines,
        server => 'error_page 500 /sorry.html;'
            . 'location = /sorry.html { root DIR/html; }'
            . 'location /same/ { oauth_token_provider p; root DIR/html; }'
            . 'location /inner { error_page 500 /same/sorry.html;'
            . '    oauth_token_provider p;'
            . '    proxy_pass http://127.0.0.1:UPSTREAM_PORT; }');
    my $errors = sub {
        grep { /\[error\]/ } split /\n/, $gateway->nginx->error_log;
    };

    $gateway->endpoint->answer('/value/token', { token => canary('token') });
    $gateway->nginx->file('html/sorry.html', 'sorry', 0644);
    mkdir $gateway->nginx->dir . '/html/same' or die $!;
    $gateway->nginx->file('html/same/sorry.html', 'the same', 0644);
    $gateway->start;

    # nobody, an unknown one, one whose value cannot be sent
    for my $tenant ('', 'other', 'bad') {
        my $before = () = $errors->();
        my $answer = $gateway->get('/', 'X-Tenant', $tenant);
        my @errors = $errors->();

        splice @errors, 0, $before;

        is("$answer->{status} $answer->{body}", '500 sorry',
           "$lines \"$tenant\": refused");
        is(scalar @errors, 1, 'with one line');
        like($errors[0] // '',
             qr/no usable value while evaluating "$directive", provider: "p"/,
             'that names it');
        is("@{$answer->{headers}}{'x-cache', 'x-error'}",
           'ERROR invalid_value', 'so do the variables');
    }

    is($gateway->endpoint->count + $gateway->upstream->count, 0,
       'nothing is sent');

    my $inner = $gateway->get('/inner');

    is("$inner->{status} $inner->{body}", '500 the same',
       'error_page may lead to a place with the same provider');

    is($gateway->get('/', 'X-Tenant', 'a')->{status}, 200, 'others are served');
    $gateway->stop;
}

# What may be empty is left out.
my %optional = (
    'parameter audience $of_map;'         => 'audience',
    'parameter audience $of_map in=query;' => 'audience',
    'request_header X-V $of_map;'         => 'X-V',
    'header X-V $of_map;'                 => 'X-V',
);

for my $lines (sort keys %optional) {
    my $gateway = OAuth::Test::Gateway->new(http => $map, provider => $lines);

    $gateway->start;

    for my $tenant ('other', 'bad') {
        is($gateway->get('/', 'X-Tenant', $tenant)->{status}, 200,
           "$lines \"$tenant\": served");
        unlike($gateway->endpoint->last_request('/token')->{raw},
               qr/$optional{$lines}/, 'it is left out');
        unlike($gateway->upstream->last_request->{raw}, qr/X-V/,
               'upstream as well');
    }

    is($gateway->fetches, 1, 'one token for all that have none');

    $gateway->get('/', 'X-Tenant', 'a');
    like($gateway->endpoint->last_request('/token')->{raw},
         qr/$optional{$lines}(?:=|: )value/, 'it is sent');
    is($gateway->fetches, 2, 'with a token of its own');
    $gateway->stop;
}

# So is a scope, but not one that cannot be: a token without any may do more.
{
    my $gateway = OAuth::Test::Gateway->new(
        http => $map, provider => 'scope "$of_map$http_x_scope";');

    $gateway->start;
    is($gateway->get('/')->{status}, 200, 'no scope: served');
    unlike($gateway->endpoint->last_request('/token')->{raw}, qr/scope/,
           'without one');
    is($gateway->get('/', 'X-Scope', "read write:'x'")->{status}, 200,
       'a scope');
    like($gateway->endpoint->last_request('/token')->{raw},
         qr/scope=read\+write%3A%27x%27/, 'is sent');
    is($gateway->get('/', 'X-Tenant', 'bad')->{status}, 500,
       '[A10] one with a control character: refused');

    for my $scope ('a"b', 'a\\b', "a\xc3\xa9") {
        my $answer = $gateway->get('/', 'X-Scope', $scope);

        is("$answer->{status} $answer->{headers}{'x-error'}",
           '500 invalid_value', "[A10] scope $scope: refused");
    }

    is($gateway->fetches, 2, 'nothing is sent of these');
    is($gateway->upstream->count, 2, 'nor upstream');
    $gateway->stop;
}

# A header that is sent upstream alone.
{
    my $gateway = OAuth::Test::Gateway->new(http => $map,
        provider => 'upstream_header X-V $of_map;');

    $gateway->start;
    is($gateway->get('/', 'X-V', 'mine')->{status}, 200, 'an empty header');
    unlike($gateway->upstream->last_request->{raw}, qr/X-V/,
           'is not sent upstream, nor is that of the client');
    is($gateway->get('/', 'X-Tenant', 'bad')->{status}, 500,
       'one that cannot be sent ends the request');
    is($gateway->upstream->count, 1, 'which is not sent upstream');
    $gateway->stop;
}

done_testing();
