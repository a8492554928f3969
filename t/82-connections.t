# What a hostile answer costs the worker, and what becomes of its connection.

use strict;
use warnings;
use lib 't/lib';

use Compress::Zlib ();
use JSON::PP qw(encode_json);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

use OAuth::Test::CA;
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Gateway;
use OAuth::Test::Hostile qw(chunk framed head memory);
use OAuth::Test::Nginx;
use OAuth::Test::TokenEndpoint;

use constant SLOW => ($ENV{OAUTH_TEST_BUILD} // '') eq 'sanitize';

# What one fetch may take, in kB: nginx's buffers, 9 of 32 kB, and our 64.
use constant PEAK => 1024;

# JSON that was read takes more, 100 times its length at most.
use constant READ => 100 * 64;

# CPU time of an answer of 64 kB, in seconds, and of how many it is taken.
use constant { CPU => 0.05, TIMES => SLOW ? 3 : 20 };

my $bad = canary('bad');
my $good = { token => canary('token') . '-%d', expires_in => 3600 };
my $json = encode_json({ access_token => $bad, expires_in => 3600 });
my $type = 'Content-Type: application/json';
my $length = 'Content-Length: ' . length $json;


# A worker's CPU time, in seconds.
sub cpu {
    my $pid = shift;

    open my $in, '<', "/proc/$pid/stat" or return 0;
    my @stat = split ' ', <$in> =~ s/\A.*\) //r;

    return ($stat[11] + $stat[12]) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# One after the other, with a key of its own for each: the most that one takes.
{
    my $text = ' ' x 65536;
    my %answer = (
        '[B10] an endless body' => { script => [ head('200 OK', $type),
                                                 { of => $text } ] },
        '[B10] 64 MB in chunks' => { script => [
            head('200 OK', 'Transfer-Encoding: chunked'),
            { times => 1024, of => chunk($text) } ] },
        '[B10] a chunk extension of 64 MB' => { script => [
            head('200 OK', 'Transfer-Encoding: chunked') . '5;',
            { times => 1024, of => $text } ] },
        '[B11] a header of 64 MB' => { script => [ "HTTP/1.1 200 OK\r\nX: ",
            { times => 1024, of => $text } ] },
        '[B11] headers without an end' => { script => [ "HTTP/1.1 200 OK\r\n",
            { of => "X: y\r\n" x 10_000 } ] },
        '[B13] a bomb: 60 MB in 60 kB' => { raw => framed('length',
            Compress::Zlib::memGzip(' ' x 60_000_000),
            'Content-Encoding: gzip') },
        '[B16] 102 for ever' => { script => [
            { of => head('102 Processing') x 1000 } ] },
        '[B20] 16,000 objects' => { body => '{"x":['
            . join(',', ('{}') x 16_000) . ']}' },
    );
    my $gateway = OAuth::Test::Gateway->new(
        provider => 'scope $arg_n; backoff 1ms 1ms;')->start;
    my ($worker) = $gateway->nginx->workers;

    # what the first request takes for good
    $gateway->get('/?n=0');

    for my $name (sort keys %answer) {
        my $before = memory($worker, 'RSS');

        open my $out, '>', "/proc/$worker/clear_refs" or die $!;
        print {$out} 5;
        close $out;

        $gateway->endpoint->fault('/token', $answer{$name});
        is($gateway->get("/?n=$name" =~ tr/ /_/r)->{status}, 502, $name);
        $gateway->endpoint->fault('/token', undef);
        sleep 0.02;

        my $took = memory($worker, 'HWM') - $before;

        ok(SLOW || $took < ($name =~ /B20/ ? READ : PEAK),
           "$name: takes little memory")
            or diag("$took kB");
    }

    is($gateway->get('/?n=last')->{status}, 200, 'the next one is served');
    $gateway->stop;
}


# Bodies that are dear to read.
{
    my $colliding = join ',', map { sprintf '"%c%c%c":0', 97 + $_ % 26,
                                    97 + $_ / 26 % 26, 97 + $_ / 676 } 0 .. 8000;
    my %body = (
        brackets => '[' x 65_000, names => "{$colliding}",
        strings  => '{"a":"' . '\u00e9' x 10_000 . '"}',
        numbers  => '{"a":[' . join(',', ('1.7e300') x 8000) . ']}',
        nested   => '{"a":[' . join(',', ('[[[[[[[[[[[[[]]]]]]]]]]]]]') x 2300)
                    . ']}',
    );

    for my $name (sort keys %body) {
        my $gateway = OAuth::Test::Gateway->new(level => 'error',
            provider => 'scope $arg_n; backoff 1ms 1ms; fetch_timeout 20s;')
            ->start;
        my ($worker) = $gateway->nginx->workers;
        my $before = cpu($worker);

        $gateway->endpoint->answer('/token', { body => $body{$name} });

        my @answers = $gateway->many(25, map {
            { bytes => request_bytes('GET', "/?n=$_") } } 1 .. TIMES);

        is(scalar(grep { $_->{status} == 502 } @answers), TIMES,
           "[B20] $name: no token");
        cmp_ok((cpu($worker) - $before) / TIMES, '<', SLOW ? 40 * CPU : CPU,
               '[B20] read in 50 ms of CPU');
        $gateway->stop;
    }
}


# Connections that are kept: answers, each of another fetch, and the numbers of
# the connections that the fetches came by.
{
    my $gateway = OAuth::Test::Gateway->new(
        http => 'upstream idp { server 127.0.0.1:TOKEN_PORT; keepalive 4; }',
        provider => 'token_endpoint http://idp/token; insecure_http on;'
                    . 'scope $arg_n;'
                    . 'backoff 1ms 1ms;');
    my $keep = { end => 'keep' };

    # newer nginx refuses these itself, and then they are asked for once more
    my @ours = OAuth::Test::Nginx::version() > 1.023 ? () : (
        [ 'a length and chunks', 502, { script => [
            head('200 OK', $length, 'Transfer-Encoding: chunked')
            . chunk($json) . "0\r\n\r\n", $keep ] } ],
        [ 'two lengths', 502, { script => [
            head('200 OK', $length, $length) . $json, $keep ] } ],
    );

    my @answers = (
        [ 'a good answer', 200, $good ],
        [ 'bytes after the answer', 200,
          { script => [ framed('length', $json) . 'HTTP/1.1 200 OK', $keep ] } ],
        @ours,
        [ 'a body too large', 502, { script => [
            framed('length', ' ' x 1_000_000), $keep ] } ],
        [ 'a good answer again', 200, $good ],
        [ 'the last one', 200, $good ],
    );

    $gateway->endpoint->answer('/token', map { $_->[2] } @answers);
    $gateway->start;

    for my $n (0 .. $#answers) {
        is($gateway->get("/?n=$n")->{status}, $answers[$n][1],
           "[B15] $answers[$n][0]");
        sleep 0.05;
    }

    my @came = map { $_->{connection} } $gateway->endpoint->requests('/token');

    is("@came", @ours ? '1 1 2 3 4 5 5' : '1 1 2 3 3',
       '[B15] a connection is not used again but after a good answer');
    $gateway->stop;
}

# A connection that was kept, and that is closed when it is used.
for my $end (qw(close rst)) {
    my $gateway = OAuth::Test::Gateway->new(
        http => 'upstream idp { server 127.0.0.1:TOKEN_PORT; keepalive 4; }',
        provider => 'token_endpoint http://idp/token; insecure_http on;'
                    . 'scope $arg_n;');

    $gateway->endpoint->answer('/token', $good,
                               { script => [ { end => $end } ] }, $good);
    $gateway->start;
    is($gateway->get('/?n=1')->{status}, 200, 'a connection is kept');

    my $answer = $gateway->get('/?n=2');

    is("$answer->{status} $answer->{body}", '200 GET /?n=2 '
       . $gateway->token(3) . "\n", "[E9] $end as it is used again: no matter");
    cmp_ok($answer->{seconds}, '<', 1, '[E9] which takes no time');
    is(join(' ', map { $_->{connection} } $gateway->endpoint->requests('/token')),
       '1 1 2', '[E9] by a new connection');
    is(scalar $gateway->errors, 0, 'and is no failure');
    $gateway->stop;
}


# TLS that ends without its end: nginx cannot tell, so no part may be taken.
{
    my $ca = OAuth::Test::CA->new;
    my $endpoint = OAuth::Test::TokenEndpoint->new(tls => $ca->cert);
    my $gateway = OAuth::Test::Gateway->new(endpoint => $endpoint,
        provider => 'token_endpoint https://localhost:TOKEN_PORT/token;'
                    . 'proxy_ssl_trusted_certificate ' . $ca->file . ';'
                    . 'scope $arg_n; backoff 1ms 1ms;')->start;
    my @parts = map { substr framed('close', $json), 0, -$_ } 1, 2, 10, 40;

    push @parts, substr(framed('length', $json), 0, -1),
                 substr(framed('chunks', $json), 0, -4);

    for my $n (0 .. $#parts) {
        $endpoint->fault('/token', { script => [ $parts[$n],
                                                 { end => 'cut' } ] });
        is($gateway->get("/?n=$n")->{status}, 502,
           "[B14] TLS without its end, part $n");
        sleep 0.01;
    }

    is($gateway->upstream->count, 0, '[B14] nothing goes upstream');
    $gateway->stop;
}


# Nothing of an answer is written anywhere.
{
    my $gateway = OAuth::Test::Gateway->new(http => 'proxy_buffers 8 4k;'
        . 'proxy_busy_buffers_size 8k; proxy_max_temp_file_size 100m;');

    $gateway->endpoint->answer('/token', { %$good,
        fields => { x => 'y' x 60_000 } });
    $gateway->start;
    is($gateway->get('/')->{status}, 200, 'a long answer');
    is(join(' ', grep { -f || m{/\d+\z} } glob $gateway->nginx->dir
                                               . '/temp/*/*'),
       '', '[B25] no file is made of it');
    $gateway->stop;
}

done_testing();
