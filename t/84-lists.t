# However many headers a client sends, and whichever of them have to go: the
# upstream gets all others as they came, and ours once.  nginx keeps headers in
# lists of twenty.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;

# What may have to go of the client's, and what is left of it.
my @goes = (
    [ 'none' ],
    [ 'its own Authorization', 'Authorization: Basic eDp5' ],
    [ 'one in other letters', 'aUTHORIZATION: Basic eDp5' ],
    [ 'a Connection that names ours', 'Connection: close, Authorization',
      'Connection: close' ],
    [ 'a Connection that names none', 'Connection: close, X-Other',
      'Connection: close, X-Other' ],
);

# All lines of a request upstream that are the client's, and ours.
sub came {
    my ($request) = @_;

    my @lines = map { "$_->[0]: $_->[1]" } @{ $request->{headers} };
    my ($theirs, $ours) = (qr/\AX-\d+:/, qr/\A(?:authorization|x-merchant):/i);

    return (join("\n", grep({ /$theirs/ } @lines), grep { /\AConn/ } @lines),
            join "\n", grep { /$ours/ } @lines);
}

for my $more ('', 'upstream_header X-Merchant 7;') {
    my $gateway = OAuth::Test::Gateway->new(
        provider => $more,
        location => 'proxy_set_header Connection $http_connection;')->start;
    my $ours = 'Authorization: Bearer ' . canary('token') . '-1'
             . ($more ? "\nX-Merchant: 7" : '');
    my $kind = $more ? 'two headers of ours' : 'one header of ours';

    for my $n (0, 1, 2, 17, 18, 19, 20, 21, 22, 40, 41) {
        my (@wrong, @lost);

        for my $case (@goes) {
            my ($name, @extra) = @$case;
            my @left = splice @extra, 1;
            my @client = map { "X-$_: value $_" } 1 .. $n;

            # in front, behind, and in the middle
            for my $at (0, int $n / 2, $n) {
                my @lines = @client;
                splice @lines, $at, 0, @extra;

                my ($answer) = $gateway->many(10, {
                    bytes => join "\r\n", 'GET / HTTP/1.0', @lines, '', '' });
                my ($theirs, $mine) = came($gateway->upstream->last_request);

                push @wrong, "$name at $at: $mine" if $mine ne $ours;
                push @lost, "$name at $at" if $theirs ne join "\n", @client, @left;
            }
        }

        is("@wrong", '', "[D1] $kind behind $n of the client: ours come once");
        is("@lost", '', '[D3] and all others as they were');
    }

    $gateway->stop;
}

done_testing;
