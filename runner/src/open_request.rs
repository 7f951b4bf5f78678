//! What is asked for on the open connections of earlier generations, and whether a policy still
//! permits it.
//!
//! Squid decides a request once, so a tunnel or a long answer that the policy in force forbids may
//! live on in a generation that was replaced. Each is put to `decide` again, as it was asked. What
//! cannot be read with certainty is not permitted: Squid may have read it differently.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddrV4};

use policy_core::decide::{Decision, Kind, Request, Resolved, decide};
use policy_core::ir::Policy;
use thiserror::Error;

use crate::exit::Exit;

/// How many connections one command ends; each is a term of its filter.
const AT_ONCE: usize = 200;

/// A connection of an agent to a generation that takes no new ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRequest {
    /// The generation that has let it pass.
    pub generation: String,
    /// Squid's end.
    pub local: SocketAddrV4,
    /// The agent's end.
    pub peer: SocketAddrV4,
    /// What was asked for, as it was written; `None` where Squid could not say.
    pub uri: Option<String>,
}

/// The proxy has printed something that is no open connection.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the proxy says `{line}` where it should name an open connection")]
pub struct UnreadableRequest {
    /// What it has printed.
    pub line: String,
}

impl UnreadableRequest {
    /// What to do.
    pub fn remedy(&self) -> String {
        "run `portreeve up FILE` with this version, which makes the proxy's container anew"
            .to_owned()
    }

    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        Exit::Unreachable
    }
}

/// Reads what `portreeve-ctl requests` prints.
pub fn read(text: &str) -> Result<Vec<OpenRequest>, UnreadableRequest> {
    let read = |line: &str| {
        read_line(line).ok_or_else(|| UnreadableRequest {
            line: line.to_owned(),
        })
    };
    text.lines().map(read).collect()
}

fn read_line(line: &str) -> Option<OpenRequest> {
    let mut words = line.split(' ');
    let request = OpenRequest {
        generation: words.next()?.to_owned(),
        local: words.next()?.parse().ok()?,
        peer: words.next()?.parse().ok()?,
        uri: Some(words.next()?.to_owned()).filter(|uri| uri != "-"),
    };
    words.next().is_none().then_some(request)
}

impl OpenRequest {
    /// Whether `policy`, which became `generation`, lets it pass, by whichever route. A name is
    /// taken to lead to where it may: it was looked up when it was let pass.
    pub fn is_permitted(&self, policy: &Policy, generation: &str) -> bool {
        if self.generation == generation {
            return true;
        }
        let Some((kind, host, port)) = self.uri.as_deref().and_then(split) else {
            return false;
        };
        let request = Request {
            source: IpAddr::V4(*self.peer.ip()),
            kind,
            host,
            port,
            resolved: Resolved::Public,
        };
        matches!(decide(policy, &request).decision, Decision::Allow(_))
    }
}

/// Kind, host and port of a request as it was written: `HOST:PORT` for CONNECT, else a URL.
///
/// Only hosts of plain characters are read, and no user: wherever two readers could take a text for
/// different hosts, there is nothing to read.
fn split(uri: &str) -> Option<(Kind, &str, u16)> {
    let (kind, authority, default) = match uri.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => {
            let authority = rest
                .split_once('/')
                .map_or(rest, |(authority, _)| authority);
            (Kind::Plain, authority, Some(80))
        }
        Some(_) => return None,
        None => (Kind::Connect, uri, None),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    if authority.is_empty() || !authority.bytes().all(plain) {
        return None;
    }
    // A colon inside of brackets is the address's own.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()),
        _ => (authority, default),
    };
    let is_one = !host.contains(':') || (host.starts_with('[') && host.ends_with(']'));
    (is_one && !host.is_empty()).then_some((kind, host, port?))
}

/// Filters for `ss`, each with as many connections as one command takes.
pub fn filters(requests: &[&OpenRequest]) -> Vec<String> {
    let filter = |requests: &[&OpenRequest]| {
        let mut text = String::new();
        for request in requests {
            let or = if text.is_empty() { "" } else { " or " };
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "{or}( src {} and dst {} )",
                request.local, request.peer
            );
        }
        text + "\n"
    };
    requests.chunks(AT_ONCE).map(filter).collect()
}

#[cfg(test)]
mod tests {
    use policy_core::facts::Facts;
    use policy_core::sources::Sources;

    use super::*;

    const POLICY: &str = "policy 1\nnetwork { subnet 172.30.0.0/24 }\n\
                          agent coder {\n  access list\n  allow pypi.org\n  lan 10.1.2.3:8838\n}\n";

    fn policy() -> Policy {
        let (sources, report) = Sources::single("p.reeve", POLICY);
        let facts = Facts::on("2026-11-23".parse().unwrap());
        let compiled = policy_core::compile(&sources, report, &facts);
        compiled.policy.unwrap().0
    }

    fn asked(policy: &Policy, uri: &str) -> OpenRequest {
        let source = policy.agents.first().unwrap().block.addr();
        let line = format!("aa01 {source}:3128 {source}:40000 {uri}");
        read(&line).unwrap().pop().unwrap()
    }

    #[test]
    fn a_request_is_permitted_as_the_policy_decides_it() {
        let policy = policy();
        let permitted = |uri: &str| asked(&policy, uri).is_permitted(&policy, "bb02");
        for uri in [
            "pypi.org:443",
            "PyPI.org.:443",
            "http://pypi.org/simple?x=http://a@b/",
            "HTTP://pypi.org:80/",
            "http://pypi.org",
            "10.1.2.3:8838",
            "http://10.1.2.3:8838/",
        ] {
            assert!(permitted(uri), "{uri}");
        }
        for uri in [
            "pypi.org:80",
            "example.org:443",
            "http://example.org/",
            "10.1.2.3:8839",
            "10.1.2.4:8838",
            "ftp://pypi.org/",
            "[::ffff:169.254.169.254]:443",
        ] {
            assert!(!permitted(uri), "{uri}");
        }
        let stranger = OpenRequest {
            peer: "172.31.0.1:4000".parse().unwrap(),
            ..asked(&policy, "pypi.org:443")
        };
        assert!(!stranger.is_permitted(&policy, "bb02"));
    }

    #[test]
    fn what_two_readers_could_take_for_different_hosts_is_not_permitted() {
        let policy = policy();
        for uri in [
            "-",
            "pypi.org",
            "pypi.org:",
            "pypi.org:443:443",
            "pypi.org:0x1bb",
            "http://user@pypi.org/",
            "http://pypi.org\\@evil.example/",
            "http://pypi.org?@evil.example/",
            "http://pypi.org#@evil.example/",
            "http://pypi%2eorg/",
            "http:///pypi.org/",
            "/simple",
            ":443",
        ] {
            assert!(!asked(&policy, uri).is_permitted(&policy, "bb02"), "{uri}");
        }
    }

    #[test]
    fn what_the_generation_itself_has_let_pass_stays() {
        let policy = policy();
        assert!(asked(&policy, "-").is_permitted(&policy, "aa01"));
    }

    #[test]
    fn a_line_of_another_shape_is_not_read() {
        let line = "aa01 172.30.0.10:3128 172.30.0.11:40000 pypi.org:443";
        assert_eq!(read(line).unwrap().len(), 1);
        assert_eq!(read("").unwrap().len(), 0);
        for line in [
            format!("{line} x"),
            line.replace(":3128", ""),
            "x".to_owned(),
        ] {
            assert!(read(&line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_filter_names_both_ends_of_each_connection() {
        let policy = policy();
        let one = asked(&policy, "pypi.org:443");
        let ends = format!("( src {} and dst {} )", one.local, one.peer);
        assert_eq!(filters(&[&one]), [format!("{ends}\n")]);
        assert_eq!(filters(&[&one, &one]), [format!("{ends} or {ends}\n")]);
        assert_eq!(filters(&[&one; 401]).len(), 3);
        assert!(filters(&[]).is_empty());
    }
}
