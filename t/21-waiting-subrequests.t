# Subrequests wait for a token as requests do.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;

my $server = <<'END';
location = /check {
    internal;
    oauth_token_provider p;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
location /auth {
    auth_request /check;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
location /mirror {
    mirror /check;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
location = /page.html {
    ssi on;
    root DIR/html;
}
END

# The answer to the client, and how often /check gets the token.
my $part = 'GET %s Bearer ' . canary('token') . "-1\n";
my %case = (
    '/auth'      => [ "GET /auth \n", 1 ],
    '/mirror'    => [ "GET /mirror \n", 1 ],
    '/page.html' => [ sprintf("[$part$part]", '/one', '/two'), 0 ],
);

for my $uri (sort keys %case) {
    my ($body, $checks) = @{ $case{$uri} };
    my $gateway = OAuth::Test::Gateway->new(server => $server);
    my ($endpoint, $upstream) = ($gateway->endpoint, $gateway->upstream);

    $gateway->nginx->file('html/page.html', '[<!--# include virtual="/one" -->'
                          . '<!--# include virtual="/two" -->]', 0644);
    $endpoint->answer('/token', { token => canary('token') . '-%d',
                                  delay => 0.2 });
    $gateway->start;

    is($gateway->get($uri)->{body}, $body, "$uri: a request is served");
    ok($upstream->wait_for('/check', $checks), 'its subrequest is sent');
    is(scalar(grep { $_->{raw} =~ /^Authorization: Bearer .*-1\r$/m }
              $upstream->requests('/check')), $checks, 'with the token');
    is($gateway->fetches, 1, 'which was fetched once');
    $gateway->stop;
}

done_testing();
