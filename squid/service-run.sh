#!/bin/sh
# The run script of every service; s6-supervise starts it in the service's own directory.
#
# It becomes the service by exec, so that the supervised process is the program itself and no shell stands between.
set -eu
# shellcheck source=/dev/null  # It is checked by itself.
. /usr/local/lib/portreeve/services.sh

# When a supervisor is killed, its service lives on as a child of PID 1 and holds the port, and a new one could not bind.
# The group is ended only if its leader really is such an orphan: the number may belong to somebody else by now.
old=$(cat pid 2>/dev/null) || old=
if [ -n "$old" ] && [ "$old" != $$ ] &&
    [ "$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$old/status" 2>/dev/null)" = 1 ]; then
    note "${PWD##*/}: ending the orphan $old"
    kill -s KILL -- "-$old" 2>/dev/null || true
fi
echo $$ >pid

log_to() {
    if (: >>"$LOGS/$1") 2>/dev/null; then exec >>"$LOGS/$1" 2>&1; fi
}

case $(cat kind) in
squid)
    slot=$(cat slot)
    id=$(cat generation)
    # Left behind by a SIGKILL, it would stop Squid from starting once another process has its number.
    rm -f "$RUN/$slot.pid"
    exec squid -N -n "$slot" -f "$GENERATIONS/$id/squid.conf" >stdout 2>&1
    ;;
dnsmasq)
    exec dnsmasq --keep-in-foreground --conf-file="$RUN/dnsmasq.conf"
    ;;
forward)
    read -r listen range host port <line
    log_to forwards.log
    # An idle DevTools socket is normal for minutes; after an hour without a byte its browser is gone.
    exec socat -d -d -lu -lp "forward-$listen" -T 3600 \
        "TCP4-LISTEN:$listen,reuseaddr,fork,backlog=128,keepalive,range=$range,max-children=64" \
        "TCP4:$host:$port,connect-timeout=10,keepalive"
    ;;
reaper)
    exec portreeve-ctl reap
    ;;
esac
note "${PWD##*/}: unknown kind of service"
exit 1
