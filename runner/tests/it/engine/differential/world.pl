# Everything around one Squid, in a network namespace that has nothing but its loopback: every address is answered here.
#
# Standard input tells what there is and what is asked, fields separated by tabs:
#
#   resolver ADDRESS                      where names are asked for
#   name NAME ADDRESS,ADDRESS,…           what a name leads to; every other name, and one with no address, leads nowhere
#   gateway ADDRESS PORT                  the parent proxy, which says yes to everything and dials nobody
#   listen PORT                           on every address
#   ready                                 all of it so far is there before this is answered with `ready`
#   ask NUMBER SOURCE PROXY PORT BYTES    a request in hexadecimal, from this very address
#
# Standard output: `answer NUMBER STATUS SEEN` for each request, then `served ADDRESS:PORT HEAD` for each connection that
# came out of Squid with a request on it. SEEN is what the server has told of itself in the answer, or `-`.
use strict;
use warnings;
use Socket qw(:DEFAULT inet_pton);
use IO::Select;

# Nothing here takes longer than the three seconds that Squid waits for a resolver.
use constant PATIENCE => 20;
use constant CLIENTS => 6;
$SIG{PIPE} = 'IGNORE';

my ($resolver, $gateway, %addresses, @asks, @servers);
my @ports = ([], []);
my $is_ready = 0;
while (<STDIN>) {
    chomp;
    my ($kind, @fields) = split /\t/, $_, -1;
    if ($kind eq 'resolver') { ($resolver) = @fields }
    elsif ($kind eq 'name') { $addresses{ $fields[0] } = [split /,/, $fields[1]] }
    elsif ($kind eq 'gateway') { $gateway = "$fields[0]:$fields[1]"; push @{ $ports[0] }, $fields[1] }
    elsif ($kind eq 'listen') { push @{ $ports[$is_ready] }, $fields[0] }
    elsif ($kind eq 'ready') { start_server(names(), map { tcp_listener($_) } each_once($ports[0])); $is_ready = 1; say_ready() }
    elsif ($kind eq 'ask') { push @asks, \@fields }
    else { die "unknown line: $_\n" }
}
my %is_open = map { $_ => 1 } @{ $ports[0] };
start_server(undef, map { tcp_listener($_) } grep { !$is_open{$_} } each_once($ports[1]));

# The asks are dealt to clients that each take one after the other.
$| = 1;
my @clients;
for my $at (0 .. CLIENTS - 1) {
    my $client = fork // die "fork: $!\n";
    if (!$client) {
        for (my $number = $at; $number < @asks; $number += CLIENTS) {
            my $line = join("\t", 'answer', $asks[$number][0], ask(@{ $asks[$number] })) . "\n";
            # One write is one line, whoever else writes.
            syswrite STDOUT, $line;
        }
        exit;
    }
    push @clients, $client;
}
waitpid $_, 0 for @clients;
for my $server (@servers) {
    my ($id, $told) = @$server;
    kill TERM => $id;
    while (<$told>) { print "served\t$_" }
    waitpid $id, 0;
}

sub each_once {
    my %seen;
    return grep { !$seen{$_}++ } @{ $_[0] };
}

sub say_ready {
    syswrite STDOUT, "ready\n";
}

sub start_server {
    my ($names, @listeners) = @_;
    pipe my $told, my $tell or die "pipe: $!\n";
    my $server = fork // die "fork: $!\n";
    if (!$server) { serve($tell, $names, @listeners); exit }
    push @servers, [$server, $told];
}

sub names {
    socket my $names, PF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
    # The proxy's own resolver has the wildcard address.
    setsockopt $names, SOL_SOCKET, SO_REUSEADDR, 1;
    bind $names, pack_sockaddr_in(53, inet_aton $resolver) or die "bind $resolver: $!\n";
    return $names;
}

sub ask {
    my (undef, $source, $proxy, $port, $bytes) = @_;
    socket my $socket, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
    setsockopt $socket, SOL_SOCKET, $_, pack 'l! l!', PATIENCE, 0 for SO_RCVTIMEO, SO_SNDTIMEO;
    bind $socket, pack_sockaddr_in(0, inet_aton $source) or return ("bind $source: $!", '-');
    connect $socket, pack_sockaddr_in($port, inet_aton $proxy) or return ("connect: $!", '-');
    my $request = pack 'H*', $bytes;
    syswrite $socket, $request;
    my $answer = head($socket);
    my ($status) = $answer =~ m{^HTTP/\S+ (\d+)} or return ('nothing', '-');
    if ($status == 200 && $request =~ /^CONNECT /) {
        # Whoever is at the other end of the tunnel answers a request inside of it.
        syswrite $socket, "GET /tunnel HTTP/1.1\r\n\r\n";
        $answer = head($socket);
    }
    return ($status, $answer =~ /^X-Seen: ([^\r]*)\r$/m ? "$1" : '-');
}

sub head {
    my ($socket) = @_;
    my $text = '';
    while ($text !~ /\r\n\r\n/) { sysread $socket, $text, 4096, length $text or last }
    return $text;
}

sub tcp_listener {
    my ($port) = @_;
    socket my $listener, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
    setsockopt $listener, SOL_SOCKET, SO_REUSEADDR, 1;
    bind $listener, pack_sockaddr_in($port, INADDR_ANY) or die "bind $port: $!\n";
    listen $listener, 256 or die "listen $port: $!\n";
    return $listener;
}

sub serve {
    my ($tell, $names, @listeners) = @_;
    my (%is_listener, %text, %tunnel, @served);
    $is_listener{ fileno $_ } = 1 for @listeners;
    my $select = IO::Select->new(@listeners, $names // ());
    my $over = 0;
    local $SIG{TERM} = sub { $over = 1 };
    until ($over) {
        for my $socket ($select->can_read(0.2)) {
            if ($names && $socket == $names) { resolve($names); next }
            if ($is_listener{ fileno $socket }) {
                accept my $new, $socket or next;
                $select->add($new);
                $text{$new} = '';
                next;
            }
            my $read = sysread $socket, $text{$socket}, 65536, length $text{$socket};
            my $close = !$read;
            if ($text{$socket} =~ s/^(.*?)\r\n\r\n//s) {
                my ($line, $head) = ((split /\r\n/, $1)[0], $1);
                my ($port, $address) = unpack_sockaddr_in getsockname $socket;
                my $at = inet_ntoa($address) . ":$port";
                my ($host) = $head =~ /^Host: *([^\r\n]*)/mi;
                if (!exists $tunnel{$socket}) {
                    my $what = "$at $line";
                    push @served, $what;
                    $tunnel{$socket} = $what . ($line =~ /^CONNECT / || !defined $host ? '' : " host=$host");
                    if ($line =~ /^CONNECT / && $at eq $gateway) {
                        syswrite $socket, "HTTP/1.1 200 OK\r\n\r\n";
                        next;
                    }
                }
                syswrite $socket, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\nX-Seen: $tunnel{$socket}\r\n\r\n";
                $close = 1;
            }
            if ($close) {
                $select->remove($socket);
                delete $text{$socket};
                delete $tunnel{$socket};
                close $socket;
            }
        }
    }
    print {$tell} "$_\n" for @served;
    close $tell;
}

# Answers A and AAAA (RFC 1035, RFC 3596).
sub resolve {
    my ($names) = @_;
    my $from = recv $names, my $query, 1500, 0;
    return unless defined $from;
    my ($id, $flags) = unpack 'n2', $query;
    my ($at, @labels) = (12);
    while (my $length = ord substr $query, $at, 1) {
        push @labels, lc substr $query, $at + 1, $length;
        $at += 1 + $length;
    }
    my $question = substr $query, 12, $at + 5 - 12;
    my ($type) = unpack 'n', substr $query, $at + 1, 2;
    my $found = $addresses{ join '.', @labels } // [];
    my @records = grep { length == ($type == 1 ? 4 : $type == 28 ? 16 : 0) }
        map { /:/ ? inet_pton(AF_INET6, $_) : inet_aton($_) } @$found;
    my $code = @$found ? 0 : 3;
    my $answers = join '', map { pack('n3 N n/a', 0xc00c, $type, 1, 1, $_) } @records;
    send $names, pack('n6', $id, 0x8180 | $code, 1, scalar @records, 0, 0) . $question . $answers, 0, $from;
}
