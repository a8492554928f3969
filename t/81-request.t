# Token requests as long as they come: whole, with their length, or not at all.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP qw(decode_json);
use MIME::Base64 qw(decode_base64);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;

use constant { LONG => 8192, PARAMETERS => 64 };

# So many bytes, of all kinds that a value may have.
sub long {
    my $name = shift;

    my $start = "$name:";
    my $text = join '', map { chr } 0x20 .. 0x7e;

    return substr $start . "\xc3\xa9" . $text x 100, 0, LONG;
}

# A form's parameters, by name; one that comes twice is a list.
sub parameters {
    return map { map { tr/+/ /r =~ s/%(..)/chr hex $1/ger } split /=/, $_, 2 }
           split /&/, $_[0];
}

my @names = map { "p$_" } 1 .. PARAMETERS;
my %value = map { $_ => long($_) } 'scope', @names;

# of the kinds that it may have
$value{scope} =~ tr/ !#-[]-~/./c;

my $secret = canary('secret') . long('');
my $id = long('id');

my $lines = join '', 'client_id file:id; client_secret file:secret;',
            'scope file:scope;', map { "parameter $_ file:$_;" } @names;
my $gateway = OAuth::Test::Gateway->new(
    provider => $lines,
    http => OAuth::Test::Gateway->block('json', "$lines body_format json;"
                . 'client_auth client_secret_post;')
            . OAuth::Test::Gateway->block('late', 'parameter a $http_a;'
                . 'request_header X-A $http_a; client_secret file:cr;'),
    server => join '', map { "location /$_ { oauth_token_provider $_;"
        . 'proxy_pass http://127.0.0.1:UPSTREAM_PORT; }' } qw(json late),
);
my $nginx = $gateway->nginx;

$nginx->file("conf/$_", "$value{$_}\n") for keys %value;
$nginx->file('conf/id', "$id\n");
$nginx->file('conf/secret', "$secret\n");
$nginx->file('conf/cr', canary('secret') . "\r\n");
$gateway->start;

is($gateway->get('/')->{status}, 200, 'a long form');

my $record = $gateway->endpoint->last_request('/token');
my ($basic) = map { $_->[1] } grep { $_->[0] eq 'Authorization' }
              @{ $record->{headers} };
my %sent = parameters($record->{body});
my ($its_id, $its_secret) = map { tr/+/ /r =~ s/%(..)/chr hex $1/ger }
    split /:/, decode_base64(($basic =~ /\ABasic (\S+)\z/)[0]);

ok($its_id eq $id && $its_secret eq $secret,
   '[A15] id and secret of 8 kB, each byte of them');
is(scalar(grep { ($sent{$_} // '') ne $value{$_} } keys %value), 0,
   '[A15] scope and ' . @names . ' parameters of 8 kB');
is(keys %sent, 2 + @names, '[A15] and no other');
like($record->{head}, qr/^Content-Length: ${\ length $record->{body}}\r$/m,
     '[A13] with their length');
unlike($record->{head}, qr/^Transfer-Encoding/mi, '[A13] not in chunks');

is($gateway->get('/json')->{status}, 200, 'a long object');
$record = $gateway->endpoint->last_request('/token');

my $object = decode_json($record->{body});

utf8::encode($_) for values %$object;
is_deeply({ map { $_ => 1 } grep { $object->{$_} ne ($value{$_} // '') }
            keys %$object },
          { map { $_ => 1 } qw(grant_type client_id client_secret) },
          '[A15] the same in JSON');
ok($object->{client_secret} eq $secret && $object->{client_id} eq $id,
   '[A15] with id and secret');

# What a client sends: as long as nginx lets it be.
my $a = long('a') =~ s/\xc3\xa9//r;

$a = substr $a, 0, 7000;
is($gateway->get('/late', A => $a)->{status}, 200, 'a value of the client');
$record = $gateway->endpoint->last_request('/token');
is({ parameters($record->{body}) }->{a}, $a, '[A15] a value of 7 kB');
like($record->{head}, qr/^X-A: \Q$a\E\r$/m, '[A15] also in a header');
is($record->{headers}[0] && decode_base64((map { $_->[1] =~ /Basic (\S+)/ }
       @{ $record->{headers} })[0]), 'id:' . canary('secret'),
   '[A5] a secret from a file with CRLF at its end, without that');
$gateway->stop;

done_testing();
