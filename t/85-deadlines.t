# Token endpoints that take their time, in every way: none of them takes more of
# it than fetch_timeout.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::CA;
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway qw(clients tally);
use OAuth::Test::Hostile qw(check_cases chunk head memory);
use OAuth::Test::TokenEndpoint;

use constant TIMEOUT => 1;

# A crowd that waits in vain needs some time to come, on a slow build; it waits
# so long, and is told so much later at most.
use constant SLOW => ($ENV{OAUTH_TEST_BUILD} // '') eq 'sanitize';
use constant { CROWD => SLOW ? 8 : 2, LATE => SLOW ? 4 : 1 };

# Memory of a client that waits, at most, in kB.
use constant EACH => SLOW ? 400 : 40;

my $bad = canary('bad');
my $json = qq({"access_token":"$bad","expires_in":3600000});
my $ok = head('200 OK', 'Content-Length: ' . length $json);
my $chunked = head('200 OK', 'Transfer-Encoding: chunked');
my $hang = { end => 'hang' };

# Pieces, one every tenth of a second: each of nginx's own timeouts begins anew.
sub slowly { return map { ($_, { wait => 0.1 }) } @_ }

sub steps { return { script => [ @_ ] } }

my @cases = (
    [ 'silence', { never => 1 } ],
    [ 'one byte of the status line', steps('H', $hang) ],
    [ 'half a header', steps(substr($ok, 0, 40), $hang) ],
    [ 'no body', steps($ok, $hang) ],
    [ 'half a body', steps($ok . substr($json, 0, 20), $hang) ],
    [ 'half a body and FIN', steps($ok . substr($json, 0, 20),
        { wait => 2 * TIMEOUT }, { end => 'fin' }) ],
    [ 'a body without an end', steps(head('200 OK') . $json, $hang) ],
    [ 'no last chunk', steps($chunked . chunk($json), $hang) ],
    [ 'half a chunk', steps($chunked . substr(chunk($json), 0, 30), $hang) ],
    [ 'half the size of a chunk', steps($chunked . '3', $hang) ],
    [ 'no end of the trailers', steps($chunked . chunk($json) . "0\r\nX: y\r\n",
        $hang) ],
    [ 'a header byte by byte', steps(slowly(split //, $ok), $json) ],
    [ 'a header line by line', steps("HTTP/1.1 200 OK\r\n",
        slowly(("X: y\r\n") x 30)) ],
    [ 'a body byte by byte', steps($ok, slowly(split //, $json)) ],
    [ 'chunks of a byte', steps($chunked,
        slowly(map { chunk($_) } split //, $json)) ],
    [ 'an extension of a chunk', steps($chunked, '5;', slowly(('x') x 40)) ],
    [ '102 again and again', steps(slowly((head('102 Processing')) x 15),
        $hang) ],
    [ '100 and silence', steps(head('100 Continue'), $hang) ],
    [ 'an error without an end', steps(head('400 Bad'), slowly(('x') x 40)) ],
);

# These have a port of their own.
my @apart = (
    [ 'SYNs that nobody answers', hole => 1 ],
    [ 'a request that nobody reads',
      early => { after => 1, script => [ $hang ] } ],
    [ 'no handshake of TLS', early => { after => 0, script => [ $hang ] },
      scheme => 'https' ],
    [ 'half a handshake of TLS', scheme => 'https',
      early => { after => 1, script => [ "\x16\3\3", $hang ] } ],
    [ 'a handshake of TLS, record by record', scheme => 'https',
      early => { after => 1, script => [ "\x16\3\3\x20\0\2\0\x1f\xfc\3\3",
                                         slowly(("\0") x 40) ] } ],
);

my $ca = OAuth::Test::CA->new;
my $trust = 'proxy_ssl_trusted_certificate ' . $ca->file . ';'
            . 'proxy_ssl_name localhost;';

check_cases([
    (map { { name => "[E7] $_->[0]", answer => $_->[1],
             want => '504 timeout' } } @cases),
    (map { my ($name, %how) = @$_; {
        name => "[E7] $name", want => '504 timeout', %how,
        server => OAuth::Test::TokenEndpoint->new(
                      $how{scheme} ? (tls => $ca->cert) : ()),
        provider => $how{scheme} ? $trust : '',
    } } @apart),
], timeout => TIMEOUT);


# Many clients that wait in vain: so many as may, for so long, and no more.
{
    my $endpoint = OAuth::Test::TokenEndpoint->new;
    my $gateway = OAuth::Test::Gateway->new(endpoint => $endpoint,
        provider => 'max_waiting 100; backoff 100ms 100ms;'
                                     . 'fetch_timeout ' . CROWD . 's;');

    $endpoint->hole;
    $gateway->start;

    my ($worker) = $gateway->nginx->workers;
    my $before = memory($worker, 'RSS');
    my @answers = $gateway->many(CROWD + 10, clients(400, '/'));
    my @refused = grep { $_->{status} == 503 } @answers;

    is(tally(@answers), '503 ERROR: 300, 504 ERROR: 100',
       '[E10] max_waiting wait, the others do not');
    cmp_ok((sort { $b <=> $a } map { $_->{seconds} } @refused)[0], '<',
           CROWD - 0.1, '[E10] they get 503 at once');
    cmp_ok((sort { $b <=> $a } map { $_->{seconds} } @answers)[0], '<',
           CROWD + LATE, '[E10] the others 504 when the time is over');
    cmp_ok(memory($worker, 'HWM') - $before, '<', EACH * @answers,
           '[E10] with little memory for each');
    is(scalar $gateway->errors, 1, 'and one line in the log');

    $endpoint->up;
    $endpoint->answer('/token', { token => canary('token') });
    sleep 0.3;
    is($gateway->get('/')->{status}, 200, '[E10] then service goes on');
    $gateway->stop;
}

done_testing();
