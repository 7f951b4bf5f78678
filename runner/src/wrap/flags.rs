//! Every flag of `docker run` and `docker create`, and whether it takes a value.
//!
//! Without this table the image cannot be found in a command line: in `-e A=1 b` the image is `b`,
//! in `-t A=1 b` it is `A=1`. The list is that of Docker's command line up to version 29, hidden
//! spellings included; a test compares it with the `docker` of this machine.

/// One flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flag {
    /// The name that rules speak of.
    pub(super) name: &'static str,
    /// Whether it takes a value.
    pub(super) takes_value: bool,
}

/// Flags with a value, by long name.
const VALUED: &[&str] = &[
    "add-host",
    "annotation",
    "attach",
    "blkio-weight",
    "blkio-weight-device",
    "cap-add",
    "cap-drop",
    "cgroup-parent",
    "cgroupns",
    "cidfile",
    "cpu-count",
    "cpu-percent",
    "cpu-period",
    "cpu-quota",
    "cpu-rt-period",
    "cpu-rt-runtime",
    "cpu-shares",
    "cpus",
    "cpuset-cpus",
    "cpuset-mems",
    "detach-keys",
    "device",
    "device-cgroup-rule",
    "device-read-bps",
    "device-read-iops",
    "device-write-bps",
    "device-write-iops",
    "dns",
    "dns-option",
    "dns-search",
    "domainname",
    "entrypoint",
    "env",
    "env-file",
    "expose",
    "gpus",
    "group-add",
    "health-cmd",
    "health-interval",
    "health-retries",
    "health-start-interval",
    "health-start-period",
    "health-timeout",
    "hostname",
    "io-maxbandwidth",
    "io-maxiops",
    "ip",
    "ip6",
    "ipc",
    "isolation",
    "kernel-memory",
    "label",
    "label-file",
    "link",
    "link-local-ip",
    "log-driver",
    "log-opt",
    "mac-address",
    "memory",
    "memory-reservation",
    "memory-swap",
    "memory-swappiness",
    "mount",
    "name",
    "network",
    "network-alias",
    "oom-score-adj",
    "pid",
    "pids-limit",
    "platform",
    "publish",
    "pull",
    "restart",
    "runtime",
    "security-opt",
    "shm-size",
    "stop-signal",
    "stop-timeout",
    "storage-opt",
    "sysctl",
    "tmpfs",
    "ulimit",
    "user",
    "userns",
    "uts",
    "volume",
    "volume-driver",
    "volumes-from",
    "workdir",
];

/// Flags that are on or off, by long name.
const SWITCHES: &[&str] = &[
    "detach",
    "disable-content-trust",
    "help",
    "init",
    "interactive",
    "no-healthcheck",
    "oom-kill-disable",
    "privileged",
    "publish-all",
    "quiet",
    "read-only",
    "rm",
    "sig-proxy",
    "tty",
    "use-api-socket",
];

/// Hidden spellings of a long name.
const ALIASES: &[(&str, &str)] = &[
    ("dns-opt", "dns-option"),
    ("net", "network"),
    ("net-alias", "network-alias"),
];

/// One letter for a long name.
const SHORT: &[(char, &str)] = &[
    ('a', "attach"),
    ('c', "cpu-shares"),
    ('d', "detach"),
    ('e', "env"),
    ('h', "hostname"),
    ('i', "interactive"),
    ('l', "label"),
    ('m', "memory"),
    ('p', "publish"),
    ('P', "publish-all"),
    ('q', "quiet"),
    ('t', "tty"),
    ('u', "user"),
    ('v', "volume"),
    ('w', "workdir"),
];

/// The flag of a long name, without its dashes.
pub(super) fn long(name: &str) -> Option<Flag> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
    let name = alias.map_or(name, |(_, name)| name);
    let find = |list: &[&'static str]| list.iter().copied().find(|known| *known == name);
    let flag = |takes_value| move |name| Flag { name, takes_value };
    find(VALUED)
        .map(flag(true))
        .or_else(|| find(SWITCHES).map(flag(false)))
}

/// Every long name, without its dashes and without hidden spellings.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    VALUED.iter().chain(SWITCHES).copied()
}

/// The flag of a letter.
pub(super) fn short(letter: char) -> Option<Flag> {
    let (_, name) = SHORT.iter().find(|(known, _)| *known == letter)?;
    long(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_and_alias_leads_to_a_flag() {
        for (letter, name) in SHORT {
            assert_eq!(short(*letter).unwrap().name, *name);
        }
        for (alias, name) in ALIASES {
            assert_eq!(long(alias).unwrap().name, *name);
        }
        assert_eq!(long("frobnicate"), None);
    }

    #[test]
    fn no_flag_is_in_both_lists() {
        assert!(VALUED.is_sorted() && SWITCHES.is_sorted());
        assert!(SWITCHES.iter().all(|name| !VALUED.contains(name)));
    }
}
