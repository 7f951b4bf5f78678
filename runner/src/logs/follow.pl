# Prints the files that it is given, whole lines only, and what is added to them, until its input ends: that is when the
# client has gone. A file that was renamed is read on until another one has its name, for that is how long it is written.
use strict;
use warnings;

$| = 1;
my %open;
while (1) {
    for my $path (@ARGV) {
        my $file = $open{$path};
        # Looked at before the last lines are read: what is written behind them is in the new file.
        my ($device, $inode) = stat $path;
        drain($file) if $file;
        next unless defined $inode;
        next if $file && $file->{id} eq "$device:$inode";
        open my $handle, '<', $path or next;
        ($device, $inode) = stat $handle;
        drain($open{$path} = { handle => $handle, id => "$device:$inode", rest => '' });
    }
    my $input = '';
    vec($input, fileno(STDIN), 1) = 1;
    last if select($input, undef, undef, 0.2) && !sysread STDIN, my $ignored, 4096;
}

sub drain {
    my ($file) = @_;
    while (sysread $file->{handle}, $file->{rest}, 65536, length $file->{rest}) {
        print $1 if $file->{rest} =~ s/\A(.*\n)//s;
    }
}
