package OAuth::Test::Life::Random;

# A token endpoint that answers with noise: random bytes, and good answers with
# bytes changed, left out, put in, or moved.  What must not happen, whatever it
# sends.

use strict;
use warnings;

use Exporter qw(import);
use Test::More;

use OAuth::Test::Build qw(checked);
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway;
use OAuth::Test::Hostile qw(framed head memory);
use OAuth::Test::Life qw(slow);

our @EXPORT = qw(noise);

# Fetches at a time, each with a key of its own.
use constant MANY => 20;

# Seconds of one fetch; noise may look like an answer that goes on.
use constant TIMEOUT => 1;

# What noise may leave in a worker, in kB, after its first round.
use constant KEPT => 1024;

# What a request upstream has, but for its method.
my %header = map { $_ => 1 } qw(host connection authorization);

my $json = '{"access_token":"' . 'x' x 40 . '","token_type":"Bearer",'
           . '"expires_in":3600,"scope":"a b","x":[{"y":null},1.5e3,"\u00e9"]}';
my @good = (
    (map { framed($_, $json) } qw(length chunks close)),
    head('100 Continue') . framed('length', $json),
    head('401 No', 'Retry-After: 1', 'WWW-Authenticate: SCA realm="a"',
         'Content-Length: 26') . '{"error":"invalid_client"}',
);

my @changes = (
    sub { substr($_[0], rand length $_[0], 1) = chr rand 256 },
    sub { substr($_[0], rand length $_[0], 1) = '' },
    sub { substr($_[0], rand length $_[0], 0) = chr rand 256 },
    sub { $_[0] = substr $_[0], 0, rand length $_[0] },
    sub { my $at = rand length $_[0];
          substr($_[0], $at, 0) = substr $_[0], rand length $_[0], rand 60 },
    sub { substr($_[0], rand length $_[0], 0) =
              (("\0"), "\r\n", "\r\n\r\n", '"', '\\', '{', '[', ':', "\xff",
               '0', '-', 'e', ',', ' ')[rand 14] x (1 + rand 30) },
    sub { my $from = rand length $_[0];
          my $part = substr $_[0], $from, 1 + rand 40, '';
          substr($_[0], rand 1 + length $_[0], 0) = $part },
);

sub _noise {
    return join '', map { chr rand 256 } 0 .. rand 2000 if rand() < 0.1;

    my $bytes = $good[rand @good];

    $changes[rand @changes]->($bytes) for 0 .. rand 3;

    return $bytes;
}


# For so many seconds; the seed is for who wants the same again.
sub noise {
    my ($seconds, $seed) = @_;

    srand $seed;
    note "seed $seed";

    my $gateway = OAuth::Test::Gateway->new(
        provider => 'scope $arg_n; backoff 1ms 1ms; token_endpoint '
                    . 'http://127.0.0.1:TOKEN_PORT/$arg_n;'
                    . 'fetch_timeout ' . TIMEOUT . 's;')->start;
    my ($worker) = $gateway->nginx->workers;
    my $end = time + $seconds;
    my ($n, $before, @wrong, %status) = 0;

    while (time < $end) {
        my @names = map { $n++ } 1 .. MANY;

        $_->reset for $gateway->endpoint, $gateway->upstream;
        $gateway->endpoint->answer("/$_", { raw => _noise() }) for @names;

        $status{ $_->{status} }++ for $gateway->many(10 * TIMEOUT,
            map { { bytes => request_bytes('GET', "/?n=$_") } } @names);

        push @wrong, _wrong($gateway->upstream->requests);
        $before //= memory($worker, 'RSS');
    }

    my $kept = memory($worker, 'RSS') - $before;

    note "$n answers: ", join ', ', map { "$_: $status{$_}" } sort keys %status;
    is(join(' ', grep { !/\A(?:200|401|50[234])\z/ } keys %status), '',
       '[B27] each client has an answer');
    is(join(' ', $gateway->nginx->workers), $worker, '[B27] the worker is the same');
    cmp_ok($kept, '<', slow() ? 64 * KEPT : KEPT, 'nothing is kept of it')
        if !checked();
    is(join("\n", @wrong), '', '[B7] requests upstream have a token, and no more');

    $gateway->endpoint->reset;
    $gateway->endpoint->answer('/last', { token => canary('token') });

    my $up = time;
    my $answer;

    while (time < $up + 2) {
        $answer = $gateway->get('/?n=last');
        last if $answer->{status} == 200;
        sleep 0.05;
    }

    is($answer->{status}, 200, '[E8] a good answer is taken within 2 s');
    $gateway->stop;

    return;
}

sub _wrong {
    my @wrong;

    for my $record (@_) {
        my @names = map { lc $_->[0] } @{ $record->{headers} };
        my ($token) = map { $_->[1] } grep { lc $_->[0] eq 'authorization' }
                      @{ $record->{headers} };

        push @wrong, $record->{raw} if grep({ !$header{$_} } @names)
            || 1 != grep({ $_ eq 'authorization' } @names)
            || ($token // '') !~ /\ABearer [!-~]+\z/;
    }

    return @wrong;
}

1;
