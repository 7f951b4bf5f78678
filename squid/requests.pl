#!/usr/bin/perl
# What is asked for on the connections of an old generation.
#
#   requests.pl drain SLOT PORT PID                waits until PID has read a request from every connection that it has got or
#                                                  will still get, but for a second at most; prints `PEER URI` for each request
#   requests.pl open GENERATION PORT PID RECORD    prints `GENERATION LOCAL PEER URI` for each connection that PID still has;
#                                                  RECORD is what `drain` printed, and the URI is `-` where it says nothing
#
# Squid tells its requests on its control port, which it closes together with the agents' port. So they are written
# down before that, and what is still open is found later by its two addresses and the process that holds it.
use strict;
use warnings;
use Socket;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);

# An agent that takes longer than this between two parts of its request loses it in a switch.
use constant PATIENCE => 1;
use constant CONTROL_TIMEOUT => 2;

my ($verb, @arguments) = @ARGV;
my %verbs = (drain => [\&drain, 3], open => [\&print_open, 4]);
my ($sub, $count) = @{ $verbs{$verb // ''} // [] };
die "usage: requests.pl drain SLOT PORT PID | open GENERATION PORT PID RECORD\n" unless $sub && @arguments == $count;
$sub->(@arguments);

sub drain {
    my ($slot, $port, $pid) = @_;
    my ($requests, %coming);
    my $end = clock_gettime(CLOCK_MONOTONIC) + PATIENCE;
    for (my $round = 0; ; $round++) {
        my @sockets = sockets($port);
        # Nobody has these yet. Those that are there now may be for PID; later ones are not.
        my %unclaimed = map { $_->{peer} => 1 } grep { $_->{state} =~ /^(SYN-RECV|ESTAB)$/ && !$_->{users} } @sockets;
        %coming = %unclaimed if $round == 0;
        my @own = grep { $_->{users} =~ /\bpid=$pid,/ } @sockets;
        $requests = requests($slot);
        my $waiting = grep({ !exists $requests->{ $_->{peer} } } @own) + grep { $unclaimed{$_} } keys %coming;
        last if !$waiting || clock_gettime(CLOCK_MONOTONIC) >= $end;
        sleep 0.03;
    }
    print map { "$_ $requests->{$_}\n" } sort keys %$requests;
}

sub print_open {
    my ($generation, $port, $pid, $record) = @_;
    my %asked;
    if (open my $file, '<', $record) {
        while (<$file>) { $asked{$1} = $2 if /^(\S+) (\S+)$/ }
    }
    for (sockets($port)) {
        next unless $_->{users} =~ /\bpid=$pid,/;
        printf "%s %s %s %s\n", $generation, $_->{local}, $_->{peer}, $asked{ $_->{peer} } // '-';
    }
}

# The connections to a port of this container. Who holds one is told for processes of one's own user.
sub sockets {
    my ($port) = @_;
    open my $ss, '-|', 'ss', '-Htnp', 'state', 'connected', "sport = :$port" or die "ss: $!\n";
    my @found;
    while (<$ss>) {
        my ($state, undef, undef, $local, $peer, $users) = split ' ';
        push @found, { state => $state, local => $local, peer => $peer, users => $users // '' };
    }
    close $ss or die "ss failed\n";
    return @found;
}

# The requests of a Squid that are not answered yet, its tunnels among them, by the address of their client.
sub requests {
    my ($slot) = @_;
    socket my $socket, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
    my $timeout = pack 'l! l!', CONTROL_TIMEOUT, 0;
    setsockopt $socket, SOL_SOCKET, $_, $timeout or die "timeout: $!\n" for SO_RCVTIMEO, SO_SNDTIMEO;
    connect $socket, pack_sockaddr_in("310$slot", INADDR_LOOPBACK) or die "the control port of slot $slot: $!\n";
    # With HTTP/1.0 the answer is not cut into chunks.
    my $question = "GET /squid-internal-mgr/active_requests HTTP/1.0\r\nHost: portreeve\r\n\r\n";
    send $socket, $question, MSG_NOSIGNAL or die "the control port of slot $slot: $!\n";
    my $answer = '';
    while (my $read = sysread $socket, $answer, 65536, length $answer) { }
    $answer =~ m{^HTTP/1\.\d 200 .*?\r\n\r\n}s or die "squid in slot $slot does not tell its requests\n";
    my (%requests, $peer);
    # A URI has neither blank nor line end in it, or Squid would have refused it.
    for (split /\n/, substr $answer, $+[0]) {
        if (/^Connection: /) { undef $peer }
        elsif (/^\tremote: (\S+)$/) { $peer = $1 }
        elsif (/^uri (\S+)$/ && defined $peer) { $requests{$peer} = $1 }
    }
    return \%requests;
}
