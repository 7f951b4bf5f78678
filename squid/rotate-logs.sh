#!/bin/sh
# Packs what past months have logged, and what is too large, and drops what is older than six months.
#
#   rotate-logs.sh YYYY-MM [now]     the month it is, in UTC; with `now` every log that has a line
#
# No line is lost and none is in two files, whenever this is killed: whatever is left half done is completed by the next
# call. A file is packed only when no process has it open any more: until then lines that were on their way go to it.
#
#   access cache dns     renamed, then Squid and dnsmasq are told to open theirs anew
#   forwards supervisor  who writes them never opens them anew, so their beginning is copied and then cut off
set -eu
# shellcheck source=/dev/null  # It is checked by itself.
. "${LIB:-/usr/local/lib/portreeve}/services.sh"

# A log that is larger is packed before its month is over: 256 MiB, some 15 MB of which are left.
MAX_BYTES=268435456
# How many full months are kept beside the current one.
KEPT_MONTHS=6
# How long a process may take to let go of a renamed file, in seconds.
PATIENCE=10

month=${1:-}
case $month in
[0-9][0-9][0-9][0-9]-0[1-9] | [0-9][0-9][0-9][0-9]-1[0-2]) ;;
*) echo "usage: rotate-logs.sh YYYY-MM [now]" >&2; exit 2 ;;
esac
now=${2:-}

# The kernel drops this lock with its holders, a gzip that outlives this included.
exec 8>"$RUN/rotate.lock"
flock -w 600 8 || { echo "rotate-logs.sh: another rotation has run for 600 s" >&2; exit 1; }
cd "$LOGS"

# Months as numbers that can be compared, and counted from.
number_of() { echo $((${1%-*} * 12 + 1${1#*-} - 100)); }
month_of() { printf '%04d-%02d\n' $((($1 - 1) / 12)) $((($1 - 1) % 12 + 1)); }
this=$(number_of "$month")

# A log is called after the last month that it can have lines of: the one it was written to last, if that is over.
label_of() {
    if [ -z "$turned" ]; then echo "$month"; return; fi
    written=$(number_of "$(date -u -r "$1" +%Y-%m)")
    if [ "$written" -lt "$this" ]; then month_of "$written"; else month_of $((this - 1)); fi
}

# The first name of a month that nothing has, packed or not.
free_name() {
    name=$1-$2
    count=1
    while [ -e "$name.log" ] || [ -e "$name.log.gz" ]; do
        count=$((count + 1))
        name=$1-$2.$count
    done
    echo "$name.log"
}

is_due() { [ -s "$1" ] && { [ -n "$turned" ] || [ -n "$now" ] || [ "$(stat -c %s "$1")" -gt "$MAX_BYTES" ]; }; }

# Cuts $2 bytes off the beginning, in one step of the file system. Where it has no such step, the file is emptied at
# the very size that was copied; only a line within these microseconds could be lost.
cut_off() {
    fallocate --collapse-range --offset 0 --length "$2" "$1" 2>/dev/null ||
        perl -e 'open my $f, "+<", $ARGV[0] or exit 1; exit(-s $f == $ARGV[1] && truncate($f, 0) ? 0 : 1)' "$1" "$2"
}

# How much of a file can be cut off: whole blocks but never the whole file, or all where the file system cannot. A rest of
# at most a block stays.
cuttable() {
    size=$(stat -c %s "$1")
    block=$(stat -f -c %S "$1")
    # The probe is a file of two blocks in the same place.
    head -c "$((block * 2))" /dev/zero >.probe
    if fallocate --collapse-range --offset 0 --length "$block" .probe 2>/dev/null; then
        size=$(((size - 1) / block * block))
    fi
    rm -f .probe
    echo "$size"
}

# A copy whose original was not cut yet is what the original begins with.
finish_copies() {
    for copy in .copy-*; do
        [ -e "$copy" ] || continue
        rest=${copy#.copy-}
        stem=${rest%%-*}
        size=$(stat -c %s "$copy")
        if [ -e "$stem.log" ] && head -c "$size" "$stem.log" | cmp -s - "$copy"; then
            cut_off "$stem.log" "$size" || { rm -f "$copy"; continue; }
        fi
        mv "$copy" "$(free_name "$stem" "${rest#*-}")"
    done
}

is_held() { find /proc/[0-9]*/fd -maxdepth 1 -lname "$LOGS/$1" 2>/dev/null | grep -q .; }
is_free() { ! is_held "$1"; }

# The packed file has its name only when it is whole and on the disk.
pack() {
    gzip -c "$1" >.packing
    sync .packing
    mv .packing "$1.gz"
    sync .
    rm -f "$1"
    echo "packed $1.gz"
}

begun=$(cat .month 2>/dev/null) || begun=
turned=
case $begun in
[0-9][0-9][0-9][0-9]-[0-9][0-9]) if [ "$this" -gt "$(number_of "$begun")" ]; then turned=yes; fi ;;
*) begun= ;;
esac

rm -f .packing .copying .probe
finish_copies
for stem in access cache dns; do
    if is_due "$stem.log"; then mv "$stem.log" "$(free_name "$stem" "$(label_of "$stem.log")")"; fi
done
for stem in forwards supervisor; do
    is_due "$stem.log" || continue
    label=$(label_of "$stem.log")
    size=$(cuttable "$stem.log")
    [ "$size" -gt 0 ] || continue
    head -c "$size" "$stem.log" >.copying
    sync .copying
    mv .copying ".copy-$stem-$label"
done
finish_copies
if [ -n "$turned" ] || [ -z "$begun" ]; then
    echo "$month" >.month.new
    sync .month.new
    mv .month.new .month
fi

# Always, because dnsmasq does not go on by itself with a log that a full disk has stopped.
portreeve-ctl reopen || echo "rotate-logs.sh: Squid or dnsmasq cannot open their logs anew" >&2

for file in [a-z]*-[0-9][0-9][0-9][0-9]-[0-9][0-9]*.log; do
    [ -e "$file" ] || continue
    # What is still held is packed by the next call.
    until_true "$PATIENCE" is_free "$file" || continue
    pack "$file"
done

for file in [a-z]*-[0-9][0-9][0-9][0-9]-[0-9][0-9]*.log.gz; do
    [ -e "$file" ] || continue
    rest=${file#*-}
    of=$(printf '%.7s' "$rest")
    if [ "$(number_of "$of")" -lt $((this - KEPT_MONTHS)) ]; then
        rm -f "$file"
        echo "removed $file"
    fi
done
