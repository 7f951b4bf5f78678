# A server that says ok to everything and prints what it was asked: port, peer, then all bytes, those that are no visible
# ASCII as %xx. One line for each connection, when it is answered.
use strict;
use warnings;
use Socket;

$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';
$| = 1;
my $all = '';
my @listeners;
for my $port (@ARGV) {
    socket my $listener, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
    setsockopt $listener, SOL_SOCKET, SO_REUSEADDR, 1;
    bind $listener, pack_sockaddr_in($port, INADDR_ANY) or die "bind $port: $!\n";
    listen $listener, 64 or die "listen: $!\n";
    vec($all, fileno $listener, 1) = 1;
    push @listeners, $listener;
}
print "ready\n";
while (1) {
    select my $ready = $all, undef, undef, undef;
    for my $listener (grep { vec $ready, fileno $_, 1 } @listeners) {
        accept my $client, $listener or next;
        next if fork;
        alarm 20;
        serve($client);
        exit;
    }
}

sub serve {
    my ($client) = @_;
    my ($text, $mask) = ('', '');
    vec($mask, fileno $client, 1) = 1;
    # Whatever follows a head within a moment belongs to it: a smuggled request would.
    while (select my $ready = $mask, undef, undef, $text =~ /\r\n\r\n/ ? 0.3 : 5) {
        sysread $client, $text, 65536, length $text or last;
        last if $text =~ /^CONNECT /;
    }
    my ($port) = unpack_sockaddr_in getsockname $client;
    my ($from) = (unpack_sockaddr_in getpeername $client)[1];
    (my $told = $text) =~ s/([^!-\$&-~])/sprintf '%%%02x', ord $1/ge;
    my $line = sprintf "%d %s %s\n", $port, inet_ntoa($from), $told;
    syswrite STDOUT, $line if $text ne '';
    syswrite $client, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
}
