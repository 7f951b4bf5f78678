//! Mounts that would hand out the engine, the host, the policy, or the resolver.

use std::path::Path;

use super::host_path::{self, Host};
use super::mount::{Kind, Mount};
use super::refusals::Refusal;

/// The file that is ours in every container.
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// `--volume [SOURCE:]TARGET[:OPTIONS]`
pub(super) fn volume(value: &str, host: Host<'_>) -> Option<Refusal> {
    let mut parts = value.split(':');
    let (first, second) = (parts.next()?, parts.next());
    let Some(target) = second else {
        return target_refusal(first);
    };
    let read_only = parts
        .next()
        .is_some_and(|options| options.split(',').any(|option| option == "ro"));
    let source = is_path(first).then_some(first);
    target_refusal(target).or_else(|| host.refusal(source?, read_only))
}

/// `--mount KEY=VALUE,…`
pub(super) fn mount(value: &str, host: Host<'_>) -> Option<Refusal> {
    let mount = match Mount::parse(value) {
        Ok(mount) => mount,
        Err(refusal) => return Some(refusal),
    };
    if mount.made_from_elsewhere {
        return Some((
            "makes a volume from files that cannot be checked here",
            "mount the folder with `type=bind`, or leave the driver's options out",
        ));
    }
    let source = mount.source.as_deref().filter(|source| match mount.kind {
        Kind::Bind => true,
        Kind::Volume => is_path(source),
        Kind::Image | Kind::Tmpfs => false,
    });
    let target = mount.target.as_deref().and_then(target_refusal);
    target.or_else(|| host.refusal(source?, mount.read_only))
}

/// Whether a source is no name of a volume. Docker takes one with a dot in front as a path that
/// begins in the current folder.
fn is_path(source: &str) -> bool {
    source.contains('/') || source.starts_with('.')
}

fn target_refusal(target: &str) -> Option<Refusal> {
    (host_path::plain(Path::new(target)) == Path::new(RESOLV_CONF)).then_some((
        "goes around the resolver that logs the agent's queries",
        "leave it out: Squid's container is the resolver",
    ))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::wrap::Guarded;

    const SOCKETS: &[&str] = &["/var/run/docker.sock"];

    /// A host whose `/var/run` is `/run`, with symlinks in the current folder.
    fn canonical(path: &Path) -> Option<PathBuf> {
        let real = match path.to_str()? {
            "/" => "/",
            "/srv" => "/srv",
            "/srv/agent" => "/srv/agent",
            "/srv/agent/to-run" | "/var/run" => "/run",
            "/srv/agent/to-state" => "/var/lib/portreeve",
            "/var/run/docker.sock" => "/run/docker.sock",
            _ => return None,
        };
        Some(PathBuf::from(real))
    }

    fn refused(check: fn(&str, Host<'_>) -> Option<Refusal>, value: &str) -> bool {
        let sockets: Vec<PathBuf> = SOCKETS.iter().map(PathBuf::from).collect();
        let guarded = Guarded {
            folder: Path::new("/srv/agent"),
            sockets: &sockets,
            state: Path::new("/var/lib/portreeve"),
        };
        let host = Host {
            guarded,
            canonical: &canonical,
        };
        check(value, host).is_some()
    }

    #[test]
    fn the_engine_the_state_and_the_resolver_are_not_mounted() {
        for value in [
            "/var/run/docker.sock:/var/run/docker.sock",
            "/var/run/docker.sock:/s:ro",
            "//var/run/../run/docker.sock:/s",
            "/home/u/docker.sock:/s",
            "/:/host:ro",
            "/var/run:/r",
            "/run/:/r",
            "../../run:/r",
            "/var/lib/portreeve/config:/c",
            "/var/lib:/l",
            "/x:/etc/resolv.conf",
            "names:/etc//resolv.conf:ro",
            "/etc/resolv.conf",
            "./to-run:/r",
            "/srv/agent/to-run:/r:ro",
            "./to-state:/p",
            "./to-state/new:/p",
            "..//../run:/r",
            "../..:/x",
        ] {
            assert!(refused(volume, value), "{value}");
        }
        for value in [
            "type=bind,source=/run/docker.sock,target=/s",
            "type=bind,src=/var/run,dst=/s,readonly",
            "type=bind,\"src=/var/lib\",dst=/s",
            "type=volume,src=x,destination=/etc/resolv.conf",
            "src=/x,target=/etc/resolv.conf,type=bind",
            "type=BIND,src=/var/run/docker.sock,dst=/s",
            "type=bind,\"src=/tmp/x,y/../../var/run/docker.sock\",dst=/s",
            "type=bind,src=./to-run,dst=/r",
            "type=bind,src=/var/lib/portreeve,dst=/p,ro,bind-recursive=writable",
            "type=volume,dst=/r,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/var/run",
        ] {
            assert!(refused(mount, value), "{value}");
        }
    }

    #[test]
    fn folders_that_give_the_host_away_are_not_mounted() {
        for value in [
            "/var/lib/docker:/d:ro",
            "/var/lib/docker/volumes/x/_data:/d",
            "/var/lib:/l:ro",
            "/run/containerd:/c",
            "/var/run/containerd/x:/c:ro",
            "/proc:/p:ro",
            "/proc/1/root/srv:/p",
            "/sys:/s",
            "/sys/fs/cgroup:/s",
            "/etc:/e",
            "/etc/cron.d:/e",
        ] {
            assert!(refused(volume, value), "{value}");
        }
        for value in ["/etc:/e:ro", "/etc/ssl:/s:ro", "/sys:/s:ro", "/etcetera:/e"] {
            assert!(!refused(volume, value), "{value}");
        }
    }

    #[test]
    fn ordinary_mounts_pass() {
        for value in [
            "/srv/agent:/work",
            "./here:/work:rw",
            "cache:/root/.cache",
            "/anonymous",
            "/tmp/onecli-gateway-ca.pem:/tmp/onecli-gateway-ca.pem:ro",
            "/var/lib/portreeve:/p:ro,z",
            ".:/x",
            "./a:/x",
            "..:/x",
            "/var/lib/portreeve-other:/o",
        ] {
            assert!(!refused(volume, value), "{value}");
        }
        for value in [
            "type=bind,src=/srv,dst=/s",
            "type=tmpfs,target=/tmp",
            "type=volume,src=run,dst=/run",
            "type=Image,src=example/tools,dst=/tools,image-subpath=bin",
            "type=bind,\"src=/srv/a,b\",dst=/s,bind-propagation=rprivate,bind-recursive=enabled",
            "src=cache,dst=/c,volume-nocopy,volume-label=a=b,volume-opt=size=1g",
        ] {
            assert!(!refused(mount, value), "{value}");
        }
    }
}
