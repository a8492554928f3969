# JSONTestSuite as answers of a token endpoint: what is no JSON is no answer.
# t/unit/json_suite_test.c has the reader's own view of it.

use strict;
use warnings;
use lib 't/lib';

use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Gateway;

my @files = glob 't/data/json-test-suite/test_parsing/*.json';

plan skip_all => 'JSONTestSuite is not there' if !@files;

# JSON, but not for us: names that come twice, and NUL in a string.
my $ours = qr/duplicated|null_escape|escaped_null|nul_?escape/i;
my $bad = canary('bad');
my $gateway = OAuth::Test::Gateway->new(
    provider => 'scope $arg_n; backoff 1ms 1ms;')->start;
my ($n, %wrong) = 0;

# "as it is" or "in an answer"; what a client gets.
sub status {
    my $body = shift;

    $gateway->endpoint->fault('/token', { body => $body });

    return $gateway->get('/?n=' . $n++)->{status};
}

for my $file (@files) {
    my ($name) = $file =~ m{([^/]+)\z};

    open my $in, '<:raw', $file or die "$file: $!";
    my $text = do { local $/; <$in> } // '';

    my $alone = status($text);
    my $inside = status(qq({"access_token":"$bad","x":$text}));

    push @{ $wrong{alone} }, $name if $alone != 502;
    push @{ $wrong{n} }, $name if $name =~ /^n_/ && $inside != 502;
    push @{ $wrong{y} }, $name
        if $name =~ /^y_/ && $inside != ($name =~ $ours ? 502 : 200);
    push @{ $wrong{i} }, $name if $name =~ /^i_/ && $inside !~ /^(?:200|502)\z/;
}

is("@{ $wrong{alone} // [] }", '', '[B17] no file of the suite is a token');
is("@{ $wrong{n} // [] }", '', '[B17] what is no JSON spoils an answer');
is("@{ $wrong{y} // [] }", '', '[B17] JSON does not, but for our own rules');
is("@{ $wrong{i} // [] }", '', '[B17] what readers differ in: an answer or none');
is(scalar(grep { $_->{authorization} ne "Bearer $bad" }
          $gateway->upstream->brief), 0, 'the token is what it was');
$gateway->stop;

done_testing();
