//! What Squid takes a request line for, before any rule: who is asked for, and on which port.
//!
//! `decide` is asked for the host as it is written; reading it is [`Host::read`]'s business. This
//! says no more than where host and port stand in the line, and which lines Squid's parser
//! refuses (`src/anyp/Uri.cc` of 6.13). It widens nothing: what the gateway is told is compared
//! with what was decided.
//!
//! [`Host::read`]: policy_core::decide::Host::read

use policy_core::decide::Kind;

/// A request line that Squid has parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) kind: Kind,
    /// As written.
    pub(super) host: String,
    pub(super) port: u16,
}

/// `None` for what is refused before any rule.
pub(super) fn as_parsed(method: &str, target: &str) -> Option<Parsed> {
    let (kind, host, port) = if method == "CONNECT" {
        let (host, port) = connect(target)?;
        (Kind::Connect, host, port)
    } else {
        let (scheme, rest) = target.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let kind = if scheme == "http" {
            Kind::Plain
        } else {
            Kind::OtherScheme
        };
        let (host, port) = plain(rest, default_port(&scheme)?)?;
        (kind, host, port)
    };
    // Dots behind a name are dropped; empty labels are not.
    let inner = host.trim_start_matches('[').trim_end_matches(']');
    let labels = inner.trim_end_matches('.');
    let is_dotted = labels.starts_with('.') || labels.contains("..");
    (!is_dotted).then_some(Parsed { kind, host, port })
}

fn default_port(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "http" => 80,
        "https" => 443,
        "ftp" => 21,
        _ => return None,
    })
}

/// RFC 9110 section 9.3.6, strictly: no unbracketed IPv6, no port with a zero before it or with
/// anything behind it.
fn connect(target: &str) -> Option<(String, u16)> {
    let (host, port) = if let Some(rest) = target.strip_prefix('[') {
        let (inner, rest) = rest.split_once(']')?;
        inner.parse::<std::net::Ipv6Addr>().ok()?;
        (format!("[{inner}]"), rest.strip_prefix(':')?)
    } else {
        let (host, port) = target.split_once(':')?;
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if host.is_empty() || !host.bytes().all(is_token) {
            return None;
        }
        (host.to_owned(), port)
    };
    let is_number = port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0');
    Some((host, port.parse().ok().filter(|_| is_number)?))
}

/// Whatever stands before the path, leniently.
fn plain(rest: &str, default: u16) -> Option<(String, u16)> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..end];
    // What stands before the last `@` is a login.
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if authority.is_empty() {
        return None;
    }
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        // Up to the bracket or the end; what stands between bracket and colon is dropped.
        let (inner, rest) = rest.split_once(']').unwrap_or((rest, ""));
        (format!("[{inner}]"), rest.split_once(':').map(|(_, port)| port))
    } else {
        match authority.split_once(':') {
            // With two colons it is all host.
            Some((host, port)) if !port.contains(':') => (host.to_owned(), Some(port)),
            _ => (authority.to_owned(), None),
        }
    };
    let port = port.map_or(i32::from(default), atoi);
    Some((host, u16::try_from(port).ok().filter(|port| *port > 0)?))
}

/// `atoi` of the C library on 64 bits: a sign, then digits, as many as there are, the rest of no
/// account, and an overflow of 32 bits cut off.
fn atoi(text: &str) -> i32 {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|c: char| !c.is_ascii_digit());
    let digits = &digits[..end.unwrap_or(digits.len())];
    let value: i64 = if digits.is_empty() {
        0
    } else {
        digits.parse().unwrap_or(i64::MAX)
    };
    #[expect(clippy::cast_possible_truncation, reason = "this is what is modelled")]
    let cut = (sign * value) as i32;
    cut
}
