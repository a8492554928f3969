# Answers that are no RFC 6749: tokens in headers and as a whole body, nested
# requests, lifetimes of all kinds, errors with HTTP 200.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP qw(decode_json encode_json);
use POSIX ();
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Conf;
use OAuth::Test::Gateway;

my $token = canary('token');


# The answer of a gateway whose provider has these lines to one request, and the
# gateway, stopped.
sub ask {
    my ($lines, $answer) = @_;

    my $gateway = OAuth::Test::Gateway->new(provider => $lines);

    $gateway->endpoint->answer('/token', $answer);
    $gateway->start;

    my $got = $gateway->get('/');

    $gateway->stop;

    return ($got, $gateway);
}

# Such an answer grants $token, for so many seconds.
sub grants {
    my ($name, $lines, $answer, $left) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my ($got, $gateway) = ask($lines, $answer);

    is($got->{body}, "GET / Bearer $token\n", $name);

    if (defined $left) {
        my $had = $got->{headers}{'x-left'} // '';

        ok($had =~ /^[0-9]+\z/ && $had <= $left && $had > $left - 10,
           "$name: for $left seconds") or diag("got \"$had\"");
    }

    return $gateway;
}

# Such an answer is a failure for this reason, and the log says this of it.
sub fails {
    my ($name, $lines, $answer, $reason, $text) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my ($got, $gateway) = ask($lines, $answer);

    is("$got->{status} $got->{headers}{'x-error'}", "502 $reason", $name);
    is($gateway->upstream->count('/'), 0, "$name: nothing is sent upstream");
    like(($gateway->errors)[0] // '', $text, "$name: what the log says") if $text;

    return $gateway;
}


# Keystone, as a whole.
{
    my $gateway = grants('a token in a header, with 201', <<'END', {
body_format json;
grant_type none;
client_auth client_secret_post id=auth.identity.password.user.id
                               secret=auth.identity.password.user.password;
parameter auth.identity.methods.0 password;
parameter auth.scope.project.id project;
parameter a\.b.\0 c;
token_field header:X-Subject-Token;
expires_field token.expires_at;
END
        status  => 201,
        headers => [ 'x-subject-token' => $token ],
        json    => { token => { expires_at => POSIX::strftime(
            '%Y-%m-%dT%H:%M:%S.000000Z', gmtime time + 1000) } },
    }, 1000);

    is_deeply(decode_json($gateway->endpoint->last_request('/token')->{body}),
              { 'a.b' => { 0 => 'c' }, auth => {
                  identity => {
                      methods  => [ 'password' ],
                      password => { user => { id => 'id',
                                              password => canary('secret') } },
                  },
                  scope => { project => { id => 'project' } },
              } }, 'the nested body of its request');
}

grants('a member whose name has a dot', 'token_field a.b;',
       { json => { 'a.b' => $token } });
grants('a member of an array', 'token_field a.1.b;',
       { json => { a => [ {}, { b => $token } ] } });
grants('a member called body', 'token_field json:body;',
       { json => { body => $token } });
grants('the first of several places that has one',
       'token_field access_token header:X-Token body;',
       { headers => [ 'X-Token' => $token ], body => 'x' });
grants('a body that is the token', 'token_field body;',
       { headers => [ 'Content-Type' => 'text/plain' ], body => "$token\r\n" },
       300);
grants('in quotes, as JSON', 'token_field body;',
       { headers => [ 'Content-Type' => 'application/json' ],
         body => qq{"$token"} });
grants('PUT', 'method PUT; body_format none; token_field value.token;',
       { json => { value => { token => $token } } });

fails('a body of HTML', 'token_field body;', { body => "<html>$token</html>" },
      'html');
fails('a body of XML', 'token_field body;', { body => "<t>$token</t>" },
      'xml');
fails('a body of JSON', 'token_field body;',
      { json => { access_token => $token } }, 'no_token');
fails('a body of words', 'token_field body;', { body => "no $token for you" },
      'token_charset');
fails('a second header in it', 'token_field body;',
      { body => "$token\r\nX-Evil: 1" }, 'token_charset');
fails('an empty one', 'token_field body;', { body => " \n" }, 'no_token');
fails('a body too long', 'token_field body;', { body => $token x 2000 },
      'too_large');
fails('a header with a blank', 'token_field header:X-Token;',
      { headers => [ 'X-Token' => "$token x" ], json => {} }, 'token_charset');
fails('another header', 'token_field header:X-Token;',
      { headers => [ 'X-Tokens' => $token ], json => {} }, 'no_token');
fails('a token beside an OAuth error', 'token_field header:X-Token;',
      { headers => [ 'X-Token' => $token ],
        json => { error => 'invalid_grant', error_description => $token } },
      'invalid_grant');


# Lifetimes.
{
    my %in = (access_token => $token, expires_in => undef);

    grants('a lifetime in a header', 'expires_field header:X-Expires;',
           { token => $token, headers => [ 'X-Expires' => 700 ] }, 700);
    grants('hours, minutes and seconds', 'token_lifetime max=20d;',
           { token => $token, expires_in => '364:59:58' }, 1313998);
    grants('a number of hours', '', { token => $token, expires_in => '1h' },
           3600);
    grants('a date without a zone', 'expires_field t unit=iso8601;',
           { json => { %in, t => POSIX::strftime('%Y-%m-%dT%H:%M:%S.1234567',
                                                 gmtime time + 1000) } }, 1000);

    my $gateway = grants('no lifetime, on purpose',
        'expires_field none; token_lifetime default=250s;',
        { json => { %in, none => 1000 } }, 250);

    unlike($gateway->nginx->error_log, qr/no usable lifetime/,
           'which is not warned about');
    $gateway = grants('no lifetime, unexpectedly', 'token_lifetime default=250s;',
                      { json => \%in }, 250);
    like($gateway->nginx->error_log, qr/no usable lifetime.*"p"/,
         'which is');
}


# Errors with HTTP 200.
fails('WeChat', '', { json => { errcode => 40013, errmsg => 'invalid appid' } },
      'code_40013', qr/error: "code_40013", description: "invalid appid"/);
fails('Feishu', '', { json => { code => 10003, msg => 'invalid param' } },
      'code_10003', qr/description: "invalid param"/);
fails('SCB', 'token_field data.accessToken;',
      { json => { status => { code => 9500, description => 'Invalid' } } },
      'code_9500', qr/description: "Invalid"/);
fails('bKash', 'token_field id_token;',
      { json => { statusCode => '2023', statusMessage => 'Insufficient' } },
      'code_2023', qr/description: "Insufficient"/);
fails('Cashfree', 'token_field data.token;',
      { json => { status => 'ERROR', subCode => '401', message => 'bad' } },
      'code_401', qr/description: "bad"/);
fails('SNAP', 'token_field accessToken;',
      { json => { responseCode => '4017300', responseMessage => 'Unauth' } },
      'code_4017300', qr/description: "Unauth"/);
fails('Reddit', '', { json => { error => 'unauthorized_client' } },
      'unauthorized_client');
fails('a word', 'token_field sessionId;',
      { json => { responseStatus => 'FAILURE' } }, 'app_error');
fails('a success without a token', '', { json => { code => 0, msg => 'ok' } },
      'no_token');
fails('a code that is a secret of ours', '',
      { json => { code => canary('secret') } }, 'oauth_error');

# They pause as other refusals do, and not only for two seconds.
{
    my $gateway = OAuth::Test::Gateway->new(provider => 'backoff 20s 20s;');

    $gateway->endpoint->answer('/token', { json => { errcode => 40013 } });
    $gateway->start;
    $gateway->get('/') for 1, 2;

    my ($pause) = ($gateway->errors)[0] =~ /next try in ([0-9.]+)s/;

    cmp_ok($pause, '>', 5, 'a refusal with HTTP 200 pauses as a refusal');
    $gateway->stop;
}


my $json = 'client_auth client_secret_post; body_format json;';

accepted 'places of a token',
    provider('token_field a.b json:body header:X-A body;');
accepted 'nested names', provider("$json parameter a.b c; parameter a.d.0 e;");
accepted 'a dot that is one', provider("$json parameter a c; parameter a\\.b c;");
accepted 'dots in a form', provider('parameter a b; parameter a.b c;');

refused @$_ for
    [ 'no header', provider('token_field header:; # here'),
      qr/"token_field" directive has a path that cannot be one/ ],
    [ 'no header name', provider('token_field "header:a b"; # here'),
      qr/"token_field" directive has a path that cannot be one/ ],
    [ 'an empty part', provider('token_field a..b; # here'),
      qr/"token_field" directive has a path that cannot be one/ ],
    [ 'a body of a lifetime', provider('expires_field body; # here'),
      qr/"expires_field" directive has a path that cannot be one/ ],
    map { [ "names $_->[0]", provider("$json $_->[1]"),
            qr/provider "p" has names of parameters that do not make up/ ] }
    [ 'of a string and an object', 'parameter a b; parameter a.b c;' ],
    [ 'of an object and a string', 'parameter a.b b; parameter a c;' ],
    [ 'of an object and an array', 'parameter a.b b; parameter a.0 c;' ],
    [ 'of an array with a hole', 'parameter a.1 b;' ],
    [ 'with an empty part', 'parameter a. b;' ],
    [ 'of the grant', 'grant_type x; parameter grant_type.x b;' ];

done_testing();
