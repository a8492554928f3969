package OAuth::Test::Status;

# Pages of oauth_token_status.  Each is looked at as a whole, whatever the test
# wants of it: JSON is what docs/status.schema.json says, metrics are what
# promtool takes, and no page has a token or a secret in it.

use strict;
use warnings;

use Exporter qw(import);
use IPC::Open2 qw(open2);
use JSON::PP qw(decode_json);
use JSON::Validator;
use Test::More;

use OAuth::Test::Build qw(patience);
use OAuth::Test::Canary qw(in_bytes);
use OAuth::Test::Clock qw(sleep time);

our @EXPORT_OK = qw(status until_status metrics promtool);

my $validator;


# The document of a location, and the one of provider "p" or another one's.
sub status {
    my ($gateway, $uri, $name) = @_;

    my $answer = $gateway->get($uri // '/status');
    my $document = eval { decode_json($answer->{body}) };

    _clean($answer);

    if (!$document) {
        fail('a document');
        diag($answer->{raw});
        return;
    }

    my @errors = _validator()->validate($document);

    if (@errors) {
        fail('as the schema says');
        diag(join "\n", @errors, $answer->{body});
    }

    my ($provider) = grep { $_->{name} eq ($name // 'p') }
                     @{ $document->{providers} };

    return wantarray ? ($document, $provider) : $provider;
}

# The provider as soon as a condition holds for it, or as it is in the end.
sub until_status {
    my ($gateway, $condition) = @_;

    my $end = time + patience(5);
    my $provider;

    while (1) {
        $provider = status($gateway);
        return $provider if $condition->($provider) || time > $end;
        sleep 0.02;
    }
}

sub _validator {
    return $validator //= JSON::Validator->new
                                         ->schema('docs/status.schema.json');
}


# { 'name{label="value"}' => number } of a page of metrics.
sub metrics {
    my ($gateway, $uri) = @_;

    my $answer = $gateway->get($uri // '/metrics');

    _clean($answer);
    is(promtool($answer->{body}), '', 'promtool has no complaint');

    return { $answer->{body} =~ /^(?!#)(.+) (\S+)$/mg };
}

# What "promtool check metrics" says of a text.
sub promtool {
    my ($text) = @_;

    my $pid = open2(my $from, my $to, 'sh', '-c',
                    'exec promtool check metrics 2>&1');

    print {$to} $text;
    close $to;

    my $said = do { local $/; <$from> };

    waitpid $pid, 0;

    return $? ? "exit $?: $said" : $said;
}

sub _clean {
    my ($answer) = @_;

    is(join(' ', in_bytes($answer->{raw})), '', 'nothing secret is told')
        if in_bytes($answer->{raw});

    return;
}

1;
