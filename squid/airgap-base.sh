#!/bin/sh
# Makes the base image of the proxy where no registry can be reached.
#
# The image is Debian trixie, minimal and trimmed as the "slim" images are, built by debootstrap from
# a package mirror and loaded with `docker import`. No host name stands in this file: the mirror is the one
# that this machine already uses, so an air-gapped host needs nothing that it does not have.
#
#   squid/airgap-base.sh [TAG]          TAG is debian:trixie-slim unless given
#
#   DEBIAN_MIRROR   the mirror to use instead of the one in apt's configuration
#   TMPDIR          where the tree is built; about 600 MB, and it must allow devices and programs
set -eu

SUITE=trixie
TAG=${1:-debian:trixie-slim}
KEYRING_FILE=usr/share/keyrings/debian-archive-keyring.gpg
WORK=

say() { printf 'airgap-base: %s\n' "$*"; }
die() { printf 'airgap-base: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

clean_up() {
    status=$?
    trap - EXIT
    if [ -n "$WORK" ]; then
        # A debootstrap that died half way leaves these mounted; removing the tree through them
        # would reach into the host.
        for mount in "$WORK/root/proc" "$WORK/root/sys"; do
            if mountpoint -q "$mount" 2>/dev/null; then umount -l "$mount" || exit 1; fi
        done
        rm -rf --one-file-system "$WORK"
    fi
    exit "$status"
}

# apt itself reads its configuration, so both source formats, disabled entries and comments are understood as
# apt understands them. Security suites live under another path and hold no whole release.
mirrors() {
    if [ -n "${DEBIAN_MIRROR:-}" ]; then
        printf '%s\n' "$DEBIAN_MIRROR"
        return
    fi
    have apt-get || return 0
    # shellcheck disable=SC2016  # The $(…) are field names of apt, not commands.
    apt-get indextargets --format '$(COMPONENT) $(RELEASE) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
        while read -r component release uri; do
            [ "$component" = main ] || continue
            case $release in *security* | */updates) continue ;; esac
            case $uri in http://* | https://*) printf '%s\n' "$uri" ;; esac
        done | awk '!seen[$0]++'
}

# A third-party repository is told apart by what it serves, not by its name: only a mirror of Debian has this suite under this origin.
serves_suite() {
    wget -q -T 20 -t 2 -O - "${1%/}/dists/$SUITE/InRelease" 2>/dev/null |
        grep -q '^Origin: Debian$'
}

find_mirror() {
    tried=
    for uri in $(mirrors); do
        if serves_suite "$uri"; then
            MIRROR=${uri%/}
            return
        fi
        tried="$tried $uri"
    done
    [ -n "$tried" ] || die "apt's configuration names no Debian mirror; set DEBIAN_MIRROR to the URL of one"
    die "no Debian $SUITE at$tried; set DEBIAN_MIRROR to the URL of a mirror that has it"
}

# Unpacks a package beside the tree, so that nothing is installed on the host.
borrow() {
    if ! have apt-get || ! have dpkg-deb; then die "install $1 first (this host has no apt-get to fetch it with)"; fi
    mkdir -p "$WORK/borrowed"
    # apt drops its privileges for a download, and wants to own the folder it writes to.
    if ! (cd "$WORK/borrowed" && apt-get -qq -o APT::Sandbox::User=root download "$1") >"$WORK/log" 2>&1; then
        say "no package list on this host yet, running apt-get update"
        apt-get -qq update >"$WORK/log" 2>&1 || die "apt-get update failed: $(tail -n 1 "$WORK/log")"
        (cd "$WORK/borrowed" && apt-get -qq -o APT::Sandbox::User=root download "$1") >"$WORK/log" 2>&1 ||
            die "cannot fetch $1: $(tail -n 1 "$WORK/log"); install it by hand and run this again"
    fi
    for package in "$WORK/borrowed/$1"_*.deb; do dpkg-deb -x "$package" "$WORK/borrowed"; done
}

find_debootstrap() {
    if have debootstrap; then
        DEBOOTSTRAP=$(command -v debootstrap)
    else
        say "debootstrap is not installed, borrowing it"
        borrow debootstrap
        DEBOOTSTRAP=$WORK/borrowed/usr/sbin/debootstrap
        DEBOOTSTRAP_DIR=$WORK/borrowed/usr/share/debootstrap
        export DEBOOTSTRAP_DIR
    fi
    # An older debootstrap knows the newer suite only by the name of its common script.
    scripts=${DEBOOTSTRAP_DIR:-/usr/share/debootstrap}/scripts
    SCRIPT=
    [ -e "$scripts/$SUITE" ] || SCRIPT=$scripts/sid
}

find_keyring() {
    KEYRING=/$KEYRING_FILE
    if [ ! -e "$KEYRING" ]; then
        say "no Debian archive keyring on this host, borrowing it"
        borrow debian-archive-keyring
        KEYRING=$WORK/borrowed/$KEYRING_FILE
    fi
    have gpgv || die "install gpgv first: without it the packages cannot be verified"
}

bootstrap() {
    # shellcheck disable=SC2086  # $SCRIPT is empty or one path.
    "$DEBOOTSTRAP" --variant=minbase --merged-usr --keyring="$KEYRING" --force-check-gpg \
        "$SUITE" "$WORK/root" "$MIRROR" $SCRIPT >"$WORK/log" 2>&1 &
    worker=$!
    seconds=0
    while kill -0 "$worker" 2>/dev/null; do
        sleep 5
        seconds=$((seconds + 5))
        [ $((seconds % 15)) -ne 0 ] || say "  ${seconds} s: $(tail -n 1 "$WORK/log")"
    done
    if ! wait "$worker"; then
        tail -n 5 "$WORK/log" >&2
        # The host's copy holds the reason that the last line only points at.
        [ ! -e "$WORK/root/debootstrap/debootstrap.log" ] || tail -n 5 "$WORK/root/debootstrap/debootstrap.log" >&2
        die "debootstrap failed"
    fi
}

# What the image's apt must know to install from the same mirror as this host does.
configure_apt() {
    rm -f "$WORK/root/etc/apt/sources.list"
    cat >"$WORK/root/etc/apt/sources.list.d/debian.sources" <<END
Types: deb
URIs: $MIRROR
Suites: $SUITE
Components: main
Signed-By: /$KEYRING_FILE
END
    conf=$WORK/root/etc/apt/apt.conf.d
    cat >"$conf/docker-slim" <<'END'
APT::Install-Recommends "false";
Acquire::Languages "none";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
END
    if have apt-config; then
        # A frozen mirror, or a clock that is off, needs these on the host and so in the image too.
        apt-config dump --format '%f "%v";%n' | grep -E '^Acquire::Check-(Valid-Until|Date) ' >>"$conf/docker-slim" || true
    fi
    case $MIRROR in
    https:*)
        # The mirror may stand behind a private authority, and minbase has no certificates at all.
        bundle=/etc/ssl/certs/ca-certificates.crt
        [ -r "${SSL_CERT_FILE:-}" ] && bundle=$SSL_CERT_FILE
        [ -r "$bundle" ] || die "the mirror is https and this host has no $bundle; set SSL_CERT_FILE"
        install -D -m 0644 "$bundle" "$WORK/root/etc/ssl/mirror-ca.crt"
        printf 'Acquire::https::CAInfo "/etc/ssl/mirror-ca.crt";\n' >>"$conf/docker-slim"
        ;;
    esac
}

# The same paths as in the "slim" images, now and for every package installed later.
trim() {
    cat >"$WORK/root/etc/dpkg/dpkg.cfg.d/docker-slim" <<'END'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/man/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/info/*
path-exclude /usr/share/lintian/*
path-exclude /usr/share/linda/*
END
    # No package may start a service while an image is built.
    printf '#!/bin/sh\nexit 101\n' >"$WORK/root/usr/sbin/policy-rc.d"
    chmod 0755 "$WORK/root/usr/sbin/policy-rc.d"
    (
        cd "$WORK/root"
        find usr/share/doc -mindepth 2 ! -name copyright ! -type d -delete
        find usr/share/doc -mindepth 1 -type d -empty -delete
        rm -rf usr/share/man/* usr/share/locale/* usr/share/info/* usr/share/lintian/* usr/share/linda/*
        rm -rf var/lib/apt/lists/* var/cache/apt/*.bin var/cache/apt/archives/*.deb var/cache/debconf/*-old var/lib/dpkg/*-old
        rm -rf var/log/* tmp/* run/* debootstrap
        # These come from the host; the engine puts its own in their place.
        rm -f etc/hostname etc/resolv.conf
        : >etc/machine-id
    )
}

[ "$(id -u)" = 0 ] || die "must run as root, because debootstrap makes devices and changes root; try sudo"
have docker || die "docker is not installed"
docker version --format '{{.Server.Version}}' >/dev/null 2>&1 ||
    die "the Docker engine does not answer; start it, or check DOCKER_HOST"
have wget || die "install wget first: debootstrap fetches with it"

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
WORK=$(mktemp -d "${TMPDIR:-/tmp}/airgap-base.XXXXXX")
# debootstrap's own umask check: a private one would make a tree that no user of the image can read.
umask 022
chmod 0755 "$WORK"

find_mirror
say "mirror $MIRROR"
find_debootstrap
find_keyring
say "building $SUITE (one to three minutes)"
bootstrap
configure_apt
trim
say "importing as $TAG"
tar -C "$WORK/root" --numeric-owner --one-file-system -c . |
    docker import --change 'CMD ["bash"]' - "$TAG" >/dev/null
say "checking that the image can install packages"
if docker run --rm "$TAG" apt-get -qq update >"$WORK/log" 2>&1; then
    network=
elif docker run --rm --network host "$TAG" apt-get -qq update >"$WORK/log" 2>&1; then
    network='--network host '
else
    tail -n 3 "$WORK/log" >&2
    die "$TAG is made, but a container on this engine cannot reach the mirror"
fi
say "made $TAG, $(docker image inspect --format '{{.Size}}' "$TAG" | awk '{ printf "%.0f MB", $1 / 1e6 }')"
say "next: docker build ${network}--build-arg BASE=$TAG -t portreeve-squid squid/"
