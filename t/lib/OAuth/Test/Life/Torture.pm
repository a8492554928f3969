package OAuth::Test::Life::Torture;

# Every allocation fails in turn: of the configuration, and of requests of every
# kind.  On a checked build each piece of a pool is an allocation of its own.

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(min);
use Test::More;

use OAuth::Test::CA;
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Faults qw(ANY);
use OAuth::Test::Gateway;
use OAuth::Test::JWS qw(new_key);
use OAuth::Test::Life qw(slow);
use OAuth::Test::TokenEndpoint;

our @EXPORT = qw(tortured_configuration tortured_requests);

# A token must be that old to be dropped, and a while more, in seconds.
use constant OLD => 5.3;

# The longest that anything may take, in seconds.
use constant PATIENCE => slow() ? 20 : 8;

# When a token that lives for so long is due for a refresh, in seconds.
use constant { LIFE => 1, DUE => 0.11 };

# How long all is quiet before the next turn, in seconds.
use constant { QUIET => 0.002, STEPS => 400 };

# Every text of a token request, an answer and a header that there is.
my $rich = <<'END';
client_auth private_key_jwt kid=1;
signing_key file:pem alg=ES256 kid=k;
assertion_claim sub $arg_t;
assertion_lifetime 30s;
parameter nonce $oauth_token_nonce;
parameter audience "a b";
compute digest hmac_sha256 $oauth_token_nonce key=SECRET;
compute plain sha512 $arg_t;
parameter digest $oauth_token_digest;
scope "read write";
body_format json;
request_header X-Id $oauth_token_uuid;
header X-Both both;
upstream_header X-Tenant $oauth_token_tenant;
inject_header X-Token "token $oauth_access_token";
capture tenant organization.id;
capture list list;
token_field data.token access_token;
token_lifetime default=1h max=2h;
END

$rich =~ s/ kid=1;/;/;

# nginx tells of its own keys for HTTP/3 at this level only, and OpenSSL may have
# lost an algorithm to an allocation that the module made fail.
my $nginx_says_low = qr/\[info\] .* ngx_hkdf_\w+\(\w+\) failed \(SSL:/;

# name => lines of the provider
my %provider = (
    cold => '',
    rich => $rich,
    exchange => 'client_auth client_secret_post; grant_type token_exchange;'
        . 'subject_token $arg_t; actor_token SECRET type=urn:x:actor;',
    refresh => 'client_auth none; grant_type password; username u;'
        . 'password SECRET; refresh_before 90%;'
        . 'expires_field expires_in unit=ms; token_lifetime min=10ms;',
    tls => 'proxy_ssl_trusted_certificate CA_FILE;',
    issued => 'issuer http://127.0.0.1:TOKEN_PORT/issuer;',
    refused => '',
);

# What a request is for: its URI, where N is the number of the turn.  "again":
# there is a token before, "later": it is due for a refresh, "old": upstream
# refuses it, "purge": this one's is dropped, "times": it has thousands of
# allocations, of which fewer fail, "good": what it may be answered with
# (anything that is no token and no error of ours is wrong).
my @kinds = (
    { name => 'a first token', uri => '/cold?t=N' },
    { name => 'a token of the cache', uri => '/warm?t=0', again => 1 },
    { name => 'an assertion, captures, hashes', uri => '/rich?t=N' },
    { name => 'a token for another', uri => '/exchange?t=N' },
    { name => 'an answer over TLS', uri => '/tls?t=N', times => 41 },
    { name => 'metadata of an issuer', uri => '/issued?t=0',
      purge => 'issued' },
    { name => 'a refusal by the provider', uri => '/refused?t=N',
      good => qr/\A50[0234]\z/, refused => 1 },
    { name => 'a refresh in the background', uri => '/refresh?t=N',
      again => 1, later => 1 },
    { name => 'a POST with a body', uri => '/cold?t=pN', body => 'x' x 40000 },
    { name => 'a token that upstream refuses', uri => '/retry?t=oN', old => 1,
      good => qr/\A(?:200|401|50[0234])\z/ },
);


sub _gateway {
    my (%arg) = @_;

    my $ca = OAuth::Test::CA->new;
    my $tls = OAuth::Test::TokenEndpoint->new(
        tls => $ca->cert(san => ['DNS:localhost']));
    my $trust = 'proxy_ssl_trusted_certificate ' . $ca->file . ';';

    # a checked build takes long enough without a debug log
    my $gateway = OAuth::Test::Gateway->new(
        level => slow() ? 'error' : 'debug', %arg,
        provider => $trust,
        http => 'oauth_token_zone zone=z:4m;' . join('', map {
            my $lines = $provider{$_} =~ s/CA_FILE/$ca->file/er;

            my $where = $_ eq 'tls' ? 'https://localhost:' . $tls->port
                                    : 'http://127.0.0.1:TOKEN_PORT';

            $lines .= "token_endpoint $where/$_?t=\$arg_t;"
                if $lines !~ /issuer/;
            $lines .= $trust if $lines !~ /trusted/;
            OAuth::Test::Gateway->block(
                $_, "$lines zone z; backoff 10ms 10ms;");
        } sort keys %provider),
        server => join('', map {
            "location /$_ { oauth_token_provider $_;"
            . " proxy_pass http://127.0.0.1:UPSTREAM_PORT; }\n"
        } sort keys %provider) . <<'END',
location /warm { oauth_token_provider cold;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT; }
location /retry { oauth_token_provider cold;
    proxy_pass http://127.0.0.1:UPSTREAM_PORT; }
location /purge { oauth_token_purge; }
END
    );

    $gateway->nginx->file('conf/pem', new_key('P-256'));
    _answers($gateway, $tls);
    $gateway->{tls} = $tls;

    return $gateway;
}

sub _answers {
    my ($gateway, $tls) = @_;

    my $endpoint = $gateway->endpoint;
    my $base = 'http://127.0.0.1:' . $endpoint->port;
    my $good = { token => canary('token') . '-%d', fields => {
        organization => { id => 'a' }, list => 1, refresh_token => 'r' x 40 } };

    $_->answer('/tls', $good) for $tls;
    $endpoint->answer("/$_", $good) for qw(cold rich exchange);
    $endpoint->answer('/refresh', { %$good, expires_in => 1000 * LIFE });
    $endpoint->answer('/token', $good);
    $endpoint->answer('/refused', { status => 400, json => {
        error => 'invalid_scope', error_description => 'a scope' } });
    $endpoint->answer('/issuer/.well-known/openid-configuration', { json => {
        issuer => "$base/issuer", token_endpoint => "$base/token" } });

    return;
}


# "nginx -t", as each of the module's allocations fails; every step-th, and of
# those that OpenSSL makes for it, too, when "deep" says so.
sub tortured_configuration {
    my ($step, $deep) = @_;

    my $gateway = _gateway();
    my ($nginx, $faults) = ($gateway->nginx, OAuth::Test::Faults->new);
    my ($turns, @crashed, @silent, @accepted) = (0);

    for (my $n = 1; ; $n += $step) {
        $faults->arm(ANY, memory => { first => $n,
                                       inside => $deep ? 1 : 2 });

        my $before = length $nginx->error_log;
        my ($code, $text) = $faults->around(sub { $nginx->test });
        my (undef, $failed, $caller) = $faults->seen('memory');

        last if !$failed;
        $turns++;

        # a library may do without, nginx and the module do not, but where the
        # module only wipes what it gets
        my $own = $caller !~ /^lib|secret_scrub/;
        my $where = "$n ($caller)";

        push @crashed, $where if $? & 127 || $code > 1
                                 || $text =~ /Sanitizer|runtime error/;
        push @accepted, $where if $own && $code == 0;
        push @silent, $where
            if $code == 1 && $text !~ /\[(?:emerg|alert)\]/
               && substr($nginx->error_log, $before) !~ $nginx_says_low;
    }

    note "nginx -t: $turns turns";
    cmp_ok($turns, '>', 5, '[I16] nginx -t, as allocations fail');
    is("@crashed", '', '[I16] it does not crash');
    is("@accepted", '', '[I16] is refused');
    is("@silent", '', '[I16] with the reason');
    $faults->disarm;

    return;
}


# Requests of every kind, as every step-th allocation of the worker fails, and
# so many after it.
sub tortured_requests {
    my ($step, $width) = @_;

    my $gateway = _gateway(allow => qr/\[(?:alert|crit|emerg)\].*(?x:
        memory|alloc|SSL|\(12:|\ still\ waiting)/);
    my $faults = OAuth::Test::Faults->new;

    $faults->around(sub { $gateway->start });

    my ($worker) = $gateway->nginx->workers;
    my $self = { gateway => $gateway, faults => $faults, worker => $worker,
                 step => $step, width => $width };

    _age($self) if grep { $_->{old} } @kinds;
    _walk($self, $_) for @kinds;

    is(join(' ', $gateway->nginx->workers), $worker,
       '[I16] the worker is the same');
    is(scalar(grep { !/^(?:Authorization: Bearer|X-Token: token) \S/m }
              map { $_->{head} } $gateway->upstream->requests), 0,
       '[I16] no request went upstream without its token');
    $faults->disarm;
    $gateway->stop(PATIENCE);

    return;
}

# Tokens that are old enough to be dropped, and refused from then on.
sub _age {
    my $self = shift;

    my $gateway = $self->{gateway};

    for my $n (map { 1 + $_ * $self->{step} } 0 .. STEPS - 1) {
        die "no token\n" if $gateway->get("/retry?t=o$n")->{status} != 200;
    }

    $gateway->upstream->answer('/retry', { echo => 1, tokens => {
        map { ($_ => { status => 401, body => "refused\n" }) } 1 .. STEPS } });
    sleep OLD;

    return;
}

sub _walk {
    my ($self, $kind) = @_;

    my %bad = map { $_ => [] } qw(hung wrong next);
    my ($turns, %seen) = (0);
    my $begun = time;

    for (my $n = 1; ; $n += $self->{step} * ($kind->{times} // 1)) {
        my $failed = _turn($self, $kind, $n, \%bad, \%seen);

        last if !$failed || $turns++ > 5000;
    }

    note sprintf '%s: %d turns, %.1f s: %s', $kind->{name}, $turns,
         time - $begun, join ', ', map { "$_: $seen{$_}" } sort keys %seen;
    cmp_ok($turns, '>', 3, "[I16] $kind->{name}, as each allocation fails");
    is("@{ $bad{hung} }", '', '[I16] it does not hang');
    is("@{ $bad{wrong} }", '', '[I16] it is served or refused');
    is("@{ $bad{next} }", '', '[I16] and the next one is served');

    return;
}

# Returns whether an allocation has failed.
sub _turn {
    my ($self, $kind, $n, $bad, $seen) = @_;

    my ($gateway, $faults) = @$self{qw(gateway faults)};
    my $uri = $kind->{uri} =~ s/N/$n/r;
    my $ask = sub {
        my $method = defined $kind->{body} ? 'POST' : 'GET';

        return OAuth::Test::Client::request($gateway->port, $method, $uri,
                                            $kind->{body});
    };

    $gateway->nginx->post("/purge?provider=$kind->{purge}", '')
        if $kind->{purge};
    $ask->() if $kind->{again};
    sleep DUE if $kind->{later};

    $faults->arm($self->{worker}, memory => { first => $n,
                                              width => $self->{width} });

    my $answer = $ask->();

    _quiet($faults, $n) if $kind->{later} || $answer->{status} != 200;
    my (undef, $failed, $caller) = $faults->seen('memory');
    $faults->stop;

    my $good = $kind->{good} // qr/\A(?:200|50[0234])\z/;
    my $what = "$n ($caller: $answer->{status})";

    $seen->{ $answer->{status} }++;
    push @{ $bad->{hung} }, $what
        if ($answer->{error} // '') eq 'timeout';
    push @{ $bad->{wrong} }, $what
        if !$answer->{error} && $answer->{raw} ne ''
           && $answer->{status} !~ $good;
    push @{ $bad->{next} }, $what if !_serves($kind, $ask);

    return $failed;
}

# Waits until the worker allocates nothing more.
sub _quiet {
    my ($faults, $n) = @_;

    my $seen = -1;

    for (1 .. 100) {
        my ($now) = $faults->seen('memory');

        return if $now == $seen;
        $seen = $now;
        sleep QUIET;
    }

    return;
}

# Whether there is a token now; after a pause, that may be.
sub _serves {
    my ($kind, $ask) = @_;

    my $end = time + PATIENCE;
    my $wanted = $kind->{refused} ? 502 : 200;

    while (time < $end) {
        return 1 if $ask->()->{status} == $wanted;
        sleep 0.01;
    }

    return 0;
}

1;
