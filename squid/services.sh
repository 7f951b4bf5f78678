# Shared by entrypoint.sh and portreeve-ctl: where things are, and how a service is defined, added and removed.
# shellcheck shell=sh disable=SC2034  # Not every name is used in here.
#
# A service is a directory in services/ and a link to it in scan/, which is what s6-svscan watches. Its run script is a
# link into the image, so nothing in the writable part of the container is ever executed.

CONFIG=/etc/portreeve
GENERATIONS=$CONFIG/generations
LOGS=/var/log/portreeve
RUN=/run/portreeve
LIB=/usr/local/lib/portreeve

# A slot is the two-digit name that Squid gets with -n; its control port is 310<slot>. Slots from 10 up keep
# their width without a leading zero, and 99 is for `check`.
FIRST_SLOT=10
LAST_SLOT=98
CHECK_SLOT=99

# What happened goes to the log; a caller of portreeve-ctl gets to see only what failed.
note() {
    line="$(date -u +%Y-%m-%dT%H:%M:%SZ) $*"
    { printf '%s\n' "$line" >>"$LOGS/supervisor.log"; } 2>/dev/null || printf '%s\n' "$line" >&2
}

is_id() {
    case $1 in
    '' | *[!0-9a-f]*) return 1 ;;
    esac
}

current_generation() {
    target=$(readlink "$CONFIG/current") || return 1
    id=${target##*/}
    is_id "$id" && printf '%s\n' "$id"
}

# The agents' port stands in the very last line and the control port in the line before, so a cut file
# fails here, before Squid is ever asked.
agents_port() {
    tail -n 1 "$GENERATIONS/$1/squid.conf" 2>/dev/null |
        sed -n 's/^http_port 0\.0\.0\.0:\([1-9][0-9]\{0,4\}\) worker-queues$/\1/p'
}

is_complete() {
    for name in squid.conf dnsmasq.conf socat-forwards.conf; do
        if [ ! -r "$GENERATIONS/$1/$name" ]; then
            echo "generation $1 has no readable $name" >&2
            return 1
        fi
    done
    if [ -z "$(agents_port "$1")" ]; then
        echo "generation $1: the last line of squid.conf is not \`http_port 0.0.0.0:PORT worker-queues\`; the file is cut" >&2
        return 1
    fi
}

# Prints the forwards as `listen range host port`, without comments; fails, and says why, on any line that is not one.
forwards_of() {
    awk -v proxy="$2" '
        function bad(why) { printf "%s line %d: %s\n", FILENAME, FNR, why | "cat >&2"; failed = 1; exit 1 }
        function is_port(p) { return p ~ /^[1-9][0-9]*$/ && p <= 65535 }
        /^[ \t]*(#|$)/ { next }
        NF != 4 { bad("not `listen range host port`") }
        !is_port($1) || !is_port($4) { bad("not a port") }
        $1 == 53 || $1 == proxy || ($1 >= 31000 && $1 <= 31099) { bad("the proxy itself uses port " $1) }
        $1 in seen { bad("a second forward on port " $1) }
        $2 !~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+\/[0-9]+$/ { bad("not an address block: " $2) }
        {
            split($2, part, "[./]")
            for (i = 1; i <= 4; i++) if (part[i] > 255) bad("not an address block: " $2)
            if (part[5] > 32) bad("not an address block: " $2)
        }
        # The value becomes part of a socat address, where `,` and `:` would add options.
        $3 !~ /^[A-Za-z0-9][A-Za-z0-9.-]*$/ { bad("not a host: " $3) }
        { seen[$1] = 1; print $1, $2, $3, $4 }
        END { exit failed }
    ' "$1"
}

wanted_forwards() { forwards_of "$GENERATIONS/$1/socat-forwards.conf" "$(agents_port "$1")"; }

set_running() {
    printf '%s %s\n' "$1" "$2" >"$RUN/running.new"
    mv "$RUN/running.new" "$RUN/running"
}

# `define KIND NAME` makes a new definition in $dir; the kind is what the common run script branches on.
define() {
    dir=$RUN/services/$2
    rm -rf "$dir"
    mkdir -p "$dir"
    printf '%s\n' "$1" >"$dir/kind"
    ln -s "$LIB/service-run.sh" "$dir/run"
    ln -s "$LIB/service-finish.sh" "$dir/finish"
}

define_squid() {
    define squid "squid-$1"
    printf '%s\n' "$1" >"$dir/slot"
    printf '%s\n' "$2" >"$dir/generation"
    agents_port "$2" >"$dir/port"
    # With its long shutdown_lifetime a SIGTERM would outlive the patience of `docker stop`; SIGINT ends at once.
    echo SIGINT >"$dir/down-signal"
}

define_dnsmasq() { define dnsmasq dnsmasq; }

define_forward() {
    define forward "forward-$1"
    printf '%s %s %s %s\n' "$1" "$2" "$3" "$4" >"$dir/line"
}

# Down until a switch leaves an old generation behind, so that an idle proxy runs no loop at all.
define_reaper() {
    define reaper reaper
    : >"$dir/down"
}

link_service() { ln -sfn "../services/$1" "$RUN/scan/$1"; }

rescan() { s6-svscanctl -an "$RUN/scan"; }

# `until_true SECONDS COMMAND…` polls every 20 ms and fails when the time is up.
until_true() {
    tries=$(($1 * 50))
    shift
    while ! "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.02
    done
}

is_supervised() { s6-svok "$RUN/services/$1"; }
is_unsupervised() { ! s6-svok "$RUN/services/$1"; }
is_up() { [ "$(s6-svstat -o up "$RUN/services/$1" 2>/dev/null)" = true ]; }
pid_of() { s6-svstat -o pid "$RUN/services/$1" 2>/dev/null; }

# Ends services for good: the whole process group of each, so that established connections end with the listener.
remove_services() {
    [ $# -gt 0 ] || return 0
    for name; do
        [ -d "$RUN/services/$name" ] || continue
        s6-svc -OK "$RUN/services/$name" 2>/dev/null || true
        rm -f "$RUN/scan/$name"
    done
    rescan
    for name; do
        [ -d "$RUN/services/$name" ] || continue
        until_true 5 is_unsupervised "$name" || note "the supervisor of $name does not end"
        rm -rf "$RUN/services/$name"
    done
}
