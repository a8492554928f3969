# Refresh tokens (RFC 6749, section 6): when one is used, for what, and that
# nobody sees it but the provider.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP qw(decode_json encode_json);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway;

# Seconds until all that is to happen has happened, on a slow machine too.
use constant PATIENCE => 15;

# Retry-After, in seconds, and the steps of nginx's clock.
use constant { LATER => 2, CLOCK => 0.01 };

my $user = 'parameter username u; parameter password ' . canary('password')
           . '; parameter audience aud; scope read;';


# A refresh token, by its number; one that none was sent with is "grant".
sub refresh { return canary('refresh') . "-$_[0]" }

# A good answer, with the refresh token of this number unless it is undef.
sub good {
    my ($n, %option) = @_;

    my %fields = %{ delete $option{fields} // {} };
    $fields{refresh_token} = refresh($n) if defined $n;

    return { token => canary('token') . '-%d', expires_in => 2,
             fields => \%fields, %option };
}

sub refused {
    my ($description) = @_;

    my %body = (error => 'invalid_grant');
    $body{error_description} = $description if defined $description;

    return { status => 400, body => encode_json(\%body) };
}

# The parameters of a token request, by name; "query " before those of the URL.
sub parameters {
    my $record = shift;

    return %{ decode_json($record->{body}) } if $record->{body} =~ /^\{/;

    my %sent;

    for my $part ([ '', $record->{body} ],
                  [ 'query ', $record->{query} // '' ]) {
        for my $pair (split /&/, $part->[1]) {
            my ($name, $value) = map { tr/+/ /r =~ s/%(..)/chr hex $1/ger }
                                 split /=/, $pair, 2;
            $sent{ $part->[0] . $name } = $value;
        }
    }

    return %sent;
}

# What the token requests of a provider were sent with: "grant" or the number of
# a refresh token.
sub used {
    my ($gateway, $name) = @_;

    my @used;

    for my $record ($gateway->endpoint->requests("/$name")) {
        my %sent = parameters($record);
        my $token = $sent{refresh_token};
        my $grant = $sent{grant_type} // $sent{'query grant_type'} // '';

        push @used, !defined $token ? 'grant'
                  : $grant ne 'refresh_token' ? "refresh_token with $grant"
                  : $token =~ s/^\Q@{[ canary('refresh') ]}\E-//r;
    }

    return @used;
}

# A gateway with a provider and a location for each name: name => [ lines of the
# provider, answers ].
sub gateway {
    my (%case) = @_;

    my ($http, $server) = ('', '');

    for my $name (sort keys %case) {
        my $lines = $case{$name}[0];

        $lines = "grant_type password; $user $lines" if $lines !~ /grant_type/;
        $http .= OAuth::Test::Gateway->block($name,
            "token_endpoint http://127.0.0.1:TOKEN_PORT/$name; $lines");
        $server .= "location /$name { oauth_token_provider $name;"
                   . " proxy_pass http://127.0.0.1:UPSTREAM_PORT; }\n";
    }

    my $gateway = OAuth::Test::Gateway->new(workers => 2, http => $http,
                                            server => $server);

    for my $name (keys %case) {
        my (undef, @answers) = @{ $case{$name} };
        $gateway->endpoint->answer("/$name", @answers);
    }

    return $gateway->start;
}

# Clients ask for what is behind the providers until each of these has had so
# many token requests: name => number.  Returns all statuses that they saw.
sub ask {
    my ($gateway, %wanted) = @_;

    my $end = time + PATIENCE;
    my (%status, @left);

    while (time < $end) {
        @left = grep { $gateway->endpoint->count("/$_") < $wanted{$_} }
                sort keys %wanted;
        last if !@left;

        $status{ $gateway->get("/$_")->{status} }++ for @left;
        sleep 0.05;
    }

    # The last one is still on its way.
    sleep 0.3;
    diag("too few token requests: @left") if @left;

    return join ' ', sort keys %status;
}


# to have a second attempt while the token still serves
my $soon = 'backoff 100ms 200ms; refresh_before 80%;';

# Each ends with a good answer that repeats, the wanted list with what that is
# for; "prefetch" is never asked for by a client.
my %case = (
    rotation => [ '', good(1), good(2), good(3) ],
    keeping  => [ '', good(1), good(undef) ],
    odd      => [ '', good(undef, fields => { refresh_token => 'a b' }) ],
    nothing  => [ '', good(undef) ],
    refused  => [ '', good(1), refused(), good(2), good(3) ],
    failing  => [ '', good(1), refused(), good(undef) ],
    ended    => [ '', good(1, fields => { refresh_expires_in => 1 },
                           expires_in => 4) ],
    stated   => [ '', good(1, fields => { refresh_token_expires_in => '60' }),
                  good(2) ],
    zero     => [ '', good(1, fields => { refresh_expires_in => 0 }), good(2) ],
    unnamed  => [ 'grant_type none;', good(1), good(2) ],
    query    => [ "grant_type password in=query; scope read in=query;"
                  . ' parameter username u in=query;', good(1), good(2) ],
    json     => [ 'body_format json;', good(1), good(2) ],
    body     => [ 'client_auth client_secret_post;', good(1), good(2) ],
    nested   => [ 'token_field data.token;',
                  { json => { data => { token => canary('token'),
                                        refresh_token => refresh(1) },
                              expires_in => 2 } } ],
    prefetch => [ 'prefetch on;', good(1), good(2), good(3) ],
    outage   => [ $soon, good(1, expires_in => 4), ({ status => 502 }) x 2,
                  good(2) ],
    lost     => [ $soon, good(1, expires_in => 4), refused(),
                  { status => 502 }, good(2) ],
    asked    => [ $soon, good(1, expires_in => 8),
                  { status => 500, headers => [ 'Retry-After', LATER ] },
                  good(2) ],
    refusing => [ $soon, good(1, expires_in => 8),
                  { %{ refused() }, headers => [ 'Retry-After', LATER ] },
                  good(2) ],
);

my %used = (
    rotation => [ 'grant', 1, 2 ],
    keeping  => [ 'grant', 1, 1 ],
    odd      => [ 'grant', 'grant' ],
    nothing  => [ 'grant', 'grant' ],
    refused  => [ 'grant', 1, 'grant', 2 ],
    failing  => [ 'grant', 1, 'grant', 'grant' ],
    ended    => [ 'grant', 'grant' ],
    stated   => [ 'grant', 1 ],
    zero     => [ 'grant', 1 ],
    unnamed  => [ 'grant', 'grant' ],
    query    => [ 'grant', 1 ],
    json     => [ 'grant', 1 ],
    body     => [ 'grant', 1 ],
    nested   => [ 'grant', 1 ],
    prefetch => [ 'grant', 1, 2 ],
    outage   => [ 'grant', 1, 'grant', 1 ],
    lost     => [ 'grant', 1, 'grant', 'grant' ],
    asked    => [ 'grant', 1, 1 ],
    refusing => [ 'grant', 1, 'grant' ],
);

# After the fetch that was to be seen others may follow.
sub first_used {
    my ($gateway, $name) = @_;

    my @seen = used($gateway, $name);
    my $n = @{ $used{$name} };

    return [ @seen > $n ? @seen[0 .. $n - 1] : @seen ];
}

{
    my $gateway = gateway(%case);
    my $end = time + PATIENCE;

    is(ask($gateway, map { $_ => scalar @{ $used{$_} } }
                     grep { $_ ne 'prefetch' } keys %used),
       '200', 'clients are served all the time');

    sleep 0.05 while $gateway->endpoint->count('/prefetch') < 3 && time < $end;

    is_deeply(first_used($gateway, $_), $used{$_}, "[B22] $_: @{ $used{$_} }")
        for sort keys %used;

    my ($first, $second) = $gateway->endpoint->requests('/rotation');
    my ($refresh, $grant) = ($gateway->endpoint->requests('/refused'))[1, 2];
    my %sent = parameters($second);

    is_deeply(\%sent,
              { grant_type => 'refresh_token', refresh_token => refresh(1),
                audience => 'aud' },
              'sent: grant, refresh token and what is the provider\'s own');
    is((grep { /^Authorization:/ } split /\r\n/, $second->{head})[0],
       (grep { /^Authorization:/ } split /\r\n/, $first->{head})[0],
       'from the same client');
    cmp_ok($grant->{time} - $refresh->{time}, '<', 0.5,
           'refused: the configured grant at once');
    is({ parameters($grant) }->{username}, 'u', 'with all that belongs to it');
    is({ parameters($grant) }->{scope}, 'read', 'and its scope');

    for my $name (qw(asked refusing)) {
        my (undef, $answered, $next) = $gateway->endpoint->requests("/$name");

        cmp_ok($next->{time} - $answered->{answered}, '>=', LATER - CLOCK,
               "$name: Retry-After, and nothing before, not even the grant");
    }

    (undef, $second) = $gateway->endpoint->requests('/query');
    is($second->{query}, 'grant_type=refresh_token',
       'in=query: the grant alone is in the URL');

    (undef, $second) = $gateway->endpoint->requests('/json');
    is_deeply(decode_json($second->{body}),
              { grant_type => 'refresh_token', refresh_token => refresh(1),
                audience => 'aud' }, 'in JSON');

    (undef, $second) = $gateway->endpoint->requests('/body');
    %sent = parameters($second);
    is("$sent{client_id} $sent{client_secret}", 'id ' . canary('secret'),
       'with the client in the body');
    ok(!grep({ $_->{uri} =~ /\Q@{[ canary('refresh') ]}\E/ }
             $gateway->endpoint->requests), '[G10] never in a URL');
    is(scalar(grep { !/"(?:outage|lost|asked|refusing)"/ }
              $gateway->errors), 0,
       'and none of this is an error');

    # this looks for all tokens in the logs
    $gateway->stop;
}


# There is no token any more, and clients wait for the one that is fetched.
{
    my $gateway = gateway(p1 => [ '', good(1, expires_in => 1), refused(),
                                  good(undef, expires_in => 60) ]);

    is($gateway->get('/p1')->{status}, 200, 'a first token');
    sleep 1.2;

    my $answer = $gateway->get('/p1');

    is("$answer->{status} $answer->{headers}{'x-cache'}", '200 MISS',
       'it has ended: the client does not notice that a refresh is refused');
    is_deeply([ used($gateway, 'p1') ], [ 'grant', 1, 'grant' ],
              'two token requests for it');
    is(scalar $gateway->errors, 0, 'and no error');
    $gateway->stop;
}


# The provider repeats what was sent.
{
    my $echo = refused('unknown token ' . refresh(1));
    my $gateway = gateway(p1 => [ '', good(1, expires_in => 1), $echo ]);

    $gateway->get('/p1');
    sleep 1.2;

    my $answer = $gateway->get('/p1');

    is("$answer->{status} $answer->{headers}{'x-error'}", '502 invalid_grant',
       'neither the refresh token nor the grant is taken');
    is_deeply([ used($gateway, 'p1') ], [ 'grant', 1, 'grant' ],
              'both were tried');
    like(($gateway->errors)[0] // 'none', qr/it shows a secret/,
         'the refresh token is not logged');
    $gateway->stop;
}


# It belongs to all workers, and to those after a reload.
{
    my $gateway = gateway(p1 => [ '', map { good($_) } 1 .. 20 ]);

    is(ask($gateway, p1 => 2), '200', 'a refresh');
    ok($gateway->nginx->reload, 'a reload');

    my $n = $gateway->endpoint->count('/p1');

    is(ask($gateway, p1 => $n + 2), '200', 'and two more');

    my @used = used($gateway, 'p1');

    is_deeply(\@used, [ 'grant', 1 .. $#used ], 'always with the newest');
    $gateway->configure(http => $gateway->{http}
                                =~ s/client_secret SECRET/client_secret 2-SECRET/r);
    ok($gateway->nginx->reload, 'a reload with another secret');
    $n = $gateway->endpoint->count('/p1');
    is(ask($gateway, p1 => $n + 1), '200', 'another client');
    is((used($gateway, 'p1'))[$n], 'grant', 'which has no refresh token yet');
    $gateway->stop;
}


SKIP: {
    my $gateway = OAuth::Test::Gateway->new(
        provider => "grant_type password; $user",
        server => 'location = /purge { oauth_token_purge; }');

    $gateway->endpoint->answer('/token', good(1, expires_in => 60));

    my ($code, $said) = $gateway->nginx->test;

    skip 'no oauth_token_purge', 3 if $said =~ /unknown directive/;

    $gateway->start;
    $gateway->get('/');
    is($gateway->nginx->post('/purge', '')->{status}, 204, 'a purge');
    is($gateway->get('/')->{status}, 200, 'a new token');
    is_deeply([ used($gateway, 'token') ], [ 'grant', 'grant' ],
              'the refresh token has gone with the old one');
    $gateway->stop;
}

done_testing();
