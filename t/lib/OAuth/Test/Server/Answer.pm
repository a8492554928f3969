package OAuth::Test::Server::Answer;

# Turns what a test has programmed into the bytes of an answer:
#
#   status => 200, headers => [ name, value, ... ], body => bytes
#   json => data                  the body as JSON
#   token => 'x-%d'               an RFC 6749 answer; %d counts the answers, %i
#                                 is the client's id
#     expires_in => 3600          its lifetime, undef leaves it out
#     ends_in => 60             in milliseconds, what is left of so many seconds
#                               since the first of these answers
#     fields => { ... }           further members, they win
#   echo => 1                     "METHOD URI AUTHORIZATION" of the request
#   raw => bytes                  the whole answer, sent as it is
#   close => 1                    closes the connection afterwards
#   tokens => { N => answer }     instead, to requests whose Authorization ends
#                                 in "-N"
#   clients => { ID => answer }   instead, to the client of that id
#
# OAuth::Test::Server::Send takes care of: delay (seconds before the answer),
# cut (bytes, then close), drip (bytes in a second), rst, never, and script
# (steps, described there).

use strict;
use warnings;

use JSON::PP;

use OAuth::Test::Clock qw(time);
use OAuth::Test::Server::Request;

my $json = JSON::PP->new->utf8->canonical;

my %reason = (
    200 => 'OK', 201 => 'Created', 204 => 'No Content', 302 => 'Found',
    400 => 'Bad Request', 401 => 'Unauthorized', 403 => 'Forbidden',
    404 => 'Not Found', 429 => 'Too Many Requests',
    500 => 'Internal Server Error', 502 => 'Bad Gateway',
    503 => 'Service Unavailable',
);


sub bytes {
    my ($answer, $n, $record) = @_;

    return $answer->{raw} if defined $answer->{raw};

    my $status = $answer->{status} // 200;
    my ($type, $body) = _content($answer, $n, $record);
    my @headers = @{ $answer->{headers} // [] };
    my %given = map { lc $headers[$_] => 1 }
                grep { $_ % 2 == 0 } 0 .. $#headers;

    push @headers, 'Content-Type', $type if $type && !$given{'content-type'};
    push @headers, 'Content-Length', length $body
        if !$given{'content-length'} && !$given{'transfer-encoding'}
           && $status != 204;
    push @headers, 'Connection', 'close'
        if closes($answer, $record) && !$given{connection};

    my $head = "HTTP/1.1 $status " . ($reason{$status} // 'Status') . "\r\n";

    while (my ($name, $value) = splice @headers, 0, 2) {
        $head .= "$name: $value\r\n";
    }

    return "$head\r\n" . ($record->{method} eq 'HEAD' ? '' : $body);
}


sub _content {
    my ($answer, $n, $record) = @_;

    if (exists $answer->{token}) {
        return ('application/json', $json->encode(_token($answer, $n, $record)));
    }

    if (exists $answer->{json}) {
        return ('application/json', $json->encode($answer->{json}));
    }

    if ($answer->{echo}) {
        my @sent = OAuth::Test::Server::Request::header($record,
                                                        'Authorization');
        return ('text/plain',
                "$record->{method} $record->{uri} @sent\n");
    }

    return (undef, $answer->{body} // '');
}


sub _token {
    my ($answer, $n, $record) = @_;

    my $id = OAuth::Test::Server::Request::client($record);
    my $token = $answer->{token} =~ s/%d/$n/gr =~ s/%i/$id/gr;

    my %member = (
        access_token => $token,
        token_type   => 'Bearer',
        expires_in   => 3600,
    );

    if (exists $answer->{expires_in}) {
        $member{expires_in} = $answer->{expires_in};
        delete $member{expires_in} if !defined $answer->{expires_in};
    }

    if (exists $answer->{ends_in}) {
        $answer->{end} //= time + $answer->{ends_in};
        $member{expires_in} = int 1000 * ($answer->{end} - time);
    }

    return { %member, %{ $answer->{fields} // {} } };
}


# Tells whether the connection is closed after the answer.
sub closes {
    my ($answer, $record) = @_;

    return 1 if $answer->{close} || defined $answer->{raw}
                || defined $answer->{cut};

    my ($connection) = OAuth::Test::Server::Request::header($record,
                                                            'Connection');

    return 1 if lc($connection // '') eq 'close';
    return $record->{line} =~ m{HTTP/1\.0\z} && lc($connection // '')
               ne 'keep-alive';
}

1;
