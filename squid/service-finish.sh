#!/bin/sh
# The finish script of every service: `finish EXITCODE SIGNAL NAME PGID`.
#
# socat and dnsmasq fork a child for each connection. When the parent dies these would go on under PID 1, out of
# reach of whoever removes the service later, so they end with it.
kill -s KILL -- "-$4" 2>/dev/null
if [ "$1" = 256 ]; then how="signal $2"; else how="exit $1"; fi
printf '%s %s ended (%s)\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$3" "$how" >&2
exit 0
