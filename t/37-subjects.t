# What a token was got for: it does not outlive its subject, and is for nobody
# when it is to be for somebody; what is said of secrets that were computed.

use strict;
use warnings;
use lib 't/lib';

use MIME::Base64 qw(encode_base64url);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request);
use OAuth::Test::Clock qw(sleep time wall);
use OAuth::Test::Gateway;
use OAuth::Test::JWS qw(new_key);

my $urn = 'urn:ietf:params:oauth:grant-type:token-exchange';

sub ask {
    my ($gateway, @headers) = @_;

    return request($gateway->port, 'GET', '/', undef, @headers);
}


# An opaque subject: a refresh token would outlive it unseen.
{
    my $gateway = OAuth::Test::Gateway->new(
        provider => 'client_auth none; grant_type token_exchange;'
            . 'subject_token $http_x_subject; token_lifetime max=2s;'
            . 'refresh_before 1s;',
    );

    $gateway->endpoint->answer('/token', {
        token => canary('token') . '-%d', expires_in => 3600,
        fields => { refresh_token => canary('refresh') },
    });
    $gateway->start;

    my $end = time + 4;
    my @status;

    while (time < $end) {
        push @status, ask($gateway, 'X-Subject', 'opaque')->{status};
        sleep 0.3;
    }

    my @bodies = map { $_->{body} } $gateway->endpoint->requests('/token');

    is(scalar(grep { $_ != 200 } @status), 0, 'an opaque subject is served');
    cmp_ok(scalar @bodies, '>', 2, 'with a token after the other');
    is(scalar(grep { !/subject_token=opaque/ } @bodies), 0,
       'each of them asked for with the subject');
    $gateway->stop;
}


# What an exchange gives may be no access token at all (RFC 8693, 2.2.1).
{
    my $gateway = OAuth::Test::Gateway->new(
        provider => 'client_auth none; grant_type token_exchange;'
            . 'subject_token $http_x_subject;');

    $gateway->endpoint->answer('/token', { token => canary('token'), fields => {
        token_type => 'N_A',
        issued_token_type => 'urn:ietf:params:oauth:token-type:id_token',
    } });
    $gateway->start;

    is(ask($gateway, 'X-Subject', 'a')->{status}, 502,
       '[J11] a token of the type N_A is refused');
    is($gateway->upstream->connections, 0, '[J11] and not sent upstream');
    $gateway->stop;
}


# The grant by its URN has the same limit as by its short name.
for my $grant ("$urn; parameter subject_token \$http_x_subject",
               'token_exchange; subject_token $http_x_subject') {
    my $gateway = OAuth::Test::Gateway->new(
        provider => "client_auth none; grant_type $grant;");
    my $name = (split /[ ;]/, $grant)[0];

    $gateway->start;

    my $subject = join '.', map { encode_base64url($_) } '{"alg":"none"}',
                  '{"exp":' . int(wall + 3) . '}', 'x';
    my $answer = ask($gateway, 'X-Subject', $subject);

    is($answer->{status}, 200, "$name: a subject that lives");
    cmp_ok($answer->{headers}{'x-left'}, '<=', 3, '[J12] and its token no longer');
    sleep 3.2;
    $answer = ask($gateway, 'X-Subject', $subject);
    is("$answer->{status} $answer->{headers}{'x-error'}",
       '502 subject_expired', 'nothing after its end');
    $gateway->stop;
}


# A JWT without its subject would be one for the client itself.
for my $claim (qw(sub iss aud)) {
    my $gateway = OAuth::Test::Gateway->new(
        provider => 'client_auth none; grant_type jwt_bearer;'
            . 'signing_key file:DIR/conf/key.pem;'
            . ($claim eq 'iss' ? '' : 'assertion_claim iss me;')
            . "assertion_claim $claim \$http_x_user;",
    );

    $gateway->nginx->file('conf/key.pem', new_key('P-256'));
    $gateway->start;

    is(ask($gateway)->{status}, 500, "assertion_claim $claim with nothing");
    is($gateway->fetches, 0, 'nobody is asked');
    like($gateway->nginx->error_log, qr/no usable value while evaluating "assertion_claim"/,
         'the log names the directive');
    is(ask($gateway, 'X-User', 'ann')->{status}, 200, 'and with somebody');
    $gateway->stop;
}


# A hash of a secret is a secret: a provider may repeat what it was sent.
{
    my $gateway = OAuth::Test::Gateway->new(
        provider => 'compute b base64 "x $oauth_token_client_secret";'
            . 'request_header X-B $oauth_token_b;',
    );
    my $sent = MIME::Base64::encode_base64('x ' . canary('secret'), '');

    $gateway->endpoint->answer('/token', {
        status => 400,
        json => { error => 'invalid_request',
                  error_description => "no use for $sent" },
    });
    $gateway->start;

    is(ask($gateway)->{status}, 502, 'refused');
    is(index($gateway->nginx->error_log, $sent), -1,
       'what was computed of the secret is not logged');
    like(($gateway->errors)[0], qr/it shows a secret/, 'and the log says so');
    $gateway->stop;
}


# An issuer that is out of order has not said that it has no metadata.
{
    my $gateway = OAuth::Test::Gateway->new(
        provider => 'issuer http://127.0.0.1:TOKEN_PORT/tenant;');

    $gateway->endpoint->answer('/tenant/.well-known/openid-configuration', {
        status => 503, headers => [ 'Retry-After', 2 ], body => '',
    });
    $gateway->start;

    my $answer = ask($gateway);

    is("$answer->{status} $answer->{headers}{'x-error'} "
       . "$answer->{headers}{'retry-after'}", '503 http_503 2',
       'metadata that cannot be had now');
    is($gateway->endpoint->count(
           '/.well-known/oauth-authorization-server/tenant'), 0,
       'are not asked for elsewhere');
    $gateway->stop;
}

done_testing();
