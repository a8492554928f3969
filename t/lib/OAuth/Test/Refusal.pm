package OAuth::Test::Refusal;

# A gateway with a provider and a location for each case, whose upstream
# refuses the first token of each provider from now on.  A token younger than
# five seconds is not dropped: all of them are got first, then time passes.

use strict;
use warnings;

use Exporter qw(import);
use Time::HiRes qw(sleep);

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;

our @EXPORT_OK = qw(refusing tokens_of dropped fresh);

use constant OLD => 5.3;


# Options: cases: { NAME => lines of location /NAME/ }; providers: { NAME =>
# lines of its block }; young: names whose token is not to be old; all others
# are those of OAuth::Test::Gateway.
sub refusing {
    my (%arg) = @_;

    my %case = %{ delete $arg{cases} };
    my %young = map { $_ => 1 } @{ delete $arg{young} // [] };
    my %block = %{ delete $arg{providers} // {} };
    my ($http, $server) = map { delete $arg{$_} // '' } qw(http server);

    my $gateway = OAuth::Test::Gateway->new(
        %arg,
        http => $http . join('', map {
            OAuth::Test::Gateway->block($_,
                "token_endpoint http://127.0.0.1:TOKEN_PORT/$_;"
                . ($block{$_} // ''))
        } sort keys %case),
        server => $server . join('', map { _location($_, $case{$_}) }
                                     sort keys %case),
    );

    for my $name (keys %case) {
        $gateway->endpoint->answer("/$name",
                                   { token => canary('token') . '-%d' });
    }

    $gateway->start;
    my @old = grep { !$young{$_} } sort keys %case;

    _warm($gateway, @old);
    sleep OLD if @old;
    _warm($gateway, sort keys %young);

    return $gateway;
}

sub _location {
    my ($name, $lines) = @_;

    my $own = $lines =~ s/\{.*?\}//gr;

    $lines .= "oauth_token_provider $name;"
        if $own !~ /oauth_token_provider/;
    $lines .= 'proxy_pass http://127.0.0.1:UPSTREAM_PORT;'
        if $own !~ /_pass\s/;

    return "location /$name/ { $lines }\n";
}

sub _warm {
    my ($gateway, @names) = @_;

    for my $name (@names) {
        my $answer = $gateway->get("/$name/warm");

        die "/$name/warm: $answer->{raw}" if $answer->{status} != 200;
    }

    return;
}


# From now on this path answers the first token with this (a 401 by default),
# all others as told, with an echo by default.
sub fresh {
    my ($gateway, $path, $refusal, $answer) = @_;

    $gateway->upstream->answer($path, {
        %{ $answer // { echo => 1 } },
        tokens => { 1 => $refusal // { status => 401, body => "refused\n" } },
    });

    return;
}


# "1 2": the numbers of the tokens that a path of the upstream has seen.
sub tokens_of {
    my ($gateway, $path) = @_;

    return join ' ', map { $_->{authorization} =~ /\ABearer \S+-(\d+)\z/
                               ? $1 : 'none' }
                     $gateway->upstream->brief($path);
}

# Lines of the error log that tell of a drop, by provider.
sub dropped {
    my ($gateway, $name) = @_;

    return scalar grep { /access token refused while .*"$name", http: \d+/ }
                  split /\n/, $gateway->nginx->error_log;
}

1;
