# Measures from inside an agent what it can reach: one probe for each line after __END__, one line for each answer.
#
#   N get     PROXY PORT CREDENTIALS HOST PORT PATH    a plain request through the proxy
#   N connect PROXY PORT CREDENTIALS HOST PORT PATH    a tunnel, and a request inside it
#   N tcp     ADDRESS PORT                             a connection that passes the proxy by
#   N cdp     ADDRESS PORT                             what a browser's client does: discovery, then a WebSocket
#   N dns     ADDRESS NAME                             a question to a resolver
#   N libc    - NAME                                   the same question by way of the C library
#
# An answer is `N WORD TEXT`, separated by tabs: the word is an HTTP status, a DNS code, `connected`, `refused`, or
# `silent` for whatever leads nowhere.
use strict;
use warnings;
use Socket;
use MIME::Base64;
use Digest::SHA 'sha1_base64';

# On the engine's own bridges a connection takes less than a millisecond, so a silence of this length is one.
use constant { SHORT => 2, LONG => 15 };

$SIG{PIPE} = 'IGNORE';
my %kinds = (get => \&get, connect => \&tunnel, tcp => \&tcp, cdp => \&cdp, dns => \&dns, libc => \&libc);
my @waiting;
while (my $line = <DATA>) {
    chomp $line;
    my ($number, $kind, @fields) = split /\t/, $line;
    pipe my $read, my $write or die "pipe: $!\n";
    my $child = fork // die "fork: $!\n";
    if (!$child) {
        alarm LONG * 2;
        my ($word, $text) = $kinds{$kind}->(@fields);
        # One line without the markup of an error page.
        ($text //= '') =~ s/<[^>]*>|\s+/ /g;
        $text =~ s/ +/ /g;
        syswrite $write, join("\t", $number, $word, substr $text, 0, 200) . "\n";
        exit;
    }
    push @waiting, $read;
}
for my $read (@waiting) {
    while (<$read>) { print }
}

sub dial {
    my ($address, $port, $seconds) = @_;
    my $ip = inet_aton($address) or return (undef, 'silent');
    socket my $socket, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
    # A send timeout bounds the connect as well.
    setsockopt $socket, SOL_SOCKET, $_, pack 'l! l!', $seconds, 0 for SO_RCVTIMEO, SO_SNDTIMEO;
    return $socket if connect $socket, pack_sockaddr_in($port, $ip);
    return (undef, $!{ECONNREFUSED} ? 'refused' : 'silent', "$!");
}

sub read_until {
    my ($socket, $end) = @_;
    my $text = '';
    while ($text !~ $end) { sysread $socket, $text, 4096, length $text or last }
    return $text;
}

# Sends a request and gives status and the rest; a connection that is closed without an answer is a refusal.
sub exchange {
    my ($socket, $request, $end) = @_;
    syswrite $socket, $request;
    $! = 0;
    my $answer = read_until($socket, $end);
    my ($status) = $answer =~ m{^HTTP/\S+ (\d+)};
    return ($status, $answer =~ /\r\n\r\n(.*)/s ? "$1" : '', $answer) if defined $status;
    return ($!{EAGAIN} ? 'silent' : 'refused', $answer eq '' ? "closed without an answer" : $answer);
}

sub credentials { return 'Proxy-Authorization: Basic ' . encode_base64($_[0], '') . "\r\n" }

sub get {
    my ($proxy, $proxy_port, $credentials, $host, $port, $path) = @_;
    my ($socket, @why) = dial($proxy, $proxy_port, LONG);
    return @why unless $socket;
    my $authority = $port == 80 ? $host : "$host:$port";
    my $request = "GET http://$authority$path HTTP/1.1\r\nHost: $authority\r\nConnection: close\r\n" . credentials($credentials) . "\r\n";
    my ($word, $body) = exchange($socket, $request, qr/\z(?!)/);
    return ($word, $body);
}

sub tunnel {
    my ($proxy, $proxy_port, $credentials, $host, $port, $path) = @_;
    my ($socket, @why) = dial($proxy, $proxy_port, LONG);
    return @why unless $socket;
    my $request = "CONNECT $host:$port HTTP/1.1\r\nHost: $host:$port\r\n" . credentials($credentials) . "\r\n";
    my ($status, $body) = exchange($socket, $request, qr/\r\n\r\n/);
    return ($status, $body) unless $status eq '200';
    return exchange($socket, "GET $path HTTP/1.1\r\nHost: $host\r\nConnection: close\r\n\r\n", qr/\z(?!)/);
}

sub tcp {
    my ($socket, @why) = dial(@_, SHORT);
    return $socket ? 'connected' : @why;
}

sub cdp {
    my ($address, $port) = @_;
    my ($socket, @why) = dial($address, $port, SHORT);
    return @why unless $socket;
    my ($status, $body) = exchange($socket, "GET /json/version HTTP/1.1\r\nHost: $address:$port\r\nConnection: close\r\n\r\n", qr/\z(?!)/);
    return ($status, $body) unless $status eq '200';
    # The endpoint must be the one that we came by, or no client would find its way back.
    my ($path) = $body =~ m{"ws://\Q$address:$port\E(/[^"]*)"} or return ('wrong', $body);
    ($socket, @why) = dial($address, $port, SHORT);
    return @why unless $socket;
    my $key = encode_base64('sixteen bytes ok', '');
    my ($upgrade, undef, $answer) = exchange($socket, "GET $path HTTP/1.1\r\nHost: $address:$port\r\nUpgrade: websocket\r\n"
        . "Connection: Upgrade\r\nSec-WebSocket-Key: $key\r\nSec-WebSocket-Version: 13\r\n\r\n", qr/\r\n\r\n/);
    my $accept = sha1_base64($key . '258EAFA5-E914-47DA-95CA-C5AB0DC85B11') . '=';
    return ('wrong', "upgrade: $upgrade") unless $upgrade eq '101' && $answer =~ /^Sec-WebSocket-Accept: *\Q$accept\E\r$/mi;
    # A masked text frame (RFC 6455, section 5.2); the server gives the text back.
    my ($mask, $text) = ('mask', 'hello');
    syswrite $socket, "\x81" . chr(0x80 | length $text) . $mask . ($text ^ substr $mask x 2, 0, length $text);
    my $echo = read_until($socket, qr/\A.{7}/s);
    return $echo eq "\x81\x05hello" ? ($status, $body) : ('wrong', 'the WebSocket does not echo');
}

sub dns {
    my ($server, $name) = @_;
    socket my $socket, PF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
    setsockopt $socket, SOL_SOCKET, SO_RCVTIMEO, pack 'l! l!', SHORT, 0;
    my $question = join('', map { pack 'C/a', $_ } split /\./, $name) . "\0";
    send $socket, pack('n6', 7, 0x0100, 1, 0, 0, 0) . $question . pack('n2', 1, 1), 0, pack_sockaddr_in(53, inet_aton $server)
        or return ('silent', "$!");
    return ('silent', "$!") unless defined recv $socket, my $answer, 512, 0;
    my (undef, $flags, undef, $count) = unpack 'n4', $answer;
    return ('rcode ' . ($flags & 0xf), "$count answers");
}

sub libc {
    my (undef, $name) = @_;
    my $address = gethostbyname $name;
    return ('rcode 0', inet_ntoa $address) if defined $address;
    # Perl keeps h_errno here, and 1 is HOST_NOT_FOUND; anything else is no answer at all.
    return $? == 1 ? ('rcode 3', "no such name") : ('silent', "h_errno $?");
}

__END__
