#!/usr/bin/perl
# Says on stderr what is wrong with this container, and exits 1; silent and 0 when all is well.
#
#   health.pl RUN SLOT|none            everything; the slot is that of the running generation
#   health.pl RUN SLOT|none squid|dns  only whether that one answers
#
# s6 calls a stopped process "up", and knows nothing of a process whose supervisor died. So this reads the process table,
# and then asks Squid and dnsmasq a question that only a working one answers.
use strict;
use warnings;
use Socket;

use constant PATIENCE => 0.4;

my ($run, $slot, $only) = (@ARGV, '');
die "usage: health.pl RUN SLOT|none [squid|dns]\n" unless @ARGV >= 2;
my @wrong;

push @wrong, processes() unless $only;
push @wrong, squid_answers($slot) unless $only eq 'dns';
push @wrong, dns_answers() unless $only eq 'squid';
print STDERR map { "$_\n" } @wrong;
exit(@wrong ? 1 : 0);

sub slurp {
    my ($path) = @_;
    open my $file, '<', $path or return;
    local $/;
    return scalar <$file>;
}

# Each wanted service must be the running child of its supervisor, and PID 1 must have no other children.
sub processes {
    my (%supervisor, %child, @found);
    for my $dir (glob '/proc/[0-9]*') {
        # The name is in parentheses and may hold anything, blanks and parentheses included.
        my ($pid, $name, $state, $parent) = (slurp("$dir/stat") // '') =~ /^(\d+) \((.*)\) (\S) (\d+)/s or next;
        if ($parent == 1 && $name eq 's6-supervise') {
            my (undef, $service) = split /\0/, slurp("$dir/cmdline") // '';
            $supervisor{$service} = $pid if defined $service;
            push @found, "the supervisor of $service is stopped" if $state eq 'T';
        }
        elsif ($parent == 1 && $state ne 'Z') {
            push @found, "process $pid ($name) is an orphan";
        }
        $child{$parent} = "$name $state";
    }
    for my $link (glob "$run/scan/*") {
        my ($service) = $link =~ m{([^/]+)$};
        next if -e "$link/down" || -e "$link/draining";
        my $found = $child{$supervisor{$service} // -1};
        if    (!defined $found)   { push @found, "$service is not running" }
        elsif ($found =~ / [Tt]$/) { push @found, "$service is stopped" }
    }
    return @found;
}

# Sends $request to a port of this container and gives the answer's first bytes, or nothing.
sub ask {
    my ($type, $port, $request) = @_;
    socket my $socket, PF_INET, $type, 0 or return;
    # A send timeout bounds the connect as well.
    my $timeout = pack 'l! l!', 0, PATIENCE * 1e6;
    setsockopt $socket, SOL_SOCKET, $_, $timeout or return for SO_RCVTIMEO, SO_SNDTIMEO;
    connect $socket, pack_sockaddr_in($port, INADDR_LOOPBACK) or return;
    send($socket, $request, MSG_NOSIGNAL) or return;
    my $answer = '';
    defined recv $socket, $answer, 512, 0 or return;
    return $answer;
}

# The control port refuses every request, so the refusal itself is the proof that the rules are being evaluated.
sub squid_answers {
    my ($slot) = @_;
    return 'no generation is running' if $slot eq 'none';
    my $answer = ask(SOCK_STREAM, "310$slot", "GET http://health.invalid/ HTTP/1.1\r\nHost: health.invalid\r\nConnection: close\r\n\r\n") // '';
    return if $answer =~ m{^HTTP/1\.\d 403 };
    return $answer eq '' ? 'squid does not answer' : 'squid does not refuse its control port';
}

sub dns_answers {
    my $id = $$ & 0xffff;
    # One question for an A record of health.invalid, recursion desired.
    my $answer = ask(SOCK_DGRAM, 53, pack('n6', $id, 0x0100, 1, 0, 0, 0) . "\6health\7invalid\0" . pack 'n2', 1, 1) // '';
    return 'dnsmasq does not answer' if length $answer < 12;
    my ($answer_id, $flags) = unpack 'n2', $answer;
    return if $answer_id == $id && ($flags & 0xf) == 3;
    return 'dnsmasq does not answer NXDOMAIN';
}
