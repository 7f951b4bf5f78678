//! One of the skill's domains: what its `squid.conf` matches, and what the policy says instead.

use std::net::Ipv4Addr;

use policy_core::host::{HostName, HostPattern, Reach};

/// What an entry does in the skill's `squid.conf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It matches these names.
    Names(HostPattern),
    /// It matches this address, on every port and past the gateway.
    Lan(Ipv4Addr),
    /// It matches no request.
    Nothing {
        /// What it is.
        what: &'static str,
        /// The statement that was probably meant.
        meant: Option<String>,
    },
    /// It is no single word there, so it is more than a destination.
    Breaks,
}

/// Reads an entry as the skill writes it: an IPv4 address goes to `dst`, a leading dot or digit to
/// `dstdomain` as it stands, and anything else there behind a dot.
pub fn read(text: &str) -> Meaning {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) || text.contains(['"', '\'']) {
        return Meaning::Breaks;
    }
    if let Ok(address) = text.parse() {
        return Meaning::Lan(address);
    }
    let nothing = |what| Meaning::Nothing {
        what,
        meant: meant(text),
    };
    let (reach, name) = match text.strip_prefix('.') {
        Some(name) => (Reach::Within, name),
        None if text.starts_with(|c: char| c.is_ascii_digit()) => (Reach::Exact, text),
        None => (Reach::Within, text),
    };
    let plain = name.is_ascii() && !name.ends_with('.');
    match name.parse::<HostName>() {
        Ok(name) if plain => Meaning::Names(HostPattern::new(reach, name)),
        _ => nothing(kind(text)),
    }
}

/// What people call such an entry.
fn kind(text: &str) -> &'static str {
    let is_cidr = |(net, length): (&str, &str)| {
        net.parse::<std::net::IpAddr>().is_ok() && length.bytes().all(|b| b.is_ascii_digit())
    };
    if text.contains("://") {
        "a URL"
    } else if text.split_once('/').is_some_and(is_cidr) {
        "a network"
    } else if text
        .trim_matches(['[', ']'])
        .parse::<std::net::Ipv6Addr>()
        .is_ok()
    {
        "an IPv6 address"
    } else if text.contains('*') {
        "a wildcard"
    } else if text
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok())
    {
        "a host with a port"
    } else if !text.is_ascii() {
        "a name that is not in ASCII"
    } else if text.ends_with('.') && text.len() > 1 {
        "a name with a trailing dot"
    } else {
        "no host name"
    }
}

/// The statement that was probably meant; it says more than the skill did, so a person decides.
fn meant(text: &str) -> Option<String> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    if let Some((net, length)) = rest.split_once('/')
        && let (Ok(net), Ok(length @ 8..=32)) = (net.parse::<Ipv4Addr>(), length.parse::<u32>())
    {
        let bits = u64::from(net.to_bits()) >> (32 - length) << (32 - length);
        let net = Ipv4Addr::from_bits(u32::try_from(bits).ok()?);
        return Some(format!("lan {net}/{length} ports PORT"));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse::<u16>().ok()?)),
        None => (authority, None),
    };
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        let port = port.map_or(" ports PORT".to_owned(), |port| format!(":{port}"));
        return Some(format!("lan {address}{port}"));
    }
    let port = match port {
        None => String::new(),
        Some(port @ (80 | 443)) => format!(":{port}"),
        Some(_) => return None,
    };
    let is_bare = rest == text && !host.starts_with(['*', '.']);
    let dotted = if is_bare {
        format!(".{host}")
    } else {
        host.to_owned()
    };
    let pattern: HostPattern = dotted.parse().ok()?;
    Some(format!("allow {pattern}{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_entry_is_what_squid_makes_of_it() {
        for (text, pattern) in [
            ("nytimes.com", ".nytimes.com"),
            (".nytimes.com", ".nytimes.com"),
            ("1password.com", "1password.com"),
            (".1password.com", ".1password.com"),
            ("EXAMPLE.com", ".example.com"),
            ("under_score.test", ".under_score.test"),
            ("localhost", ".localhost"),
        ] {
            let expected = Meaning::Names(pattern.parse().unwrap());
            assert_eq!(read(text), expected, "{text}");
        }
        assert_eq!(read("10.0.0.7"), Meaning::Lan(Ipv4Addr::new(10, 0, 0, 7)));
        for text in [
            "a b.com",
            "x\nhttp_access allow all",
            "\"/etc/passwd\"",
            "a\u{2028}b",
        ] {
            assert_eq!(read(text), Meaning::Breaks, "{text:?}");
        }
    }

    #[test]
    fn an_entry_that_never_matched_is_nothing_with_a_suggestion() {
        for (text, what, meant) in [
            ("*.crates.io", "a wildcard", Some("allow *.crates.io")),
            ("https://a.com/x", "a URL", Some("allow a.com")),
            (
                "10.1.2.3/16",
                "a network",
                Some("lan 10.1.0.0/16 ports PORT"),
            ),
            ("10.0.0.1:80", "a host with a port", Some("lan 10.0.0.1:80")),
            ("a.com:443", "a host with a port", Some("allow .a.com:443")),
            ("a.com:22", "a host with a port", None),
            ("2001:db8::1", "an IPv6 address", None),
            ("a.com.", "a name with a trailing dot", Some("allow .a.com")),
            (
                "bücher.de",
                "a name that is not in ASCII",
                Some("allow .xn--bcher-kva.de"),
            ),
            ("192.168.7", "no host name", None),
            ("-n", "no host name", None),
            ("", "no host name", None),
            (".", "no host name", None),
            ("127.0.0.01", "no host name", None),
        ] {
            let meant = meant.map(str::to_owned);
            assert_eq!(read(text), Meaning::Nothing { what, meant }, "{text}");
        }
    }
}
