package OAuth::Test::Block;

# What OAuth::Test::Socket does before and after each block of a test file:
# programs the servers, stops nginx, compares what the servers have recorded.

use strict;
use warnings;

use MIME::Base64 qw(encode_base64);
use Test::More ();
use Time::HiRes qw(sleep);

use OAuth::Test::Build qw(patience);
use OAuth::Test::CA;
use OAuth::Test::Canary qw(canary);
use OAuth::Test::Logs qw(problems);
use OAuth::Test::TokenEndpoint;
use OAuth::Test::Upstream;

use constant DEFAULT_ANSWER => q('/token' => { token => '{{token}}-%d' });

use constant DEFAULT_CONFIG => <<'END';
location /api {
    oauth_token_provider p;
    proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT;
}
END

# What a provider gets unless the block of the test says something else.
use constant DEFAULT_PROVIDER => (
    [ 'token_endpoint', 'http://127.0.0.1:$TEST_NGINX_TOKEN_PORT/token' ],
    [ 'client_id', 'id' ],
    [ 'client_secret', '{{secret}}' ],
    [ 'prefetch', 'off' ],
);

my (%peer, $ca);


# Starts the servers and tells Test::Nginx their ports.
sub start_peers {
    $ca = OAuth::Test::CA->new;

    %peer = (
        TOKEN     => OAuth::Test::TokenEndpoint->new,
        TOKEN_TLS => OAuth::Test::TokenEndpoint->new(tls => $ca->cert),
        UPSTREAM  => OAuth::Test::Upstream->new,
        OTHER     => OAuth::Test::Upstream->new,
    );

    $ENV{"TEST_NGINX_${_}_PORT"} = $peer{$_}->port for keys %peer;
    $ENV{TEST_NGINX_CA} = $ca->file;

    return;
}


sub prepare {
    my $block = shift;

    _add_provider($block) if defined $block->provider;

    for my $section (@{ $block->_section_order }) {
        my @values = map { ref $_ ? $_ : expand($_) } $block->$section;
        $block->set_value($section, @values);
    }

    $_->reset for values %peer;

    my $token = $block->token_endpoint // expand(DEFAULT_ANSWER);

    _program($peer{$_}, $token) for qw(TOKEN TOKEN_TLS);
    _program($peer{UPSTREAM}, $block->upstream // '');

    return;
}


# A block with "--- provider" needs neither http_config, config nor request.
sub _add_provider {
    my $block = shift;

    my $text = $block->provider;
    my @defaults = map { "$_->[0] $_->[1];\n" }
                   grep { $text !~ /^\s*\Q$_->[0]\E\s/m } DEFAULT_PROVIDER;

    $block->set_value('http_config', join '', "oauth_provider p {\n",
                      @defaults, $text, "\n}\n", $block->http_config // '');
    $block->set_value('config', DEFAULT_CONFIG) if !defined $block->config;
    $block->set_value('request', 'GET /api') if !defined $block->request;

    for my $section (qw(http_config config request)) {
        my $order = $block->_section_order;
        push @$order, $section if !grep { $_ eq $section } @$order;
    }

    return;
}


# {{name}} is a secret or token, {{b64 text}} the base64 form of a text.
sub expand {
    my $text = shift;

    return $text if !defined $text;

    1 while $text =~ s/\{\{b64 ([^{}]*)\}\}/encode_base64($1, '')/e
            || $text =~ s/\{\{(\w+)\}\}/canary($1)/e;

    return $text;
}


sub _program {
    my ($server, $text) = @_;

    my %answers = eval $text;
    die "bad answers: $@\n$text\n" if $@;

    for my $path (keys %answers) {
        my $list = $answers{$path};
        $server->answer($path, ref $list eq 'ARRAY' ? @$list : $list);
    }

    return;
}


# Stops nginx, then looks at what it has left in its logs.
sub finish {
    my ($block, $pid_file, $logs) = @_;

    my $name = $block->name;

    Test::More::ok(_quit($pid_file), "$name - nginx quits in time");
    Test::More::is(join("\n", problems($logs)), '', "[G1] $name - clean logs");

    _check($block, 'token', $peer{TOKEN}->requests,
           $peer{TOKEN_TLS}->requests);
    _check($block, 'upstream', $peer{UPSTREAM}->requests);

    return;
}

sub _quit {
    my $pid_file = shift;

    open my $in, '<', $pid_file or return 1;
    chomp(my $pid = <$in> // '');
    return 1 if !$pid;

    kill 'QUIT', $pid;

    for (1 .. 100 * patience(10)) {
        return 1 if !Test::Nginx::Util::is_running($pid);
        sleep 0.01;
    }

    kill 'KILL', $pid;
    return 0;
}


sub _check {
    my ($block, $which, @seen) = @_;

    my $name = $block->name . " - $which";
    my $raw = @seen ? $seen[-1]{raw} : '';
    my $section = sub { my $s = "${which}_$_[0]"; return $block->$s };
    my $wanted = $section->('requests');

    Test::More::is(scalar @seen, $wanted + 0, "${name}_requests")
        if defined $wanted;

    $wanted = $section->('request');

    Test::More::is(_sorted($raw), _sorted(_wire($wanted)), "${name}_request")
        if defined $wanted;

    for my $line (_lines($section->('request_like'))) {
        Test::More::like($raw, qr/$line/m, "${name}_request_like $line");
    }

    for my $line (_lines($section->('request_unlike'))) {
        Test::More::unlike($raw, qr/$line/m, "${name}_request_unlike $line");
    }

    return;
}


sub _lines { return map { _ports($_) } split /\n/, $_[0] // '' }

sub _ports {
    return $_[0] =~ s/\$(TEST_NGINX_[A-Z_]+_PORT)/$ENV{$1}/gr;
}

# The order of different headers means nothing: they are compared sorted.
sub _sorted {
    my ($head, $body) = split /\r\n\r\n/, $_[0], 2;
    my ($line, @headers) = split /\r\n/, $head // '';
    my %order;

    # Headers of the same name keep their order.
    push @{ $order{lc((split /:/)[0])} }, $_ for @headers;

    return join "\r\n", $line // '', (map { @{ $order{$_} } } sort keys %order),
                '', $body // '';
}

# A block shows lines; a request has CRLF after each line of its head.
sub _wire {
    my $text = _ports($_[0]) =~ s/\n\z//r;

    my ($head, $body) = split /\n\n/, $text, 2;

    return $head =~ s/\n/\r\n/gr . "\r\n\r\n" . ($body // '');
}

1;
