# Asks the proxy for some names in turns, each request on a connection of its own, and prints one line for each:
# when it began (seconds), the name, and the status or what broke.
use strict;
use warnings;
use Socket;
use Time::HiRes qw(time sleep);

my ($proxy, @names) = @ARGV;
my $address = pack_sockaddr_in 3128, inet_aton $proxy;
$SIG{PIPE} = 'IGNORE';
$| = 1;

# Nobody waits for it longer than any test takes.
my $end = time + 3600;
while (time < $end) {
    for my $name (@names) {
        my $begun = time;
        my ($status) = ask($name) =~ m{^HTTP/1\.\d (\d{3})};
        printf "%.3f %s %s\n", $begun, $name, $status // 'broken';
        sleep 0.02;
    }
}

sub ask {
    my ($name) = @_;
    socket my $connection, PF_INET, SOCK_STREAM, 0 or return '';
    # A proxy that holds a request back must show as such, and stop nothing.
    setsockopt $connection, SOL_SOCKET, $_, pack 'l!l!', 10, 0 for SO_RCVTIMEO, SO_SNDTIMEO;
    connect $connection, $address or return '';
    syswrite $connection, "GET http://$name/ HTTP/1.1\r\nHost: $name\r\n\r\n";
    my $answer = '';
    1 while sysread $connection, $answer, 4096, length $answer;
    return $answer;
}
