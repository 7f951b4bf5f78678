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
        let (host, port) = plain(rest, default_port(method, &scheme)?)?;
        (kind, host, port)
    };
    let port = u16::try_from(port).ok().filter(|port| *port > 0)?;
    // Dots behind a name are dropped; empty labels are not.
    let inner = host.trim_start_matches('[').trim_end_matches(']');
    let labels = inner.trim_end_matches('.');
    let is_dotted = labels.starts_with('.') || labels.contains("..");
    (!is_dotted).then_some(Parsed { kind, host, port })
}

/// `None` for a scheme that Squid does not know, or not with this method.
fn default_port(method: &str, scheme: &str) -> Option<i32> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "ftp" if ["GET", "HEAD", "PUT"].contains(&method) => Some(21),
        _ => None,
    }
}

/// `sscanf` by `[%[^]]]:%d`, or else by `%[^:]:%d`: what is no number leaves the port at 443, and what
/// stands behind a number is of no account.
fn connect(target: &str) -> Option<(String, i32)> {
    let in_brackets = target
        .strip_prefix('[')
        .map(|rest| rest.split_once(']').unwrap_or((rest, "")));
    let (host, rest) = match in_brackets {
        Some((inner, rest)) if !inner.is_empty() => (format!("[{inner}]"), rest),
        _ => {
            let end = target.find(':').unwrap_or(target.len());
            (target[..end].to_owned(), &target[end..])
        }
    };
    let port = rest.strip_prefix(':').and_then(number).unwrap_or(443);
    (!host.is_empty()).then_some((host, port))
}

/// Whatever stands before the path, leniently.
fn plain(rest: &str, default: i32) -> Option<(String, i32)> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..end];
    // What stands before the last `@` is a login.
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    if authority.is_empty() || authority == "[" || authority.starts_with("[]") {
        return None;
    }
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        // Up to the bracket or the end; what stands between bracket and colon is dropped.
        let (inner, rest) = rest.split_once(']').unwrap_or((rest, ""));
        (
            format!("[{inner}]"),
            rest.split_once(':').map(|(_, port)| port),
        )
    } else {
        match authority.split_once(':') {
            // With two colons it is all host.
            Some((host, port)) if !port.contains(':') => (host.to_owned(), Some(port)),
            _ => (authority.to_owned(), None),
        }
    };
    let port = port.map_or(default, |port| number(port).unwrap_or(0));
    Some((host, port))
}

/// What `atoi` and `%d` of the C library make of a text on 64 bits: a sign, then digits, as many as
/// there are, the rest of no account, and an overflow of 32 bits cut off.
fn number(text: &str) -> Option<i32> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|c: char| !c.is_ascii_digit());
    let digits = &digits[..end.unwrap_or(digits.len())];
    if digits.is_empty() {
        return None;
    }
    let value: i64 = digits.parse().unwrap_or(i64::MAX);
    #[expect(clippy::cast_possible_truncation, reason = "this is what is modelled")]
    let cut = (sign * value) as i32;
    Some(cut)
}
