package OAuth::Test::Tenants;

# A gateway whose provider has a client for each X-Tenant, and what a tenant
# gets there.  Tokens end with the tenant's name and a number that counts those
# of all tenants.

use strict;
use warnings;

use Exporter qw(import);

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Gateway;

our @EXPORT = qw(gateway answer many one ask got asked);


# Options as in OAuth::Test::Gateway.
sub gateway {
    my (%arg) = @_;

    my $gateway = OAuth::Test::Gateway->new(
        workers => 2, %arg,
        provider => 'client_id $http_x_tenant; client_secret SECRET-$arg_s;'
            . ($arg{provider} // ''),
    );

    answer($gateway);
    return $gateway->start;
}

# A good answer for all clients but those that have one of their own.
sub answer {
    my ($gateway, %more) = @_;

    return $gateway->endpoint->answer('/token', {
        token => canary('token') . '-%i-%d', %more });
}

# So many requests of a tenant.
sub many {
    my ($gateway, $n, $tenant) = @_;

    return $gateway->many(10, map {
        { bytes => request_bytes('GET', '/?s=x', undef,
                                 'X-Tenant', $tenant) }
    } 1 .. $n);
}

# One of them.
sub one { my ($answer) = many($_[0], 1, $_[1]); return $answer }

# "200 HIT", "502 ERROR timeout"
sub ask { return join ' ', map { $_->{status}, $_->{headers}{'x-cache'},
                                 $_->{headers}{'x-error'} // () } one(@_) }

# The number of the token that a tenant's request had upstream.
sub got {
    my $answer = one(@_);

    return $answer->{body} =~ /-\Q$_[1]\E-(\d+)\n\z/ ? $1 : 'wrong';
}

# How often the endpoint was asked by whom.
sub asked {
    my ($gateway, $tenant) = @_;

    return scalar grep {
        OAuth::Test::Server::Request::client($_) eq $tenant;
    } $gateway->endpoint->requests('/token');
}

1;
