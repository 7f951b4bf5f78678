# Sends requests byte by byte as they are given, each on a connection of its own: lines of ADDRESS PORT HEX come in, the
# answers go out as lines of hexadecimal, `-` for a connection that was refused.
use strict;
use warnings;
use Socket;

$SIG{PIPE} = 'IGNORE';
$| = 1;
while (<STDIN>) {
    chomp;
    my ($address, $port, $hex) = split / /;
    my $request = pack 'H*', $hex // '';
    socket my $socket, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
    setsockopt $socket, SOL_SOCKET, $_, pack 'l! l!', 10, 0 for SO_RCVTIMEO, SO_SNDTIMEO;
    unless (connect $socket, pack_sockaddr_in($port, inet_aton $address)) { print "-\n"; next }
    syswrite $socket, $request;
    # Whoever waits for more of a request than there is is told that there is no more.
    my $answer = '';
    my $is_tunnel = $request =~ /^connect /i;
    while (sysread $socket, $answer, 65536, length $answer) {
        last if $is_tunnel && $answer =~ m{^HTTP/\S+ 200 .*\r\n\r\n}s;
    }
    print unpack('H*', $answer), "\n";
}
