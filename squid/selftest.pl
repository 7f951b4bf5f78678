#!/usr/bin/perl
# The other containers of selftest.sh: a server, clients of the proxy, and clients of the resolver.
#
#   upstream PORT                       answers "ok"; /show answers the request itself; /hold echoes; /long never ends
#   get PROXY URL                       prints status and body of one request
#   load SECONDS WORKERS PROXY TARGET [N]  every request on a connection of its own; prints what failed. One in N pauses
#                                       for 0.7 s before it is sent. A file /tmp/stop ends it early
#   hold PROXY|- TARGET SECONDS         echoes through a tunnel, or directly; prints `whole` or `broken`
#   resolve SERVER NAME TYPE            prints the response code, or `silent`
#   connects ADDRESS PORT               prints `open` or `refused`
use strict;
use warnings;
use Socket;
use Time::HiRes qw(time sleep);

$| = 1;
$SIG{PIPE} = 'IGNORE';
my ($verb, @arguments) = @ARGV;
my %verbs = (upstream => \&upstream, get => \&get, load => \&load, hold => \&hold, resolve => \&resolve, connects => \&connects);
($verbs{$verb // ''} // die "unknown verb\n")->(@arguments);

sub connection {
    my ($address, $port, $seconds) = @_;
    socket my $socket, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
    setsockopt $socket, SOL_SOCKET, $_, pack 'l! l!', $seconds // 10, 0 for SO_RCVTIMEO, SO_SNDTIMEO;
    connect $socket, pack_sockaddr_in($port, inet_aton $address) or return;
    return $socket;
}

sub read_until {
    my ($socket, $end) = @_;
    my $text = '';
    while ($text !~ $end) { sysread $socket, $text, 4096, length $text or last }
    return $text;
}

sub upstream {
    my ($port) = @_;
    $SIG{CHLD} = 'IGNORE';
    socket my $listener, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
    setsockopt $listener, SOL_SOCKET, SO_REUSEADDR, 1;
    bind $listener, pack_sockaddr_in($port, INADDR_ANY) or die "bind: $!\n";
    listen $listener, 1024;
    for (1 .. 7) { last unless fork }
    while (accept my $client, $listener) {
        my $request = read_until($client, qr/\r\n\r\n/);
        my $head = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
        # As a gateway it is at the other end of every tunnel itself; such a client may be slow to speak.
        if ($request =~ m{^CONNECT |^\S+ (?:http://[^/]*)?/(?:hold|long) }) {
            next if fork;
            if ($request =~ /^CONNECT /) {
                syswrite $client, "HTTP/1.1 200 OK\r\n\r\n";
                $request = read_until($client, qr/\r\n\r\n/);
            }
            syswrite $client, "$head\r\n" if $request =~ m{/(?:hold|long) };
            if ($request =~ m{/long }) { sleep 0.05 while syswrite $client, 'x' x 1024 }
            elsif ($request =~ m{/hold }) { while (sysread $client, my $bytes, 4096) { syswrite $client, $bytes } }
            else { syswrite $client, "${head}Content-Length: 2\r\n\r\nok" }
            exit;
        }
        my $body = $request =~ m{^\S+ /show } ? $request : 'ok';
        syswrite $client, "${head}Content-Length: " . length($body) . "\r\n\r\n$body" if $request ne '';
        close $client;
    }
}

sub get {
    my ($proxy, $url) = @_;
    my $socket = connection($proxy, 3128, 5) or return print "unreachable: $!\n";
    my ($host) = $url =~ m{^\w+://([^/]*)};
    syswrite $socket, "GET $url HTTP/1.1\r\nHost: $host\r\nConnection: close\r\n\r\n";
    my $answer = read_until($socket, qr/\z(?!)/);
    my ($status, $body) = $answer =~ /^HTTP\S+ (\d+).*?\r\n\r\n(.*)/s;
    print $status // 'nothing', " ", $body // '', "\n";
}

# What went wrong with one request, or nothing.
sub one_request {
    my ($proxy, $target, $tunnel, $pause) = @_;
    my $socket = connection($proxy, 3128) or return "connect: $!";
    sleep 0.7 if $pause;
    my $answer;
    if ($tunnel) {
        syswrite $socket, "CONNECT $target HTTP/1.1\r\nHost: $target\r\n\r\n";
        $answer = read_until($socket, qr/\r\n\r\n/);
        $answer =~ /^HTTP\S+ 200/ or return 'CONNECT: ' . ($answer eq '' ? "empty, $!" : substr $answer, 0, 12);
        syswrite $socket, "GET / HTTP/1.1\r\nHost: $target\r\n\r\n";
    }
    else {
        syswrite $socket, "GET http://$target/ HTTP/1.1\r\nHost: $target\r\nConnection: close\r\n\r\n";
    }
    $answer = read_until($socket, qr/\r\n\r\nok$/);
    return if $answer =~ /ok$/;
    return ($tunnel ? 'tunnel: ' : 'GET: ') . ($answer eq '' ? "empty, $!" : substr $answer, 0, 12);
}

sub load {
    my ($seconds, $workers, $proxy, $target, $slow) = @_;
    my @reports;
    for (1 .. $workers) {
        pipe my $report, my $out;
        push @reports, $report;
        next if fork;
        my ($count, $slowest, %failed, $total) = (0, 0);
        for (my $end = time + $seconds; time < $end && !-e '/tmp/stop'; $count++) {
            my $start = time;
            my $why = one_request($proxy, $target, $count % 2, $slow && $count % $slow == 0);
            $slowest = time - $start if time - $start > $slowest;
            $failed{$why}++ if defined $why;
        }
        $total += $_ for values %failed;
        print $out join("\t", $count, $total // 0, $slowest, map { "$_ ($failed{$_})" } keys %failed), "\n";
        exit;
    }
    my ($count, $failed, $slowest, @whys) = (0, 0, 0);
    for my $report (@reports) {
        chomp(my $line = <$report> // '');
        my ($requests, $bad, $slow, @why) = split /\t/, $line;
        $count += $requests; $failed += $bad; push @whys, @why;
        $slowest = $slow if $slow > $slowest;
    }
    printf "%d failed of %d, slowest %.3f s %s\n", $failed, $count, $slowest, join '; ', @whys;
}

sub hold {
    my ($proxy, $target, $seconds) = @_;
    my ($address, $port) = split /:/, $target;
    my $socket = ($proxy eq '-' ? connection($address, $port, 2) : connection($proxy, 3128, 2)) or return print "unreachable\n";
    if ($proxy ne '-') {
        syswrite $socket, "CONNECT $target HTTP/1.1\r\nHost: $target\r\n\r\n";
        read_until($socket, qr/\r\n\r\n/) =~ /^HTTP\S+ 200/ or return print "refused\n";
    }
    syswrite $socket, "GET /hold HTTP/1.1\r\nHost: $target\r\n\r\n";
    read_until($socket, qr/\r\n\r\n/) =~ /^HTTP\S+ 200/ or return print "refused\n";
    my $start = time;
    while (time - $start < $seconds) {
        syswrite $socket, 'x';
        my $count = sysread $socket, my $echo, 1;
        return print "broken\n" unless $count;
        sleep 0.1;
    }
    print "whole\n";
}

sub resolve {
    my ($server, $name, $type) = @_;
    socket my $socket, PF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
    setsockopt $socket, SOL_SOCKET, SO_RCVTIMEO, pack 'l! l!', 1, 0;
    my $question = join('', map { pack 'C/a', $_ } split /\./, $name) . "\0";
    send $socket, pack('n6', 7, 0x0100, 1, 0, 0, 0) . $question . pack('n2', $type, 1), 0, pack_sockaddr_in(53, inet_aton $server);
    return print "silent\n" unless defined recv $socket, my $answer, 512, 0;
    print +(unpack 'n2', $answer)[1] & 0xf, "\n";
}

sub connects {
    my ($address, $port) = @_;
    print connection($address, $port, 1) ? "open\n" : "refused\n";
}
