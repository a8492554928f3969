# Whatever http{} says for the user's own proxying, the token request and the
# reading of its answer stay as they are.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::CA;
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;
use OAuth::Test::Logs qw(problems);
use OAuth::Test::TokenEndpoint;

# The lines of each file stand in http{} alone, then those of all together; but
# nginx does not let cache and store stand together.
my %hostile = map { m{(\w+)\.conf\z} => _read($_) }
              glob 't/data/hostile/*.conf';

$hostile{all} = join '', map { $hostile{$_} } grep { $_ ne 'store' }
                         sort keys %hostile;
$hostile{none} = '';
$hostile{newer} = <<'END' if OAuth::Test::Nginx::version() >= 1.029004;
early_hints 1;
proxy_http_version 2;
proxy_pass_trailers on;
proxy_ssl_certificate_cache max=10;
END

# The user's own locations take back what they need.
my $own = _read('t/data/hostile-own.conf');
my $zones = <<'END';
limit_req_zone own zone=own:1m rate=1000r/s;
limit_conn_zone own zone=own_conn:1m;
END

sub _read {
    my $file = shift;

    open my $in, '<', $file or die "$file: $!";
    local $/;
    return scalar <$in>;
}

my $ca = OAuth::Test::CA->new;
my $endpoint = OAuth::Test::TokenEndpoint->new(tls => $ca->cert);
my $provider = 'proxy_ssl_trusted_certificate ' . $ca->file . '; '
               . 'token_endpoint https://localhost:TOKEN_PORT';
my %request;

# Without any of them comes first, to compare with.
for my $name ('none', sort grep { $_ ne 'none' } keys %hostile) {
    $endpoint->reset;

    my $gateway = OAuth::Test::Gateway->new(
        endpoint => $endpoint, provider => "$provider/token;",
        http => $zones . $hostile{$name}
                . OAuth::Test::Gateway->block('q', "$provider/refusal;"),
        location => $own,
        server => <<"END",
location /q {
    oauth_token_provider q;
    $own
    proxy_pass http://127.0.0.1:UPSTREAM_PORT;
}
END
    );

    # Later than 1 ms, and longer than a buffer.
    $endpoint->answer('/token', {
        token => canary('token') . '-%d', expires_in => 1800, delay => 0.05,
        fields => { text => 'x' x 50_000 },
    });
    $endpoint->answer('/refusal', { status => 401, body => 'no' });
    $gateway->start;

    my ($good, $bad) = map { $gateway->get($_) } '/', '/q';

    is($good->{body}, 'GET / ' . $gateway->token(1) . "\n",
       "http{} with hostile lines ($name): a request gets its token");
    is($bad->{status}, 502, 'a refusal is one');
    is($gateway->upstream->count, 1, 'that leads nowhere');

    $request{$_} //= $endpoint->last_request($_)->{raw}
        for '/token', '/refusal';
    is($endpoint->last_request($_)->{raw}, $request{$_},
       "$_: the same bytes as without") for '/token', '/refusal';
    is($endpoint->count, 2, 'one request each');
    $gateway->stop;
    is(join("\n", problems($gateway->nginx->dir . '/temp')), '',
       'no file holds a secret');
}

done_testing();
