//! Mounts that would hand out the engine, the policy, or the resolver.

use std::path::{Component, Path, PathBuf};

use super::refusals::{ENGINE, Guarded, Refusal};

/// The file that is ours in every container.
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// `--volume [SOURCE:]TARGET[:OPTIONS]`
pub(super) fn volume(value: &str, guarded: Guarded<'_>) -> Option<Refusal> {
    let mut parts = value.split(':');
    let (first, second) = (parts.next()?, parts.next());
    let Some(target) = second else {
        return target_refusal(first);
    };
    let read_only = parts
        .next()
        .is_some_and(|options| options.split(',').any(|option| option == "ro"));
    // A source without a slash is the name of a volume.
    let source = first.contains('/').then_some(first);
    target_refusal(target).or_else(|| source_refusal(source?, read_only, guarded))
}

/// `--mount KEY=VALUE,…`
pub(super) fn mount(value: &str, guarded: Guarded<'_>) -> Option<Refusal> {
    let (mut source, mut target, mut read_only, mut is_bind) = (None, None, false, false);
    for field in value.split(',') {
        // The list is CSV, so a field may stand in quotes.
        let field = field.trim().trim_matches('"');
        let (key, value) = field.split_once('=').unwrap_or((field, "true"));
        match key.to_ascii_lowercase().as_str() {
            "source" | "src" => source = Some(value),
            "target" | "dst" | "destination" => target = Some(value),
            "readonly" | "ro" => read_only = ["true", "1"].contains(&value),
            "type" => is_bind = value == "bind",
            _ => {}
        }
    }
    let source = source.filter(|_| is_bind);
    target
        .and_then(target_refusal)
        .or_else(|| source_refusal(source?, read_only, guarded))
}

fn target_refusal(target: &str) -> Option<Refusal> {
    (plain(Path::new(target)) == Path::new(RESOLV_CONF)).then_some((
        "goes around the resolver that logs the agent's queries",
        "leave it out: Squid's container is the resolver",
    ))
}

fn source_refusal(source: &str, read_only: bool, guarded: Guarded<'_>) -> Option<Refusal> {
    let source = plain(&guarded.folder.join(source));
    let is_socket = source
        .file_name()
        .is_some_and(|name| name == "docker.sock" || name == "containerd.sock");
    // A read-only mount does not keep anyone from talking to a socket in it.
    let holds_socket = guarded
        .sockets
        .iter()
        .any(|socket| socket.starts_with(&source));
    if is_socket || holds_socket {
        return Some(ENGINE);
    }
    let meets_state = guarded.state.starts_with(&source) || source.starts_with(guarded.state);
    (meets_state && !read_only).then_some((
        "lets the container write portreeve's own state, and with it the policy",
        "mount a smaller folder, add `:ro`, or move the state with `--state`",
    ))
}

/// The path without `.`, `..` and doubled slashes. It does not follow symlinks: see the head of
/// `refusals`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOCKETS: &[&str] = &["/var/run/docker.sock", "/run/docker.sock"];

    fn refused(check: fn(&str, Guarded<'_>) -> Option<Refusal>, value: &str) -> bool {
        let sockets: Vec<PathBuf> = SOCKETS.iter().map(PathBuf::from).collect();
        let guarded = Guarded {
            folder: Path::new("/srv/agent"),
            sockets: &sockets,
            state: Path::new("/var/lib/portreeve"),
        };
        check(value, guarded).is_some()
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
        ] {
            assert!(refused(volume, value), "{value}");
        }
        for value in [
            "type=bind,source=/run/docker.sock,target=/s",
            "type=bind,src=/var/run,dst=/s,readonly",
            "type=bind,\"src=/var/lib\",dst=/s",
            "type=volume,src=x,destination=/etc/resolv.conf",
            "src=/x,target=/etc/resolv.conf,type=bind",
        ] {
            assert!(refused(mount, value), "{value}");
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
            "/var/lib:/l:ro,z",
            "/var/lib/portreeve-other:/o",
        ] {
            assert!(!refused(volume, value), "{value}");
        }
        for value in [
            "type=bind,src=/srv,dst=/s",
            "type=tmpfs,target=/tmp",
            "type=volume,src=run,dst=/run",
        ] {
            assert!(!refused(mount, value), "{value}");
        }
    }
}
