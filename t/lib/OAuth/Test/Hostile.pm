package OAuth::Test::Hostile;

# Token endpoints that answer with anything, many at a time: what comes of it
# for the client, for the token of before, for the next good answer, for the
# upstream, the log and the memory of the worker.

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(max sum0);
use Test::More;

use OAuth::Test::Canary qw(canary);
use OAuth::Test::Client qw(request_bytes);
use OAuth::Test::Clock qw(sleep time);
use OAuth::Test::Gateway;

our @EXPORT_OK = qw(MARK head chunk framed check_cases memory);

# In whatever an answer holds, for a client who sees it has seen too much.
use constant MARK => 'of-the-provider';

use constant SLOW => ($ENV{OAUTH_TEST_BUILD} // '') eq 'sanitize';

# Seconds: tokens live so long, and are refreshed after 5 to 11 % of it.
use constant LIFE => SLOW ? 30 : 10;

# Seconds, less than a pause of "backoff 100ms 200ms", doubled for refusals.
use constant PAUSE => 0.25;

# Seconds until all answers have come and were read.
use constant PATIENCE => 20;

# Lines of nginx itself about one request
use constant WORDS => 2;

# What failed attempts may leave in a worker, in kB; all cases together.
use constant KEPT => 2048;

# The longest line in the log: 256 bytes of the provider, and ours.
use constant LINE => 600;

# An upstream that takes tokens of any size.
use constant TAKES => 'client_header_buffer_size 1k; proxy_buffer_size 64k;'
                      . 'proxy_buffers 4 64k; proxy_busy_buffers_size 64k;';


# Pieces of an answer on the wire.
sub head {
    my ($status, @lines) = @_;

    return join '', map { "$_\r\n" } "HTTP/1.1 $status", @lines, '';
}

sub chunk { return sprintf "%x\r\n%s\r\n", length $_[0], $_[0] }

# A good body with its length, in chunks, or ended by the connection.
sub framed {
    my ($how, $body, @lines) = @_;

    my $type = 'Content-Type: application/json';

    return head('200 OK', $type, @lines, 'Content-Length: ' . length $body)
           . $body if $how eq 'length';
    return head('200 OK', $type, @lines) . $body if $how eq 'close';

    my $half = int(length($body) / 2);

    return head('200 OK', $type, @lines, 'Transfer-Encoding: chunked')
           . chunk(substr $body, 0, $half) . chunk(substr $body, $half)
           . "0\r\n\r\n";
}

# Resident memory of a process in kB, now ("RSS") or at most ("HWM").
sub memory {
    my ($pid, $which) = @_;

    open my $in, '<', "/proc/$pid/status" or return 0;
    my ($kb) = map { /^Vm$which:\s+(\d+)/ } <$in>;

    return $kb // 0;
}


# Cases: { name, answer, want, provider (more lines), server (of its own),
# scheme (of its URL), early (instead of the answer, see OAuth::Test::Server),
# hole (instead of it: SYNs are dropped) }.  "want" is "STATUS REASON" as a
# regular expression, or { token => what the upstream gets }; "says" is what the line in the log matches, "after" the client's Retry-After.
# Options: timeout, of the fetches, which all cases need whole.
sub check_cases {
    my ($cases, %option) = @_;

    my @cases = map { { path => "/c$_", %{ $cases->[$_] } } } 0 .. $#$cases;
    my $self = bless { cases => \@cases, %option }, __PACKAGE__;

    my $gateway = $self->{gateway} = OAuth::Test::Gateway->new(
        http => 'variables_hash_max_size 8192;' . TAKES
                . join('', map { $self->_provider($_) } @cases),
        server => join('', map {
            "location = $_->{path} { oauth_token_provider "
            . substr($_->{path}, 1)
            . '; proxy_pass http://127.0.0.1:UPSTREAM_PORT; }' } @cases),
    );

    $gateway->start;
    $self->_run;
    $self->_upstream;
    $gateway->stop;
    $self->_report;

    return;
}

sub _provider {
    my ($self, $case) = @_;

    my $port = $case->{server} ? $case->{server}->port : 'TOKEN_PORT';

    my $scheme = $case->{scheme} // 'http';

    return OAuth::Test::Gateway->block(substr($case->{path}, 1),
        ($case->{provider} // '')
        . 'fetch_timeout ' . ($self->{timeout} // PATIENCE) . 's;'
        . 'expires_field expires_in unit=ms; backoff 100ms 200ms;'
        . 'refresh_before 89%;'
        . "token_endpoint $scheme://127.0.0.1:$port$case->{path};");
}

# As many requests at once as there are cases, or some of them.
sub _ask {
    my ($self, @cases) = @_;

    my @answers = $self->{gateway}->many(PATIENCE,
        map { { bytes => request_bytes('GET', $_->{path}) } } @cases);

    return map { [ $cases[$_], $answers[$_] ] } 0 .. $#cases;
}

# The endpoints are as hostile as they are told, or friendly.
sub _turn {
    my ($self, $hostile, @cases) = @_;

    for my $case (@cases) {
        my $server = $case->{server} // $self->{gateway}->endpoint;

        if ($case->{early}) {
            $server->early($hostile ? $case->{early} : undef);

        } elsif ($case->{hole}) {
            $hostile ? $server->hole : $server->up;

        } else {
            $server->fault($case->{path}, $hostile ? $case->{answer} : undef);
        }
    }

    return;
}

# A case's own token, in its N-th good answer.
sub _token {
    my ($self, $case) = @_;

    return canary('token') . '-' . substr $case->{path}, 2;
}

sub _run {
    my $self = shift;

    my @cases = @{ $self->{cases} };
    my @bad = grep { !ref $_->{want} } @cases;
    my ($worker) = $self->{gateway}->nginx->workers;

    for my $case (@cases) {
        my $server = $case->{server} // $self->{gateway}->endpoint;

        $server->answer($case->{path}, {
            token => $self->_token($case) . '-%d', expires_in => 1000 * LIFE });
    }

    $self->_turn(1, @cases);
    $_->[0]{cold} = $_->[1] for $self->_ask(@cases);

    my $before = memory($worker, 'RSS');

    $self->_turn(0, @bad);
    $self->_until_token(1, back => @bad);

    $self->_turn(1, @bad);
    sleep 0.12 * LIFE;
    $_->[0]{due} = $_->[1] for $self->_ask(@bad);
    $self->_wait_for_errors(2 * @bad);
    $_->[0]{kept} = $_->[1] for $self->_ask(@bad);

    my $kept = memory($worker, 'RSS') - $before;

    $self->_turn(0, @bad);
    $self->_until_token(2, renewed => @bad);

    cmp_ok($kept, '<', KEPT, 'memory: nothing of the attempts is kept')
        if @bad && !SLOW;

    return;
}

# Asks until each has had the token of this number, or for so long; a fetch that
# hangs may have to end first.
sub _until_token {
    my ($self, $n, $which, @cases) = @_;

    my $end = time + ($self->{timeout} // 0) + LIFE / 3;

    while (@cases && time < $end) {
        sleep PAUSE;

        for my $asked ($self->_ask(@cases)) {
            my ($case, $answer) = @$asked;

            $case->{$which} = $answer;
        }

        @cases = grep { $_->{$which}{body} !~ /-$n\n\z/ } @cases;
    }

    return;
}

sub _wait_for_errors {
    my ($self, $n) = @_;

    for (1 .. 20 * LIFE / 10) {
        return if $self->{gateway}->errors >= $n;
        sleep 0.1;
    }

    return;
}

# Every request upstream has one Authorization, with a token that a good answer
# has brought, and nothing else that a token could bring.
sub _upstream {
    my $self = shift;

    my %good = map { ref $_->{want} ? ("Bearer $_->{want}{token}" => 1) : () }
               @{ $self->{cases} };
    my $token = canary('token');
    my @wrong = grep { !$good{ $_->{authorization} }
                       && $_->{authorization} !~ /\ABearer \Q$token\E-\d+-\d+\z/
                     } $self->{gateway}->upstream->brief;

    is(scalar @wrong, 0, 'no request went upstream without its token');

    return;
}

sub _report {
    my $self = shift;

    my (%line, %word);
    my %met = $self->{gateway}->endpoint->met;

    for my $line (split /\n/, $self->{gateway}->nginx->error_log) {
        my ($name) = $line =~ /provider: "(c\d+)"/ or next;

        next if $line =~ /access token fetched/;

        # of a fetch that has failed, whether or not a token served meanwhile
        if ($line =~ /no access token while|access token not refreshed/) {
            push @{ $line{$name} }, $line;
        }
        else {
            $word{$name}++;
        }
    }

    for my $case (@{ $self->{cases} }) {
        my $name = substr $case->{path}, 1;

        subtest $case->{name} => sub {
            ref $case->{want} ? $self->_granted($case)
                              : $self->_refused($case);

            my @lines = @{ $line{$name} // [] };

            # what nobody has answered is asked once more at once
            my $asked = sum0(map { /"(?:connect|closed|not_http)"/ ? 2 : 1 }
                             @lines);
            my $met = ref $case->{want}   ? 0
                    : $case->{server}     ? max($asked, 2)
                    :                       $met{ $case->{path} };

            # within a second of a line there is no other
            ok(!$met == !$asked && $asked <= $met, 'lines in the log for'
               . ' failures, and for no more than there were')
                or diag(join "\n", "$met requests", @lines);
            cmp_ok($word{$name} // 0, '<=', WORDS * $met,
                   'few words of nginx itself');
            is(scalar(grep { length > LINE || /[^ -~]/ } @lines), 0,
               'short lines that can be printed');
            like($lines[0], $case->{says}, 'what it says') if $case->{says};
            unlike($case->{cold}{raw}, qr/${\ MARK}/,
                   'the client sees nothing of the answer');
        };
    }

    return;
}

sub _granted {
    my ($self, $case) = @_;

    is("$case->{cold}{status} $case->{cold}{body}",
       "200 GET $case->{path} Bearer $case->{want}{token}\n", 'is taken');

    return;
}

sub _refused {
    my ($self, $case) = @_;

    my $want = qr/\A(?:$case->{want})\z/;
    my $token = "GET $case->{path} Bearer " . $self->_token($case) . '-';
    my $got = $case->{cold};
    my $reason = $got->{headers}{'x-error'} // '';

    like("$got->{status} $reason", $want, 'status and reason');
    like($got->{headers}{'retry-after'} // 'none', qr/\A(?:$case->{after})\z/,
         'Retry-After') if $case->{after};
    is($got->{headers}{'cache-control'}, 'no-store', 'not to be cached');
    $self->_in_time($got->{seconds}) if $self->{timeout};
    cmp_ok(length $got->{body}, '<', 1024, 'nginx\'s own page');

    is("$case->{back}{status} $case->{back}{body}", "200 ${token}1\n",
       'the next good answer is taken');
    is("$case->{due}{status} $case->{due}{body}", "200 ${token}1\n",
       'when a token is there it serves on');
    is("$case->{kept}{status} $case->{kept}{body}", "200 ${token}1\n",
       'also after the failure');
    is("$case->{renewed}{status} $case->{renewed}{body}", "200 ${token}2\n",
       'until a good answer comes');

    return;
}

# The steps of nginx's clock, and a busy machine.
sub _in_time {
    my ($self, $seconds) = @_;

    cmp_ok($seconds, '>=', $self->{timeout} - 0.02, 'not before its time');
    cmp_ok($seconds, '<', $self->{timeout} + (SLOW ? 2 : 0.5), 'nor after it');

    return;
}

1;
