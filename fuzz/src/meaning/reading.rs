//! All the addresses that some reader on the way may take a host for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The floor of IPv4: first address and length of the prefix.
const FLOOR: [([u8; 4], u32); 8] = [
    ([0, 0, 0, 0], 8),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
    ([168, 63, 129, 16], 32),
    ([100, 100, 100, 200], 32),
    ([192, 0, 0, 192], 32),
];

/// The private ranges of IPv4.
const PRIVATE: [([u8; 4], u32); 4] = [
    ([10, 0, 0, 0], 8),
    ([172, 16, 0, 0], 12),
    ([192, 168, 0, 0], 16),
    ([100, 64, 0, 0], 10),
];

/// Whether no statement may open the address.
pub(super) fn is_floor(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => within(address, &FLOOR),
        IpAddr::V6(address) => {
            let first = address.segments()[0];
            address == Ipv6Addr::UNSPECIFIED
                || address == Ipv6Addr::LOCALHOST
                || address == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
                || (0xfe80..=0xfebf).contains(&first)
                || first >= 0xff00
        }
    }
}

/// Whether only `lan` may open the address.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => within(address, &PRIVATE),
        IpAddr::V6(address) => address.segments()[0] >> 9 == 0xfc00 >> 9,
    }
}

fn within(address: Ipv4Addr, nets: &[([u8; 4], u32)]) -> bool {
    let bits =
        |octets: [u8; 4], length: u32| u64::from(u32::from_be_bytes(octets)) >> (32 - length);
    nets.iter()
        .any(|(net, length)| bits(address.octets(), *length) == bits(*net, *length))
}

/// The host without what Squid drops: dots at its end, and brackets around it.
pub(super) fn bare(host: &str) -> &str {
    let host = host.trim_end_matches('.');
    let inner = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inner.map_or(host, |inner| inner.trim_end_matches('.'))
}

/// The addresses, embedded ones included; none for what only a resolver can read.
pub(super) fn everything_it_may_be(host: &str) -> Vec<IpAddr> {
    let bare = bare(host);
    // A zone is of no account to where the address points.
    let bare = bare.split('%').next().unwrap_or(bare);
    let mut found = Vec::new();
    if let Ok(address) = bare.parse::<Ipv6Addr>() {
        found.push(IpAddr::V6(address));
        let words = address.segments();
        let pair = |high: u16, low: u16| {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            IpAddr::from([a, b, c, d])
        };
        match words {
            // Mapped, compatible (but for :: and ::1, which are themselves), and NAT64.
            [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                found.push(pair(high, low));
            }
            [0, 0, 0, 0, 0, 0, high, low] if high != 0 || low > 1 => found.push(pair(high, low)),
            [0x2002, high, low, ..] => found.push(pair(high, low)),
            _ => {}
        }
        if let [0, 0, 0, 0, 0, 0xffff, ..] = words {
            found.retain(IpAddr::is_ipv4);
        }
    }
    found.extend(loose_ipv4(bare).map(IpAddr::V4));
    found
}

/// One to four numbers, each decimal, octal or hexadecimal, the last one filling what is left.
fn loose_ipv4(text: &str) -> Option<Ipv4Addr> {
    let numbers: Vec<u64> = text.split('.').map(number).collect::<Option<_>>()?;
    let (last, first) = numbers.split_last()?;
    if first.len() > 3 || first.iter().any(|octet| *octet > 255) {
        return None;
    }
    let room = 32 - 8 * first.len();
    if *last >= 1 << room {
        return None;
    }
    let high = first.iter().fold(0, |bits, octet| bits << 8 | octet) << room;
    Some(Ipv4Addr::from_bits(u32::try_from(high | last).ok()?))
}

fn number(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    if !lower.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    match (lower.strip_prefix("0x"), lower.strip_prefix('0')) {
        (Some(digits), _) => u64::from_str_radix(digits, 16).ok(),
        (None, Some(digits)) if !digits.is_empty() => u64::from_str_radix(digits, 8).ok(),
        _ => lower.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_in_many_spellings() {
        let metadata = IpAddr::from([169, 254, 169, 254]);
        for host in [
            "169.254.169.254",
            "169.254.169.254...",
            "[169.254.169.254].",
            "[::ffff:169.254.169.254%1]",
            "169.254.43518",
            "0xa9fea9fe",
            "2852039166",
            "0251.0376.0251.0376",
            "0x000000000000000000a9fea9fe",
            "[::ffff:169.254.169.254]",
            "::169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
        ] {
            assert!(everything_it_may_be(host).contains(&metadata), "{host}");
            assert!(
                everything_it_may_be(host).into_iter().any(is_floor),
                "{host}"
            );
        }
        assert!(everything_it_may_be("example.org").is_empty());
        assert!(everything_it_may_be("1.2.3.256").is_empty());
    }
}
