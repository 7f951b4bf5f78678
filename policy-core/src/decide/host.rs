//! The host of a request, read as every reader along the way reads it.
//!
//! Squid, libc and the gateway take many spellings for one address. Whatever any of them would
//! take for an address is one here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::address::unmapped;
use crate::host::{HostName, last_label_is_numeric};

/// A host as every reader along the way takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A DNS name.
    Name(HostName),
    /// An address, in whatever spelling.
    Address(IpAddr),
    /// Neither.
    Malformed,
}

impl Host {
    /// Reads a host of a request. Squid's parser drops every dot behind a host, and brackets around
    /// whatever they hold. IPv4 is read as `inet_aton` does (one to four parts, each decimal, octal
    /// or hexadecimal), since Squid and libc read it so.
    pub fn read(text: &str) -> Self {
        let text = text.trim_end_matches('.');
        let bare = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let text = bare.map_or(text, |bare| bare.trim_end_matches('.'));
        if let Some(address) = read_ipv6(text) {
            return Host::Address(unmapped(IpAddr::V6(address)));
        }
        if let Some(address) = read_ipv4(text) {
            return Host::Address(IpAddr::V4(address));
        }
        if !text.is_ascii() || last_label_is_numeric(text) {
            return Host::Malformed;
        }
        text.parse().map_or(Host::Malformed, Host::Name)
    }
}

/// An IPv6 address, with or without the number of a zone: libc takes one, and Squid drops it.
fn read_ipv6(text: &str) -> Option<Ipv6Addr> {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    if zone.is_empty() || !zone.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if has_unspecified_shape(address) {
        return Some(Ipv6Addr::UNSPECIFIED);
    }
    zone.parse::<u32>().ok()?;
    address.parse().ok()
}

/// Zeros, colons and dots, with or without one `ffff:` among them. Squid leaves the unspecified
/// address as it is written, mapped or not, so a shape must say what it is; nothing of this shape
/// is a host on the internet, and most of it is no address at all.
fn has_unspecified_shape(text: &str) -> bool {
    let zeros = |part: &str| part.bytes().all(|byte| matches!(byte, b'0' | b':' | b'.'));
    let folded = text.to_ascii_lowercase();
    let (before, after) = folded.split_once("ffff:").unwrap_or((&folded, ""));
    before.contains(':') && zeros(before) && zeros(after)
}

/// An IPv4 address in any spelling that `inet_aton` reads.
fn read_ipv4(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u32> = text.split('.').map(read_ipv4_part).collect::<Option<_>>()?;
    let (last, leading) = parts.split_last()?;
    if leading.len() > 3 || leading.iter().any(|part| *part > 255) {
        return None;
    }
    let mut bits = 0;
    for (at, part) in leading.iter().enumerate() {
        bits |= part << (24 - 8 * at);
    }
    let room = u64::from(u32::MAX) >> (8 * leading.len());
    (u64::from(*last) <= room).then(|| Ipv4Addr::from_bits(bits | last))
}

fn read_ipv4_part(text: &str) -> Option<u32> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = match (hex, text.strip_prefix('0')) {
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) if !digits.is_empty() => (digits, 8),
        (None, _) => (text, 10),
    };
    let signed = digits.starts_with(['+', '-']);
    if signed {
        None
    } else {
        u32::from_str_radix(digits, radix).ok()
    }
}
