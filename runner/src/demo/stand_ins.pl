# The servers of the bed, one role for each container: what an agent may or may not reach.
#
#   web       the whole internet, on 80 and 443
#   device    something on the LAN, on 8838, and on 8839, where nobody has any business
#   desktop   the debugging port of a browser on the Docker host: HTTP and WebSocket on 9222
#
# Every answer tells what the server saw: the peer's address shows the route that a request took.
use strict;
use warnings;
use Socket;
use IO::Select;
use Digest::SHA 'sha1_base64';

my ($role) = @ARGV;
my %ports = (web => [80, 443], device => [8838, 8839], desktop => [9222]);
$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';

my %port_of;
my $select = IO::Select->new;
for my $port (@{ $ports{$role} // die "unknown role\n" }) {
    socket my $listener, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
    setsockopt $listener, SOL_SOCKET, SO_REUSEADDR, 1;
    bind $listener, pack_sockaddr_in($port, INADDR_ANY) or die "bind $port: $!\n";
    listen $listener, 128 or die "listen: $!\n";
    $port_of{ fileno $listener } = $port;
    $select->add($listener);
}
while (1) {
    for my $listener ($select->can_read) {
        my $from = accept my $client, $listener or next;
        next if fork;
        # Nobody may hold a server for ever.
        alarm 30;
        serve($client, $port_of{ fileno $listener }, inet_ntoa +(unpack_sockaddr_in $from)[1]);
        exit;
    }
}

sub serve {
    my ($client, $port, $from) = @_;
    # No TLS on 443 either: whatever is inside a tunnel is nobody's business but the ends'.
    my $head = read_until($client, qr/\r\n\r\n/);
    return if $head eq '';
    my ($path) = $head =~ m{^\S+ (\S+)};
    return desktop($client, $head, $path) if $role eq 'desktop';
    my $credentials = $head =~ /^Proxy-Authorization:/mi ? 'yes' : 'no';
    answer($client, '200 OK', "$role port=$port from=$from host=" . host($head) . " path=$path credentials=$credentials\n");
}

# Chrome answers only who asks for an address or for localhost, and repeats the host it was asked for.
sub desktop {
    my ($client, $head, $path) = @_;
    my $host = host($head);
    return answer($client, '500 Internal Server Error', "Host header is specified and is not an IP address or localhost.\n")
        unless $host =~ /^(\d+\.\d+\.\d+\.\d+|([\w-]+\.)*localhost)(:\d+)?$/;
    if ($head =~ /^Upgrade: *websocket/mi && $head =~ /^Sec-WebSocket-Key: *(\S+)/mi) {
        my $accept = sha1_base64($1 . '258EAFA5-E914-47DA-95CA-C5AB0DC85B11') . '=';
        syswrite $client, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: $accept\r\n\r\n";
        return echo($client);
    }
    answer($client, '200 OK', qq({"Browser": "Stand-in/1", "webSocketDebuggerUrl": "ws://$host/devtools/browser/demo"}\n));
}

# One short text frame (RFC 6455, section 5.2) comes back unmasked.
sub echo {
    my ($client) = @_;
    my $frame = read_until($client, qr/\A.{6}/s);
    my $length = ord(substr $frame, 1, 1) & 0x7f;
    my $masked = read_until($client, qr/\A.{$length}/s, substr $frame, 6);
    my $text = $masked ^ substr(substr($frame, 2, 4) x 32, 0, $length);
    syswrite $client, "\x81" . chr($length) . $text;
}

sub host {
    my ($head) = @_;
    return $head =~ /^Host: *(\S+)/mi ? $1 : '-';
}

sub answer {
    my ($client, $status, $body) = @_;
    syswrite $client, "HTTP/1.1 $status\r\nConnection: close\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
}

sub read_until {
    my ($client, $end, $text) = (@_, '');
    while ($text !~ $end) { sysread $client, $text, 4096, length $text or last }
    return $text;
}
