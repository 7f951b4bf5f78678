//! Flags under which a policy would not hold.
//!
//! This guards against mistakes in a caller's own command line: whoever writes it may start
//! containers without us anyway. One function per kind of flag; each gives the reason and what to
//! do instead.

use super::WrapError;
use super::host_path::Host;
use super::run_line::Given;
use super::{device, mounts};

/// Reason and remedy.
pub(super) type Refusal = (&'static str, &'static str);

/// Refuses the first flag of a line that must be refused.
pub(super) fn check(given: &[Given], host: Host<'_>) -> Result<(), WrapError> {
    for flag in given {
        if let Some((reason, remedy)) = refusal(flag, host) {
            let with_value = format!("{} {}", flag.spelled, flag.value);
            let is_switch = matches!(flag.name, "privileged" | "use-api-socket");
            return Err(WrapError::Refused {
                flag: if is_switch {
                    flag.spelled.clone()
                } else {
                    with_value
                },
                reason,
                remedy,
            });
        }
    }
    Ok(())
}

fn refusal(flag: &Given, host: Host<'_>) -> Option<Refusal> {
    let value = flag.value.as_str();
    match flag.name {
        "network" => network(value),
        "ip" | "ip6" | "link-local-ip" => Some((
            "gives the container an address of its own, and addresses are identities here",
            "leave it out: an address of the agent's block is chosen",
        )),
        "network-alias" => Some((
            "cannot stand beside the agent's network",
            "leave it out: nothing but Squid is on the agent's network, and no name leads to it",
        )),
        "dns" => Some((
            "goes around the resolver that logs the agent's queries",
            "leave it out: Squid's container is the resolver",
        )),
        "privileged" => (!is_off(value)).then_some((
            "lets the container change its own network, and the host",
            "leave it out, and add the one `--cap-add` or `--device` that is needed",
        )),
        "use-api-socket" => (!is_off(value)).then_some(ENGINE),
        "cap-add" => capability(value),
        "security-opt" => security(value),
        "pid" => (value == "host" || value.starts_with("container:")).then_some((
            "shows the container processes outside of it, and their networks with them",
            "leave it out",
        )),
        "userns" | "uts" | "cgroupns" => host_namespace(value),
        "ipc" => (value == "host" || value.starts_with("container:")).then_some((
            "shares memory with processes outside of the container",
            "leave it out, or use `private`",
        )),
        "mac-address" => Some((
            "lets the container take what is sent to another one on a shared network",
            "leave it out: the engine gives it one of its own",
        )),
        "link" => Some((
            "ties the container to another one",
            "leave it out: an agent reaches nobody but Squid",
        )),
        "sysctl" => sysctl(value),
        "volumes-from" => Some((
            "mounts what cannot be checked here",
            "name each mount with `--volume`",
        )),
        "volume" => mounts::volume(value, host),
        "mount" => mounts::mount(value, host),
        "device" => device::refusal(value, host),
        "device-cgroup-rule" => Some((
            "lets the container use devices that cannot be checked here",
            "name each device with `--device`",
        )),
        "log-driver" => log_driver(value),
        "name" => value
            .trim_start_matches('/')
            .starts_with("portreeve-")
            .then_some((
                "is a name that only portreeve's own containers have",
                "choose one that begins otherwise",
            )),
        "label" => value.trim_start().starts_with("portreeve.").then_some((
            "is a label that says whose the container is",
            "leave it out: it is added",
        )),
        "label-file" => Some((
            "sets labels that cannot be checked here",
            "name each label with `--label`",
        )),
        _ => None,
    }
}

pub(super) const ENGINE: Refusal = (
    "gives the container the engine, and with it the host",
    "leave it out; an agent that must start containers needs a service of its own for that",
);

fn network(value: &str) -> Option<Refusal> {
    let own = "leave it out: the agent's own network is added";
    Some(
        match value.split_once(':').map_or(value, |(kind, _)| kind) {
            "host" => ("puts the container on the host's network, past Squid", own),
            "container" => ("gives the container the identity of another one", own),
            _ => ("cannot stand beside the agent's network", own),
        },
    )
}

fn host_namespace(value: &str) -> Option<Refusal> {
    (value == "host").then_some((
        "takes away a wall between the container and the host",
        "leave it out",
    ))
}

/// Capabilities that forge or change addresses, or that lead to the host.
const CAPABILITIES: [&str; 13] = [
    "ALL",
    "BPF",
    "DAC_READ_SEARCH",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "NET_ADMIN",
    "NET_RAW",
    "PERFMON",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_TIME",
];

fn capability(value: &str) -> Option<Refusal> {
    let upper = value.to_ascii_uppercase();
    let name = upper.strip_prefix("CAP_").unwrap_or(&upper);
    CAPABILITIES.contains(&name).then_some((
        "lets the container forge addresses, change its network, or reach the host",
        "leave it out; under `docker run` it would undo the `--cap-drop` that is added",
    ))
}

fn security(value: &str) -> Option<Refusal> {
    let value = value.to_ascii_lowercase();
    let label = value
        .strip_prefix("label")
        .and_then(|rest| rest.strip_prefix(['=', ':']));
    // `spc_t` is the type that SELinux gives to what it does not confine.
    let unlabelled = label.is_some_and(|label| label == "disable" || label.ends_with(":spc_t"));
    if unlabelled || value.contains("unconfined") {
        return Some((
            "takes away a wall around the container",
            "leave it out, or name a profile of your own",
        ));
    }
    let privileges = value
        .strip_prefix("no-new-privileges")
        .and_then(|rest| rest.strip_prefix(['=', ':']));
    privileges.is_some_and(is_off).then_some((
        "lets a program in the image take back what is dropped",
        "leave it out",
    ))
}

/// Drivers that keep what a container prints on this host.
const LOG_DRIVERS: [&str; 5] = ["", "journald", "json-file", "local", "none"];

fn log_driver(value: &str) -> Option<Refusal> {
    (!LOG_DRIVERS.contains(&value)).then_some((
        "lets the engine send what the container prints to another host, past Squid",
        "use `json-file`, `local`, `journald` or `none`",
    ))
}

/// Settings that answer for the addresses of others, use them, or route.
const ADDRESSING: [&[&str]; 7] = [
    &["net", "ipv4", "conf"],
    &["net", "ipv4", "ip_forward"],
    &["net", "ipv4", "ip_nonlocal_bind"],
    &["net", "ipv4", "neigh"],
    &["net", "ipv4", "route"],
    &["net", "ipv6", "ip_nonlocal_bind"],
    &["net", "ipv6", "neigh"],
];

/// A bridge without an IPv4 address still has a link-local IPv6 one on the host's side. The
/// container cannot use it as long as its interfaces have no IPv6, which is Docker's default.
fn sysctl(value: &str) -> Option<Refusal> {
    let (key, value) = value.split_once('=').unwrap_or((value, ""));
    // The key becomes a path, in which a dot is a slash and several are one.
    let parts: Vec<&str> = key
        .split(['/', '.'])
        .filter(|part| !part.is_empty())
        .collect();
    if ADDRESSING.iter().any(|key| parts.starts_with(key)) {
        return Some((
            "changes how the container uses addresses, and addresses are identities here",
            "leave it out; settings of TCP and of ports are harmless",
        ));
    }
    match parts.as_slice() {
        ["net", "ipv6", "conf", "lo", ..] => None,
        // The kernel reads `00`, ` 0` and `0x0` as zero too.
        ["net", "ipv6", "conf", .., "disable_ipv6"] if value == "1" => None,
        ["net", "ipv6", "conf", ..] => Some((
            "opens the host's link-local address to the container",
            "leave it out, or give `disable_ipv6` the value 1",
        )),
        _ => None,
    }
}

/// The spellings of false that Docker takes for a switch.
fn is_off(value: &str) -> bool {
    ["false", "False", "FALSE", "f", "F", "0"].contains(&value)
}
