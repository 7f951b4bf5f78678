#!/bin/sh
# PID 1 of the proxy container: fills the scan directory from the current generation and becomes the supervisor.
#
# It decides nothing. /run is empty after every start of the container, so what comes up is always
# what `current` names, and whatever cannot be started leaves the agents with no way out.
set -eu
# shellcheck source=/dev/null  # It is checked by itself.
. /usr/local/lib/portreeve/services.sh

# A log that cannot be opened is no reason to stop; the engine keeps what is written to the original stderr.
if (: >>"$LOGS/supervisor.log") 2>/dev/null; then exec >>"$LOGS/supervisor.log" 2>&1; fi

rm -rf "$RUN/scan" "$RUN/services" "$RUN/running"
mkdir -p "$RUN/scan" "$RUN/services"
define_reaper
link_service reaper

if id=$(current_generation) && is_complete "$id"; then
    cp "$GENERATIONS/$id/dnsmasq.conf" "$RUN/dnsmasq.conf"
    define_dnsmasq
    link_service dnsmasq
    wanted_forwards "$id" | while read -r listen range host port; do
        define_forward "$listen" "$range" "$host" "$port"
        link_service "forward-$listen"
    done
    define_squid "$FIRST_SLOT" "$id"
    link_service "squid-$FIRST_SLOT"
    set_running "$id" "$FIRST_SLOT"
    note "starting generation $id"
else
    # Exiting would make the engine start this container again and again, which takes seconds for each
    # attached network; staying lets `portreeve-ctl switch` repair it.
    note "no complete generation in $CONFIG/current: nothing is served"
fi

exec s6-svscan "$RUN/scan"
