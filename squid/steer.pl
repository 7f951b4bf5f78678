#!/usr/bin/perl
# Decides which listener of a reuseport group gets new connections: steer.pl PORT INDEX
#
# All generations of Squid listen on the same port, and the kernel spreads connections over them. A classic BPF program,
# attached through any member of the group, replaces that by a constant: the member with this index, in the order in which
# they began to listen. This process is a member only for as long as it takes to attach it. It needs the same user as Squid, and no capability.
use strict;
use warnings;
use Socket;

# Linux constants that perl's Socket module does not have; the same on every architecture that Debian's Squid is used on.
use constant {
    SO_REUSEPORT             => 15,
    SO_ATTACH_REUSEPORT_CBPF => 51,
    BPF_RET_K                => 0x06,
};

my ($port, $index) = @ARGV;
die "usage: steer.pl PORT INDEX\n" unless @ARGV == 2 && "$port$index" =~ /^[0-9]+$/;

# struct sock_filter { u16 code; u8 jt, jf; u32 k; } and struct sock_fprog { u16 len; struct sock_filter *filter; }
my $filter  = pack 'S C C L', BPF_RET_K, 0, 0, $index;
my $program = pack 'S x![J] P', 1, $filter;

socket my $member, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
setsockopt $member, SOL_SOCKET, SO_REUSEPORT, pack 'i', 1 or die "SO_REUSEPORT: $!\n";
bind $member, pack_sockaddr_in($port, INADDR_ANY) or die "bind to port $port: $!\n";

# Between listen and attach it may catch connections itself. They wait in its queue and tcp_migrate_req hands
# them to the chosen member on close, so the queue must not overflow.
listen $member, 4096 or die "listen: $!\n";
setsockopt $member, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, $program or die "SO_ATTACH_REUSEPORT_CBPF: $!\n";

# A close that races with the last ACK of a handshake resets that connection; after 100 ms none is under way.
select undef, undef, undef, 0.1;
