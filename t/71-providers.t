# Real token endpoints: of each that t/data/providers.table has as working, the
# request that it documents, what follows from its answer, and the headers that
# its API wants.  The same of each example.  One nginx has them all, under their
# own names.

use strict;
use warnings;
use lib 't/lib';

use File::Basename qw(basename);
use Test::More;

use OAuth::Test::CA;
use OAuth::Test::Nginx;
use OAuth::Test::Table qw(rows expand form_of);
use OAuth::Test::Upstream;

# seconds that may pass between a token and what is said of its lifetime
use constant SLACK => 5;

# of these each request has its own, or the test looks elsewhere
my %aside = map { $_ => 1 } qw(host connection content-length);

my @providers = rows('t/data/providers.table');
my @examples = map { { %$_, name => "$_->{name}.conf" } }
               rows('t/data/examples.table');
my @rows = (@providers, @examples);
my @works = grep { $_->{state} eq 'works' } @rows;

my $ca = OAuth::Test::CA->new;
my $cert = $ca->cert(cn => 'gateway');
my $rsa_key = $ca->rsa_key;
my $nginx = OAuth::Test::Nginx->new;
my $api = OAuth::Test::Upstream->new;
my %host = map { host($_) => needs_certificate($_) } grep { $_->{request} }
           @rows;
my @server = map { tls_server($_) } 0, 1;


# The host of the row's token endpoint, the name under which nginx finds the
# server of the test, whatever the port.
sub host {
    my $row = shift;

    my ($host) = $row->{request} =~ m{^\w+ https://([^/:]+)};

    return $host // die "$row->{name}: no host";
}

sub needs_certificate { return $_[0]{request} =~ /^by certificate$/m ? 1 : 0 }

# One that wants the client's certificate, or not, for the hosts that do.
sub tls_server {
    my $wants = shift;

    return OAuth::Test::Upstream->new(tls => $ca->cert(
        cn => 'provider',
        san => [ map { "DNS:$_" } grep { $host{$_} == $wants } keys %host ],
        client_ca => $wants ? $ca->file : undef,
    ));
}

sub server_of { return $server[ needs_certificate($_[0]) ] }


# The text of http{} for some rows.
sub configuration {
    my @configured = @_;

    my $port = $nginx->port;
    my $locations = join '', map { location($_) } @configured;
    my %at = map { host($_) => server_of($_)->port } @configured;

    return join('', map { "upstream $_ { server 127.0.0.1:$at{$_}; }\n" }
                    sort keys %at)
           . join('', map { provider($_) } @configured)
           . <<"END";
server {
    listen 127.0.0.1:$port;
    add_header X-Left \$oauth_token_expires_in always;
    add_header X-Error \$oauth_token_error always;
$locations}
END
}

sub provider {
    my $row = shift;

    my $text = expand($row, $row->{text}, undef, CERT => $cert->{cert},
                      KEY => $cert->{key}, RSAKEY => $rsa_key);
    my $trusted = $ca->file;

    $text =~ s{(https://[^/:;\s]+):\d+}{$1}g;

    return expand($row, $row->{http}) . <<"END";
oauth_provider $row->{name} {
$text
    prefetch off;
    proxy_ssl_trusted_certificate $trusted;
}
END
}

sub location {
    my $row = shift;

    my $url = 'http://127.0.0.1:' . $api->port;
    my $text = expand($row, $row->{location}, undef, API => $url);

    $text .= "proxy_pass $url;\n" if $text !~ /^proxy_pass /m;

    return <<"END";
location /$row->{name}/ {
    oauth_token_provider $row->{name};
    $text
}
END
}


# What the row says of a request to one of the two sides.
sub wanted {
    my ($row, $text, $record) = @_;

    my ($head, $body) = split /^\n/m, expand($row, $text, $record), 2;
    my ($line, @headers) = split /\n/, $head;

    $line =~ s{https://[^/]+}{};
    chomp($body //= '');

    return form_of($line, \@headers, $body);
}

# The same of what arrived; standard: headers that stand in no row.
sub got {
    my ($record, $line, @standard) = @_;

    my %standard = map { $_ => 1 } @standard;
    my @headers = grep { !$standard{$_} } map { join ': ', @$_ }
                  grep { !$aside{ lc $_->[0] } } @{ $record->{headers} };

    push @headers, 'by certificate' if $record->{client_cn};

    return form_of($line, \@headers, $record->{body});
}


# Programs the answer of the row at the path of its request.
sub program {
    my $row = shift;

    my $text = expand($row, $row->{answer});
    my ($path) = $row->{request} =~ m{^\w+ https://[^/]+([^?\s]*)};
    my ($status, $headers) = (200, '');

    if ($text =~ s/\AHTTP (\d+)\n(.*?)^\n//ms) {
        ($status, $headers) = ($1, $2);
    }

    chomp $text if $text !~ /^\{/;
    server_of($row)->answer($path, {
        status => $status, body => $text,
        headers => [ map { split /: /, $_, 2 } split /\n/, $headers ],
    });

    return $path;
}

# One request through the row's provider: a list of what, got and wanted.
sub facts {
    my $row = shift;

    my $server = server_of($row);
    my $path = program($row);
    my $uri = "/$row->{name}/api";
    my @client = map { split /: /, $_, 2 } split /\n/, $row->{client};
    my $answer = $nginx->get("$uri?a=b", @client);
    my ($token) = grep { ($_->{sni} // '') eq host($row) }
                  reverse $server->requests($path);
    my $up = $api->last_request($uri);

    if (!$token || !$up) {
        my $error = $answer->{headers}{'x-error'} // 'no error';

        return [ 'a request on both sides', "$answer->{status} $error", '200' ];
    }

    my $line = $row->{upstream} =~ /^GET / ? '' : "GET $uri?a=b\n";
    my ($host) = map { $_->[1] } grep { lc $_->[0] eq 'host' }
                 @{ $token->{headers} };

    return (
        [ 'the token request',
          got($token, $token->{line}, 'Accept: application/json'),
          wanted($row, $row->{request}, $token) ],
        [ 'its host', $host, host($row) ],
        [ 'the lifetime', lifetime($answer, $row->{lifetime} + 0),
          $row->{lifetime} + 0 ],
        [ 'what the API gets', got($up, $up->{line}),
          wanted($row, $line . $row->{upstream}, $up) ],
    );
}

# This many seconds, when they are left but for what the test has taken.
sub lifetime {
    my ($answer, $seconds) = @_;

    my $left = $answer->{headers}{'x-left'} // 'none';

    return $left if $left !~ /\A\d+\z/;
    return $left <= $seconds && $left >= $seconds - SLACK ? $seconds : $left;
}

sub start {
    $nginx->http(configuration(@_));
    $nginx->start;
    return;
}


is_deeply([ sort map { $_->{name} } @examples ],
          [ sort map { basename($_) } glob 'conf.examples/*.conf' ],
          'every example has a row');

start(@works);

for my $row (@works) {
    is($_->[1], $_->[2], "$row->{name}: $_->[0]") for facts($row);
}

is(scalar $api->requests, scalar @works, 'no request without its row');
$nginx->stop;

# A row that waits for a feature is not to wait longer than that.

my @early;

$nginx = OAuth::Test::Nginx->new(allow => qr/\[emerg\]/);

for my $row (grep { $_->{state} eq 'pending' } @rows) {
    $nginx->http(configuration($row));

    if (($nginx->test)[0] == 0) {
        push @early, $row;

    } else {
        pass("$row->{name} waits for: $row->{feature}");
    }
}

start(@early) if @early;

for my $row (@early) {
    isnt(scalar(grep { $_->[1] ne $_->[2] } facts($row)), 0,
         "$row->{name} waits for: $row->{feature}");
}

$nginx->stop;

my %in = map { my $state = $_;
               $state => scalar grep { $_->{state} eq $state } @providers }
         qw(works pending not none);

my $all = @providers - $in{none};

open my $in, '<', 'README.md' or die "README.md: $!";
my $readme = do { local $/; <$in> } =~ s/\s+/ /gr;

cmp_ok(index($readme, "$in{works} of $all token endpoints work"), '>', 0,
       'README.md says how many work')
    or diag "$in{works} of $all";
is(join(' ', grep { index($readme, "`$_`") < 0 }
             map { $_->{name} } grep { $_->{state} eq 'works' } @examples), '',
   'README.md names every example');

done_testing();
