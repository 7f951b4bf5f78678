//! The host of a request as Squid 6 hands it to its lists.
//!
//! Squid folds case, drops brackets and every dot at the end, and refuses before any rule what
//! begins with a dot or has two in a row. What the C library reads as a numeric address becomes that
//! address, in every spelling and without its zone, which is a number of 32 bits: `[2600::1%1]` is
//! handed over as `[2600::1]`, and `[1.2.3.4]` as `1.2.3.4`. The unspecified address alone stays the
//! text that it was, its zone included, as does what looks like an address and is none. All of this
//! was asked of Squid 6.13.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A host that rules are asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// What names and expressions are compared with.
    pub(super) text: String,
    /// The address, if Squid takes the text for one.
    pub(super) address: Option<u128>,
}

/// IPv4 addresses are IPv6 addresses to Squid, with this in front.
const MAPPED: u128 = 0xffff_0000_0000;

/// An address as the number that Squid compares.
pub(super) fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => MAPPED | u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The address of a number.
pub(super) fn address(number: u128) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from_bits(number)).to_canonical()
}

/// How Squid prints an address as the host of a URL.
fn printed(address: IpAddr) -> String {
    let IpAddr::V6(address) = address else {
        return address.to_string();
    };
    // The C library prints what carries an IPv4 address behind 96 zero bits with dots.
    match address.to_bits() {
        bits @ 0x1_0000..=0xffff_ffff => {
            let low = Ipv4Addr::from_bits(u32::try_from(bits).unwrap_or_default());
            format!("[::{low}]")
        }
        _ => format!("[{address}]"),
    }
}

/// The text with which a request names an address.
pub(super) fn written(number: u128) -> String {
    match address(number) {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let mut text = String::with_capacity(41);
            // Writing to a string cannot fail.
            let _ = write!(text, "[{address}]");
            text
        }
    }
}

/// The host of a request that names it so; `None` where Squid refuses to read it.
pub(super) fn read(written: &str) -> Option<Host> {
    let text = written.trim_end_matches('.').to_ascii_lowercase();
    if text.is_empty() || text.starts_with('.') || text.contains("..") {
        return None;
    }
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let is_bracketed = bare.is_some();
    let text = bare.map_or(text.as_str(), |bare| bare.trim_end_matches('.'));
    let text = text.to_owned();
    let v6 = ipv6(&text).filter(|_| is_bracketed);
    let found: IpAddr = match (v6, ipv4(&text)) {
        (Some(address), _) => address.into(),
        (None, Some(address)) => address.into(),
        (None, None) => {
            return Some(Host {
                text,
                address: None,
            });
        }
    };
    let found = found.to_canonical();
    if found.is_unspecified() {
        return Some(Host {
            text,
            address: None,
        });
    }
    Some(Host {
        text: printed(found),
        address: Some(number(found)),
    })
}

/// `inet_pton` with the number of a zone behind it or not. (The name of an interface would be taken
/// for one on a link-local address; such a host is refused one way or the other.)
fn ipv6(text: &str) -> Option<Ipv6Addr> {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    let digits = zone.bytes().all(|byte| byte.is_ascii_digit());
    zone.parse::<u32>().ok().filter(|_| digits)?;
    address.parse().ok()
}

/// `inet_aton`: one to four parts, each decimal, octal or hexadecimal; the last one fills the rest.
fn ipv4(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<&str> = text.split('.').collect();
    let n_parts = parts.len();
    if n_parts > 4 {
        return None;
    }
    let mut bits: u64 = 0;
    for (at, part) in parts.into_iter().enumerate() {
        let (digits, radix) = match part.as_bytes() {
            [b'0', b'x' | b'X', ..] => (part.get(2..)?, 16),
            [b'0', _, ..] => (part, 8),
            _ => (part, 10),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let value = u64::from_str_radix(digits, radix).ok()?;
        let last = at + 1 == n_parts;
        let width = if last { 8 * (5 - n_parts) } else { 8 };
        if value >> width != 0 {
            return None;
        }
        bits = bits << width | value;
    }
    u32::try_from(bits).ok().map(Ipv4Addr::from_bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(written: &str) -> Option<(String, bool)> {
        read(written).map(|host| (host.text, host.address.is_some()))
    }

    #[test]
    fn squid_reads_every_spelling_of_an_address() {
        for (written, shown) in [
            ("10.1.515", "10.1.2.3"),
            ("0x7f.1", "127.0.0.1"),
            ("017700000001", "127.0.0.1"),
            ("2130706433", "127.0.0.1"),
            ("127.0.0.1.", "127.0.0.1"),
            ("[::ffff:10.1.2.3]", "10.1.2.3"),
            ("[2000:0::1]", "[2000::1]"),
            ("[::808:808]", "[::8.8.8.8]"),
            ("[1.2.3.4]", "1.2.3.4"),
            ("[2600::1%1]", "[2600::1]"),
            ("8.8.8.8..", "8.8.8.8"),
            ("[2600::1.]", "[2600::1]"),
            ("[::ffff:8.8.8.8%4294967295]", "8.8.8.8"),
        ] {
            assert_eq!(text(written), Some((shown.to_owned(), true)), "{written}");
        }
        for (name, shown) in [
            ("0x", "0x"),
            ("1.2.3.4.5", "1.2.3.4.5"),
            ("256.1.1.1", "256.1.1.1"),
            ("08.1", "08.1"),
            ("0.0.0.0.", "0.0.0.0"),
            ("[::]", "::"),
            ("[0:0]", "0:0"),
            ("[::%1]", "::%1"),
            ("[::ffff:0.0.0.0]", "::ffff:0.0.0.0"),
            ("[::ffff:0:0]", "::ffff:0:0"),
            ("[2600::1%x]", "2600::1%x"),
            ("[2600::1%4294967296]", "2600::1%4294967296"),
            ("[GitHub.com]", "github.com"),
            ("-x.localhost", "-x.localhost"),
            ("0.0x", "0.0x"),
            ("fe80::1%1", "fe80::1%1"),
            ("GitHub.com..", "github.com"),
        ] {
            assert_eq!(text(name), Some((shown.to_owned(), false)), "{name}");
        }
        for refused in ["", ".", ".a", "a..b"] {
            assert_eq!(text(refused), None, "{refused}");
        }
    }
}
