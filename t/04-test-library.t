# The checks of the test library itself: each of them can fail.

use strict;
use warnings;
use lib 't/lib';

use MIME::Base64 qw(encode_base64);
use Test::More;

use OAuth::Test::CA;
use OAuth::Test::Canary qw(canary found_in);
use OAuth::Test::Client qw(get post many request_bytes);
use OAuth::Test::Logs qw(problems);
use OAuth::Test::Nginx;
use OAuth::Test::TokenEndpoint;
use OAuth::Test::Upstream;


# Canaries: every form is found, another text is not.
{
    my $dir = File::Temp::tempdir(CLEANUP => 1);
    my $value = canary('secret', ':/+ &');
    my $core = canary('secret');

    my %form = (
        raw       => "a $value b",
        hex       => unpack('H*', "xx$value"),
        percent   => $value =~ s/(\W)/sprintf '%%%02X', ord $1/ger,
        form      => $value =~ s/ /+/gr =~ s/([^\w+])/sprintf '%%%02x', ord $1/ger,
        all       => $value =~ s/(.)/sprintf '%%%02x', ord $1/ger,
        base64    => encode_base64($value, ''),
        basic     => encode_base64("my-id:$value", ''),
        basic2    => encode_base64("my-id2:$value", ''),
        basic3    => encode_base64("my-id23:$value", ''),
        base64url => encode_base64("i:$value", '') =~ tr{+/=}{-_}dr,
    );

    for my $name (sort keys %form) {
        open my $out, '>', "$dir/$name" or die $!;
        print {$out} "line\n... \"$form{$name}\" ...\n";
        close $out or die $!;

        is_deeply([ found_in("$dir/$name") ],
                  [ "$dir/$name:2: canary \"secret\"" ], "canary as $name");
    }

    open my $out, '>', "$dir/clean" or die $!;
    print {$out} 'secret ', substr($core, -7), encode_base64('secret');
    close $out or die $!;

    is_deeply([ found_in("$dir/clean") ], [], 'no canary in another text');

    open $out, '>', "$dir/part" or die $!;
    print {$out} 'a piece: ', substr($core, -8), "\n";
    close $out or die $!;

    is_deeply([ found_in("$dir/part") ],
              [ "$dir/part:1: canary \"a part of secret\"" ],
              'eight bytes of a canary');
}


# Logs of a real nginx: a token in the access log and the debug log.
{
    my $upstream = OAuth::Test::Upstream->new;
    my $token = canary('token');

    my $nginx = OAuth::Test::Nginx->new;
    my ($port, $behind) = ($nginx->port, $upstream->port);

    $nginx->http(<<"END");
log_format own '\$http_authorization';
server {
    listen 127.0.0.1:$port;
    location /access {
        access_log logs/access.log own;
        return 204;
    }
    location /debug {
        proxy_set_header Authorization "Bearer $token";
        proxy_pass http://127.0.0.1:$behind;
    }
}
END
    $nginx->start;

    is($nginx->get('/debug')->{body}, "GET /debug Bearer $token\n",
       'the upstream shows what it got');
    is($nginx->get('/access', Authorization => "Bearer $token")->{status},
       204, 'nginx answers');

    ok($nginx->quit, 'nginx quits');
    ok(scalar(grep { /access\.log:\d+: canary "token"/ } $nginx->problems_found),
       'a token in the access log is a problem');
    ok(scalar(grep { /error\.log:\d+: canary "token"/ } $nginx->problems_found),
       'a token in the debug log is a problem');
}


# Other problems.
{
    my $dir = File::Temp::tempdir(CLEANUP => 1);

    for my $line ('[alert] 1#1: worker process 2 exited on signal 11',
                  '[crit] 1#1: x', '[emerg] 1#1: x',
                  '==1==ERROR: AddressSanitizer: heap-use-after-free',
                  'src/x.c:1:2: runtime error: shift') {
        open my $out, '>', "$dir/error.log" or die $!;
        print {$out} "fine\n$line\n";
        close $out or die $!;

        is_deeply([ problems($dir) ], [ "$dir/error.log:2: $line" ],
                  "a problem: $line");
    }
}


# The servers.
{
    my $endpoint = OAuth::Test::TokenEndpoint->new;

    $endpoint->answer('/token', { token => 'x-%d', delay => 0.2 });

    my @answers = many($endpoint->port, 10,
        map { { bytes => request_bytes('POST', '/token', 'a=b') } } 1 .. 300);

    is(scalar(grep { $_->{status} == 200 } @answers), 300, '300 clients at once');
    is($endpoint->count('/token'), 300, 'all recorded');

    my ($slowest) = sort { $b <=> $a } map { $_->{seconds} } @answers;
    cmp_ok($slowest, '<', 2, 'side by side');

    $endpoint->reset;
    $endpoint->answer('/token', { cut => 9, token => 'x' }, { rst => 1 },
                      { drip => 1000, body => 'x' x 200 }, { never => 1 });

    is(get($endpoint->port, '/token')->{raw}, 'HTTP/1.1 ', 'cut');
    is(get($endpoint->port, '/token')->{error}, 'Connection reset by peer', 'rst');
    cmp_ok(get($endpoint->port, '/token')->{seconds}, '>', 0.2, 'drip');
    is((many($endpoint->port, 0.2, { bytes => request_bytes('GET', '/token') }))[0]
           {error}, 'timeout', 'never');
    $endpoint->down;
    is(get($endpoint->port, '/token')->{error}, 'Connection refused', 'down');
    $endpoint->up;
    is(get($endpoint->port, '/no')->{status}, 404, 'up, nothing programmed');

    post($endpoint->port, '/x?a', 'body', 'X-A' => 1);
    is($endpoint->last_request('/x')->{raw},
       "POST /x?a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
       . "X-A: 1\r\nContent-Length: 4\r\n\r\nbody", 'every byte is recorded');
}


# Certificates: openssl itself is the judge.
{
    my $ca = OAuth::Test::CA->new;
    my %verdict = (
        good        => [ {}, 1 ],
        expired     => [ { expired => 1 }, 0 ],
        self_signed => [ { self_signed => 1 }, 0 ],
        wrong_name  => [ { san => [ 'DNS:other.example' ] }, 0 ],
    );

    for my $name (sort keys %verdict) {
        my ($option, $good) = @{ $verdict{$name} };
        my $cert = $ca->cert(%$option)->{cert};
        my $file = $ca->file;
        my $status = system "openssl verify -CAfile $file -verify_ip 127.0.0.1"
                            . " $cert > /dev/null 2>&1";

        is($status == 0 ? 1 : 0, $good, "certificate: $name");
    }
}

done_testing();
