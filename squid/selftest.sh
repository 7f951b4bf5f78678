#!/bin/sh
# Runs the proxy image for real and checks what README.md promises: squid/selftest.sh IMAGE
#
# One line for each check, `ok NAME` or `FAIL NAME: why`; the last line counts them, and the exit code is 1 when any failed.
# It needs a Docker engine and nothing else, makes four small networks out of 198.19.0.0/16, and removes all it made.
set -u

IMAGE=${1:?usage: selftest.sh IMAGE}
HERE=$(cd "$(dirname "$0")" && pwd)
SELF=portreeve-selftest-$$
LABELS="--label portreeve.test=image --label portreeve.selftest=$SELF"
WORK=$(mktemp -d) || exit 1
passed=0
failed=0

SYSCTLS='--sysctl net.ipv4.ip_unprivileged_port_start=0 --sysctl net.ipv4.ip_forward=0
  --sysctl net.ipv4.conf.all.rp_filter=1 --sysctl net.ipv4.conf.default.rp_filter=1
  --sysctl net.ipv4.tcp_migrate_req=1 --sysctl net.ipv4.tcp_tw_reuse=1 --sysctl net.ipv6.conf.lo.disable_ipv6=0'
# The contract of README.md; `exec` is left out, because nothing may need it.
CONTRACT="--user 13:13 --read-only --cap-drop ALL --security-opt no-new-privileges
  --tmpfs /run/portreeve:uid=13,gid=13,mode=0755 $SYSCTLS -v $WORK/config:/etc/portreeve:ro $LABELS"

clean_up() {
    trap - EXIT INT TERM
    for kind in container network volume; do
        all=; [ $kind = container ] && all=-a
        # shellcheck disable=SC2086  # $all is one option or none, the list one of names.
        force=-f; [ $kind != network ] || force=
        things=$(docker $kind ls $all -q --filter "label=portreeve.selftest=$SELF")
        # shellcheck disable=SC2086
        [ -z "$things" ] || docker $kind rm $force $things >/dev/null 2>&1
    done
    rm -rf "$WORK"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

give_up() { echo "FAIL set-up: $*"; echo "$passed passed, $((failed + 1)) failed"; exit 1; }
ok() { passed=$((passed + 1)); echo "ok $1"; }
bad() { failed=$((failed + 1)); echo "FAIL $1: $2"; }

# `expect NAME WANTED GOT`: WANTED is a shell pattern.
expect() {
    # shellcheck disable=SC2254  # A pattern is meant.
    case $3 in
    $2) ok "$1" ;;
    *) bad "$1" "wanted $2, got $(printf '%s' "$3" | head -c 300 | tr '\n' '|')" ;;
    esac
}

less() { if [ "$2" -lt "$1" ]; then echo yes; else echo "$2"; fi; }

# `within SECONDS COMMAND…`
within() {
    deadline=$(($(date +%s) + $1)); shift
    until "$@"; do
        [ "$(date +%s)" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}
expect_within() { name=$1; shift; if within "$@"; then ok "$name"; else bad "$name" "not within $1 s"; fi; }

ctl() { docker exec "$SELF" portreeve-ctl "$@"; }
inside() { docker exec "$SELF" "$@"; }
# The image has kill only as the shell's own.
send() { inside sh -c "kill -s $1 $2"; }
agent() { docker exec "$SELF-agent" perl /bed/selftest.pl "$@"; }
stranger() { docker exec "$SELF-stranger" perl /bed/selftest.pl "$@"; }
status_of() { agent get "$PROXY" "$1" | head -n 1 | cut -d ' ' -f 1; }
pids() { ctl status | awk '$3 != "-" { print $1, $3 }' | grep -v '^reaper ' | sort; }
pid() { ctl status | awk -v name="$1" '$1 == name { print $3 }'; }
squid_service() { ctl status | awk '$1 ~ /^squid-/ && $2 != "draining" && $2 != "down" { print $1 }'; }
healthy() { ctl health 2>/dev/null; }
ill() { ! healthy; }

# `generation ID [RULES]` writes one from the preamble that README.md documents; the forwards are read from stdin.
generation() {
    dir=$WORK/config/generations/$1
    mkdir -p "$dir"
    {
        awk '/^```squid-preamble$/ { on = 1; next } /^```$/ { on = 0 } on' "$HERE/README.md"
        printf '%s\n' 'dns_nameservers 127.0.0.1' "acl from_coder src $A.0/28" "acl lan dst -n $UP.5" 'acl lanport port 8000' \
            "acl yes annotate_transaction agent=coder verdict=allow rule=$1" \
            'acl no annotate_transaction agent=coder verdict=deny rule=default-deny' \
            'http_access allow from_coder lan lanport yes' 'always_direct allow from_coder lan lanport' \
            'http_access deny all no' 'never_direct allow all'
        [ -z "${2:-}" ] || printf '%s\n' "$2"
        # shellcheck disable=SC2016  # The macro is Squid's.
        printf '%s\n' 'http_port 127.0.0.1:310${service_name} name=ctl' 'http_port 0.0.0.0:3128 worker-queues'
    } >"$dir/squid.conf"
    awk '/^```dnsmasq$/ { on = 1; next } /^```$/ { on = 0 } on' "$HERE/README.md" >"$dir/dnsmasq.conf"
    cat >"$dir/socat-forwards.conf"
}

start_proxy() {
    # shellcheck disable=SC2086  # Lists of options.
    docker run -d --name "$SELF" $CONTRACT --restart unless-stopped --network "$SELF-up" -v "$SELF-logs:/var/log/portreeve" "$IMAGE" >/dev/null &&
        docker network connect --ip "$PROXY" "$SELF-a" "$SELF"
}

# A throw-away container for `check`; no network, and logs that go with it.
check() {
    # shellcheck disable=SC2086
    docker run --rm $CONTRACT --network none --tmpfs /var/log/portreeve:uid=13,gid=13 "$IMAGE" portreeve-ctl check "$1" 2>&1
    echo "exit $?"
}

set_up() {
    # Somebody else may have the first choice of networks; three tries are enough.
    for try in 1 2 3; do
        base=198.19.$((($$ + try * 67) % 250))
        third=${base##*.}
        A=198.19.$third B=198.19.$((third + 1)) UP=198.19.$((third + 2)) LATE=198.19.$((third + 3))
        # shellcheck disable=SC2086
        docker network create $LABELS --internal --subnet "$A.0/28" "$SELF-a" >/dev/null 2>&1 &&
            docker network create $LABELS --internal --subnet "$B.0/28" "$SELF-b" >/dev/null 2>&1 &&
            docker network create $LABELS --subnet "$UP.0/28" "$SELF-up" >/dev/null 2>&1 &&
            docker network create $LABELS --internal --subnet "$LATE.0/28" "$SELF-late" >/dev/null 2>&1 && break
        docker network rm "$SELF-a" "$SELF-b" "$SELF-up" "$SELF-late" >/dev/null 2>&1
        [ "$try" != 3 ] || give_up "no free networks"
    done
    PROXY=$A.2
    # shellcheck disable=SC2086
    docker volume create $LABELS "$SELF-logs" >/dev/null
    mkdir -p "$WORK/config/generations" "$WORK/bed"
    cp "$HERE/selftest.pl" "$WORK/bed/"
    chmod -R a+rX "$WORK"
    for role in upstream:up:$UP.5 agent:a:$A.5 stranger:b:$B.5; do
        name=${role%%:*} rest=${role#*:}
        command='sleep 600'
        [ "$name" != upstream ] || command='perl /bed/selftest.pl upstream 8000'
        # shellcheck disable=SC2086
        docker run -d --name "$SELF-$name" $LABELS --no-healthcheck --stop-timeout 0 --network "$SELF-${rest%%:*}" --ip "${rest#*:}" \
            -v "$WORK/bed:/bed:ro" "$IMAGE" $command >/dev/null || give_up "cannot start $name"
    done
    FORWARD="9223 $A.0/28 $UP.5 8000"
    OTHER_FORWARD="9224 $A.0/28 $UP.5 8000"
    printf '# One forward.\n\n%s\n' "$FORWARD" | generation aa01
    printf '%s\n%s\n' "$FORWARD" "$OTHER_FORWARD" | generation aa02
    ln -s generations/aa01 "$WORK/config/current"
}

check_the_gate() {
    expect gate-accepts 'exit 0' "$(check aa01)"
    generation bb01 'no_such_directive on' </dev/null
    expect gate-refuses-an-unknown-directive '*unrecognized*exit 1' "$(check bb01)"
    generation bb02 'acl named dst example.invalid' </dev/null
    expect gate-refuses-a-name-that-must-be-resolved '*example.invalid*exit 1' "$(check bb02)"
    generation bb03 'acl twice dstdomain .a.example b.a.example' </dev/null
    expect gate-refuses-a-warning '*a.example*exit 1' "$(check bb03)"
    generation bb04 </dev/null
    sed -i '$d' "$WORK/config/generations/bb04/squid.conf"
    expect gate-refuses-a-cut-file '*is cut*exit 1' "$(check bb04)"
    echo "9223 $A.0/28 $UP.5,fork 8000" | generation bb05
    expect gate-refuses-a-socat-option '*not a host*exit 1' "$(check bb05)"
    printf '%s\n%s\n' "$FORWARD" "$FORWARD" | generation bb06
    expect gate-refuses-a-port-twice '*second forward*exit 1' "$(check bb06)"
    generation bb07 </dev/null
    echo 'no-such-option' >>"$WORK/config/generations/bb07/dnsmasq.conf"
    expect gate-refuses-a-bad-dnsmasq-conf '*bad option*exit 1' "$(check bb07)"
    generation bb08 "deny_info 403:ERR_NO_SUCH_PAGE all" </dev/null
    expect gate-refuses-a-page-that-is-missing '*ERR_NO_SUCH_PAGE*exit 1' "$(check bb08)"
}

check_the_container() {
    expect no-capability 0000000000000000 "$(inside sed -n 's/^CapEff:[[:space:]]*//p' /proc/1/status)"
    expect no-bounding-capability 0000000000000000 "$(inside sed -n 's/^CapBnd:[[:space:]]*//p' /proc/1/status)"
    expect not-root 13 "$(inside id -u)"
    expect read-only-root '*Read-only*' "$(inside touch /usr/local/x 2>&1)"
    expect no-setuid-file '' "$(inside find / -xdev -perm /6000 -type f 2>/dev/null)"
    expect nothing-runs-from-the-tmpfs '*noexec*' "$(inside grep ' /run/portreeve ' /proc/mounts)"
    expect running-is-current aa01 "$(ctl running)"
    expect_within health-is-good 3 healthy
    start=$(date +%s%N)
    inside portreeve-ctl health
    expect health-takes-less-than-half-a-second yes "$(less 500 $((($(date +%s%N) - start) / 1000000)))"
}

check_the_service() {
    expect allowed '200 ok' "$(agent get "$PROXY" "http://$UP.5:8000/")"
    expect refused-elsewhere 403 "$(status_of "http://$UP.5:8001/")"
    expect refused-page-names-agent-and-rule '*agent    coder*rule     default-deny*' "$(agent get "$PROXY" http://other.example/)"
    json=$(docker exec "$SELF-agent" cat /usr/share/portreeve-errors/ERR_PORTREEVE_JSON)
    expect json-page-is-in-the-image '{"error":*"retry":false}' "$json"
    expect proxy-leaves-no-trace 200 "$(agent get "$PROXY" "http://$UP.5:8000/show" | grep -iE '^(via|x-forwarded|forwarded)' || echo 200)"
    expect manager-is-closed 403 "$(status_of http://portreeve:3128/squid-internal-mgr/menu)"
    expect control-port-is-not-for-agents refused "$(agent connects "$PROXY" 31010)"
    expect stranger-is-refused refused "$(stranger connects "$PROXY" 3128)"
    expect forward-works whole "$(agent hold - "$PROXY:9223" 1)"
    expect dns-a-is-nxdomain 3 "$(agent resolve "$PROXY" example.org 1)"
    expect dns-txt-is-nxdomain 3 "$(agent resolve "$PROXY" secret.example.org 16)"
    expect dns-is-silent-on-the-uplink silent "$(docker exec "$SELF-upstream" perl /bed/selftest.pl resolve "$(inside ip -4 -o addr show eth0 | sed 's/.* inet //; s,/.*,,')" example.org 1)"
    before=$(pids)
    docker network connect --ip "$LATE.2" "$SELF-late" "$SELF"
    docker network disconnect "$SELF-b" "$SELF-stranger"
    docker network connect --ip "$LATE.5" "$SELF-late" "$SELF-stranger"
    expect dns-on-a-later-network 3 "$(stranger resolve "$LATE.2" example.org 1)"
    expect later-network-restarts-nothing "$before" "$(pids)"
    expect source-outside-the-policy-is-refused '403 *' "$(stranger get "$LATE.2" "http://$UP.5:8000/")"
    expect forward-refuses-another-block refused "$(stranger hold - "$LATE.2:9223" 1)"
}

check_the_logs() {
    agent get "$PROXY" "http://$UP.5:8000/a%0a1%20b\"c" >/dev/null
    sleep 0.2
    expect access-log "* $A.5 coder allow aa01 TCP_MISS/200 GET http://$UP.5:8000/* HIER_DIRECT/$UP.5 *" "$(inside grep /200 /var/log/portreeve/access.log)"
    expect access-log-has-ten-fields-in-each-line 10 "$(inside awk '{ print NF }' /var/log/portreeve/access.log | sort -u)"
    expect probes-are-not-logged '' "$(inside grep health.invalid /var/log/portreeve/access.log)"
    expect dns-log-names-the-source "*query\[A] example.org from $A.5*" "$(inside cat /var/log/portreeve/dns.log)"
    expect forwards-log "*$A.5*" "$(inside cat /var/log/portreeve/forwards.log)"
    expect cache-log '*Accepting HTTP Socket connections*' "$(inside cat /var/log/portreeve/cache.log)"
    expect supervisor-log '*starting generation aa01*' "$(inside cat /var/log/portreeve/supervisor.log)"
    inside sh -c 'cd /var/log/portreeve && mv access.log access.old && mv cache.log cache.old && mv dns.log dns.old'
    ctl reopen
    status_of "http://$UP.5:8000/" >/dev/null
    agent resolve "$PROXY" example.org 1 >/dev/null
    expect logs-are-reopened "*coder allow*example.org*" "$(sleep 0.2; inside cat /var/log/portreeve/access.log /var/log/portreeve/dns.log)"
}

# Kills one process and says whether it, and only it, was replaced.
check_restart() {
    before=$(pids)
    old=$(pid "$1")
    send KILL "$old"
    start=$(date +%s%N)
    came_back() { new=$(pid "$1"); [ "$new" != "$old" ] && [ "$new" != - ] && [ -n "$new" ] && healthy; }
    expect_within "${1%-[0-9][0-9]}-comes-back" 20 came_back "$1"
    echo "# ${1%-[0-9][0-9]}: back after $((($(date +%s%N) - start) / 1000000)) ms, the look included"
    expect "${1%-[0-9][0-9]}-leaves-the-others-alone" "$(echo "$before" | grep -v "^$1 ")" "$(pids | grep -v "^$1 ")"
}

check_the_supervisor() {
    for service in dnsmasq forward-9223 "$(squid_service)"; do check_restart "$service"; done
    expect serves-after-restarts 200 "$(status_of "http://$UP.5:8000/")"

    send STOP "$(pid dnsmasq)"
    expect stopped-dnsmasq-shows '*dnsmasq is stopped*dnsmasq does not answer*' "$(ctl health 2>&1)"
    expect stopped-dnsmasq-shows-in-status '*dnsmasq stopped*' "$(ctl status)"
    send CONT "$(pid dnsmasq)"
    squid=$(squid_service)
    send STOP "$(pid "$squid")"
    expect stopped-squid-shows '*squid does not answer*' "$(ctl health 2>&1)"
    send CONT "$(pid "$squid")"
    expect_within health-recovers 3 healthy

    supervisor=$(inside sh -c 'grep -lz forward-9223 /proc/[0-9]*/cmdline' | cut -d / -f 3 | while read -r pid; do
        [ "$(inside cat "/proc/$pid/comm" 2>/dev/null)" = s6-supervise ] && echo "$pid"; done)
    orphan=$(pid forward-9223)
    send KILL "$supervisor"
    replaced() { new=$(pid forward-9223); [ "$new" != "$orphan" ] && [ "$new" != - ] && [ -n "$new" ] && healthy; }
    expect_within service-without-supervisor-is-replaced 4 replaced
    inside sh -c 'sleep 3 >/dev/null 2>&1 &'
    expect orphan-shows '*(sleep) is an orphan*' "$(ctl health 2>&1)"
    expect_within orphan-is-forgotten 5 healthy
    expect forward-works-again whole "$(agent hold - "$PROXY:9223" 1)"
}

check_the_switch() {
    kept=$WORK/kept cut=$WORK/cut tunnel=$WORK/tunnel load=$WORK/load
    before=$(pids | grep -v '^squid-')
    agent hold - "$PROXY:9223" 24 >"$kept" &
    agent hold "$PROXY" "$UP.5:8000" 24 >"$tunnel" &
    agent load 24 4 "$PROXY" "$UP.5:8000" >"$load" &
    sleep 1
    old=$(squid_service)
    expect switch-adds-a-forward 'exit 0' "$(ctl switch aa02 2>&1; echo "exit $?")"
    expect running-is-the-new-one aa02 "$(ctl running)"
    expect switch-leaves-the-others-alone "$before" "$(pids | grep -vE '^(squid-|forward-9224)')"
    now=$(pids)
    ctl switch aa02
    expect switch-to-the-same-does-nothing "$now" "$(pids)"
    agent hold - "$PROXY:9224" 24 >"$cut" &
    sleep 0.5
    expect old-generation-drains "*$old draining*" "$(ctl status)"
    expect old-generation-tells-its-requests "*aa01 $PROXY:3128 $A.5:* $UP.5:8000*" "$(ctl requests)"
    expect bad-generation-is-refused "*generation bb01 does not come up*no_such_directive*exit 1" "$(ctl switch bb01 2>&1; echo "exit $?")"
    expect bad-generation-changes-nothing "$now" "$(pids)"
    expect switch-back 'exit 0' "$(ctl switch aa01 2>&1; echo "exit $?")"
    expect switch-back-leaves-the-others-alone "$before" "$(pids | grep -v '^squid-')"
    wait
    expect switch-loses-no-request '0 failed of *' "$(cat "$load")"
    expect tunnel-survives-two-switches whole "$(cat "$tunnel")"
    expect kept-forward-keeps-its-connection whole "$(cat "$kept")"
    expect removed-forward-cuts-its-connection broken "$(cat "$cut")"
    gone() { [ "$(ctl status | grep -c '^squid-')" -eq 1 ] && [ "$(ctl status | awk '$1 == "reaper" { print $2 }')" = down ]; }
    expect_within old-generations-end-with-their-tunnels 10 gone
    echo "# $(cat "$load")"

    # A port that somebody else has: the whole switch is undone, before the forward that it leaves out is cut.
    now=$(pids)
    agent hold - "$PROXY:9223" 5 >"$kept" &
    sleep 0.5
    expect failing-forward-is-undone '*port 9226 does not listen*exit 1' "$(ctl switch cc01 2>&1; echo "exit $?")"
    expect failing-forward-changes-nothing "$now" "$(pids)"
    expect failing-forward-leaves-the-running-one aa01 "$(ctl running)"
    wait
    expect failing-forward-cuts-nothing whole "$(cat "$kept")"

    # A switch that dies in the middle: the reaper, or the next one, finds the candidate or the pair of listeners, and ends with one.
    one_squid() { [ "$(ctl status | grep -c '^squid-[0-9]* up')" -eq 1 ] && [ "$(inside ss -Hltn 'sport = :3128' | wc -l)" -eq 1 ]; }
    inside timeout -s KILL 0.25 portreeve-ctl switch aa02 >/dev/null 2>&1
    expect_within a-killed-switch-is-settled-without-another 8 one_squid
    for delay in 0.3 1.2; do
        inside timeout -s KILL "$delay" portreeve-ctl switch aa02 >/dev/null 2>&1
        expect "switch-after-one-killed-at-$delay" 'exit 0' "$(ctl switch aa02 2>&1; echo "exit $?")"
        expect "one-listener-after-one-killed-at-$delay" 1 "$(inside ss -Hltn 'sport = :3128' | wc -l)"
        ctl switch aa01
    done
    expect serves-after-killed-switches '0 failed of *' "$(agent load 1 2 "$PROXY" "$UP.5:8000")"
}

check_the_cut() {
    agent hold "$PROXY" "$UP.5:8000" 6 >"$WORK/cut" &
    sleep 1
    # shellcheck disable=SC2086
    docker run --rm $LABELS --network "container:$SELF" --user 0 --cap-drop ALL --cap-add NET_ADMIN --read-only --no-healthcheck "$IMAGE" ss -tK dst "$A.0/28" >/dev/null
    wait
    expect ss-cuts-an-agent broken "$(cat "$WORK/cut")"
    expect cut-leaves-the-service 200 "$(status_of "http://$UP.5:8000/")"
}

check_the_restart() {
    ln -s generations/aa02 "$WORK/config/next" && mv -T "$WORK/config/next" "$WORK/config/current"
    start=$(date +%s)
    docker restart -t 20 "$SELF" >/dev/null
    expect_within restart-comes-up-by-itself 5 healthy
    expect restart-is-quick yes "$(less 15 $(($(date +%s) - start)))"
    expect restart-runs-current aa02 "$(ctl running)"
    expect restart-serves 200 "$(status_of "http://$UP.5:8000/")"
    docker stop -t 20 "$SELF" >/dev/null
    expect stop-is-orderly 0 "$(docker inspect -f '{{.State.ExitCode}}' "$SELF")"
    docker rm -f "$SELF" >/dev/null

    rm "$WORK/config/current"
    start_proxy
    expect_within no-current-is-ill 3 ill
    expect no-current-serves-nobody refused "$(agent connects "$PROXY" 3128)"
    expect no-current-is-repaired-by-a-switch 'exit 0' "$(ctl switch aa01 2>&1; echo "exit $?")"
    expect_within repaired-is-healthy 3 healthy
    docker rm -f "$SELF" >/dev/null
}

check_the_full_disk() {
    ln -s generations/aa01 "$WORK/config/current"
    # shellcheck disable=SC2086
    docker run -d --name "$SELF" $CONTRACT --network "$SELF-up" --tmpfs /var/log/portreeve:uid=13,gid=13,size=64k "$IMAGE" >/dev/null
    docker network connect --ip "$PROXY" "$SELF-a" "$SELF"
    within 5 healthy
    inside sh -c 'cat /dev/zero >/var/log/portreeve/filler' 2>/dev/null
    expect full-disk-is-full '*100%*' "$(inside df /var/log/portreeve)"
    expect full-disk-serves '0 failed of *' "$(agent load 2 2 "$PROXY" "$UP.5:8000")"
    expect full-disk-resolves 3 "$(agent resolve "$PROXY" example.org 1)"
    expect full-disk-forwards whole "$(agent hold - "$PROXY:9223" 1)"
    expect full-disk-switches 'exit 0' "$(ctl switch aa02 2>&1; echo "exit $?")"
    expect full-disk-serves-after-a-switch '0 failed of *' "$(agent load 1 2 "$PROXY" "$UP.5:8000")"
    expect_within full-disk-is-healthy 3 healthy
}

docker image inspect "$IMAGE" >/dev/null 2>&1 || give_up "no image $IMAGE"
set_up
check_the_gate
start_proxy || give_up "cannot start the proxy"
within 5 healthy || give_up "the proxy does not become healthy: $(ctl health 2>&1)"
# Somebody else has the port of its second forward.
echo "9226 $A.0/28 $UP.5 8000" | generation cc01
docker exec -d "$SELF" socat TCP4-LISTEN:9226 /dev/null
check_the_container
check_the_service
check_the_logs
check_the_supervisor
check_the_switch
check_the_cut
check_the_restart
check_the_full_disk
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
