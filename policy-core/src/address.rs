//! What an address is: part of the floor, private, or public.
//!
//! IPv6 has several forms that carry an IPv4 address inside; a reader along the way may unwrap
//! any of them, so an address is also everything it carries. Registries: IANA IPv4 and IPv6
//! Special-Purpose Address Registry (RFC 6890); metadata addresses from their vendors' manuals.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

/// IPv4 addresses that no statement can open.
pub const FLOOR_V4: [Ipv4Net; 8] = [
    v4(0, 0, 0, 0, 8), // "this network", RFC 791; many stacks take it for loopback
    v4(100, 100, 100, 200, 32), // Alibaba Cloud metadata
    v4(127, 0, 0, 0, 8), // loopback, RFC 1122
    v4(168, 63, 129, 16, 32), // Azure platform address
    v4(169, 254, 0, 0, 16), // link local and most clouds' metadata, RFC 3927
    v4(192, 0, 0, 192, 32), // Oracle Cloud metadata
    v4(224, 0, 0, 0, 4), // multicast, RFC 5771
    v4(240, 0, 0, 0, 4), // reserved and broadcast, RFC 1112
];

/// IPv6 addresses that no statement can open, besides the carriers of [`FLOOR_V4`].
pub const FLOOR_V6: [Ipv6Net; 5] = [
    Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128),
    Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128),
    Ipv6Net::new_assert(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), 128), // AWS metadata
    Ipv6Net::new_assert(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),          // link local
    Ipv6Net::new_assert(Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8),           // multicast
];

/// IPv4 addresses that only `lan` opens (RFC 1918, RFC 6598).
pub const PRIVATE_V4: [Ipv4Net; 4] = [
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(172, 16, 0, 0, 12),
    v4(192, 168, 0, 0, 16),
];

/// IPv6 addresses that are private (RFC 4193), besides the carriers of [`PRIVATE_V4`].
pub const PRIVATE_V6: [Ipv6Net; 1] = [Ipv6Net::new_assert(
    Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0),
    7,
)];

/// The IPv6 forms that carry an IPv4 address at a fixed place, as prefix and bit position.
///
/// IPv4-mapped addresses are not here: Squid and [`unmapped`] take them for the IPv4 address.
const CARRIERS: [Ipv6Net; 3] = [
    Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 96), // IPv4-compatible, RFC 4291 2.5.5.1
    Ipv6Net::new_assert(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96), // NAT64, RFC 6052
    Ipv6Net::new_assert(Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4, RFC 3056
];

/// Global unicast space that is nevertheless no host on the internet: protocol assignments with
/// Teredo (RFC 2928, RFC 4380), documentation (RFC 3849), 6to4 (RFC 7526 retires it).
const NOT_PUBLIC_V6: [Ipv6Net; 3] = [
    Ipv6Net::new_assert(Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    Ipv6Net::new_assert(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    Ipv6Net::new_assert(Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
];

/// An IPv4-mapped IPv6 address as the IPv4 address it is to every socket; others unchanged.
pub fn unmapped(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// The network of IPv6 addresses that carry an address of `net`, in one carrier form.
fn carried(carrier: Ipv6Net, net: Ipv4Net) -> Ipv6Net {
    let shift = 128 - u32::from(carrier.prefix_len()) - 32;
    let bits = carrier.network().to_bits() | (u128::from(net.network().to_bits()) << shift);
    let prefix = carrier.prefix_len() + net.prefix_len();
    // 96 + 32 is the longest sum, so the prefix always fits.
    Ipv6Net::new(Ipv6Addr::from_bits(bits), prefix).unwrap_or(carrier)
}

fn with_carriers(v4: &[Ipv4Net], v6: &[Ipv6Net]) -> Vec<IpNet> {
    let wrapped = CARRIERS
        .iter()
        .flat_map(|carrier| v4.iter().map(move |net| carried(*carrier, *net)));
    let v6 = Ipv6Net::aggregate(&v6.iter().copied().chain(wrapped).collect());
    Ipv4Net::aggregate(&v4.to_vec())
        .into_iter()
        .map(IpNet::V4)
        .chain(v6.into_iter().map(IpNet::V6))
        .collect()
}

/// The floor: every network, carriers included, sorted and without overlap.
pub fn floor() -> Vec<IpNet> {
    with_carriers(&FLOOR_V4, &FLOOR_V6)
}

/// The private ranges: every network, carriers included, sorted and without overlap. Parts of
/// them belong to the floor.
pub fn private() -> Vec<IpNet> {
    with_carriers(&PRIVATE_V4, &PRIVATE_V6)
}

/// The public addresses, by what they are, as ranges with both ends: every IPv4 address that is
/// neither floor nor private, and IPv6 global unicast (RFC 4291) without its special parts.
pub fn public() -> Vec<(IpAddr, IpAddr)> {
    let barred = Ipv4Net::aggregate(&FLOOR_V4.into_iter().chain(PRIVATE_V4).collect());
    let holes = barred
        .iter()
        .map(|net| (net.network().to_bits(), net.broadcast().to_bits()));
    let v4 = gaps(
        (0, u32::MAX),
        holes,
        |bits| bits.checked_add(1),
        |bits| bits.checked_sub(1),
    );
    let space = (
        Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0).to_bits(),
        (0x4000 << 112) - 1,
    );
    let holes = NOT_PUBLIC_V6
        .iter()
        .map(|net| (net.network().to_bits(), net.broadcast().to_bits()));
    let v6 = gaps(
        space,
        holes,
        |bits: u128| bits.checked_add(1),
        |bits| bits.checked_sub(1),
    );
    let of_v4 = |bits| IpAddr::V4(Ipv4Addr::from_bits(bits));
    let of_v6 = |bits| IpAddr::V6(Ipv6Addr::from_bits(bits));
    let v4 = v4
        .into_iter()
        .map(|(first, last)| (of_v4(first), of_v4(last)));
    v4.chain(
        v6.into_iter()
            .map(|(first, last)| (of_v6(first), of_v6(last))),
    )
    .collect()
}

/// What of `space` lies in none of `holes`, which are sorted and inside it.
fn gaps<N: Copy + PartialOrd>(
    space: (N, N),
    holes: impl Iterator<Item = (N, N)>,
    above: impl Fn(N) -> Option<N>,
    below: impl Fn(N) -> Option<N>,
) -> Vec<(N, N)> {
    let mut found = Vec::new();
    let mut next = Some(space.0);
    for (first, last) in holes {
        if let (Some(start), Some(end)) = (next, below(first))
            && start <= end
        {
            found.push((start, end));
        }
        next = above(last);
    }
    found.extend(
        next.filter(|start| *start <= space.1)
            .map(|start| (start, space.1)),
    );
    found
}

/// Whether `address`, or an IPv4 address it carries, lies in one of `v4` or `v6`.
fn lies_in(address: IpAddr, v4: &[Ipv4Net], v6: &[Ipv6Net]) -> bool {
    match unmapped(address) {
        IpAddr::V4(address) => v4.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) => {
            let wraps = |carrier: &Ipv6Net| {
                v4.iter()
                    .any(|net| carried(*carrier, *net).contains(&address))
            };
            v6.iter().any(|net| net.contains(&address)) || CARRIERS.iter().any(wraps)
        }
    }
}

/// Whether no statement can open `address`, in any form that carries it.
pub fn is_floor(address: IpAddr) -> bool {
    lies_in(address, &FLOOR_V4, &FLOOR_V6)
}

/// Whether only `lan` can open `address`.
pub fn is_private(address: IpAddr) -> bool {
    lies_in(address, &PRIVATE_V4, &PRIVATE_V6)
}

/// Whether `access full` opens `address`.
pub fn is_public(address: IpAddr) -> bool {
    let address = unmapped(address);
    if is_floor(address) || is_private(address) {
        return false;
    }
    match address {
        IpAddr::V4(_) => true,
        IpAddr::V6(address) => {
            address.segments()[0] & 0xe000 == 0x2000
                && !NOT_PUBLIC_V6.iter().any(|net| net.contains(&address))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_floor_holds_in_every_form_that_carries_it() {
        for text in [
            "0.0.0.0",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "100.100.100.200",
            "192.0.0.192",
            "::",
            "::1",
            "fe80::1",
            "ff02::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::1",
            "2002:a9fe:a9fe::",
        ] {
            assert!(is_floor(ip(text)), "{text}");
            assert!(!is_public(ip(text)), "{text}");
        }
    }

    #[test]
    fn private_ranges_end_where_they_end() {
        for (text, private) in [
            ("9.255.255.255", false),
            ("10.0.0.0", true),
            ("10.255.255.255", true),
            ("11.0.0.0", false),
            ("172.15.255.255", false),
            ("172.16.0.0", true),
            ("172.31.255.255", true),
            ("172.32.0.0", false),
            ("100.63.255.255", false),
            ("100.64.0.0", true),
            ("100.127.255.255", true),
            ("100.128.0.0", false),
            ("192.168.0.0", true),
            ("192.169.0.0", false),
            ("fc00::1", true),
            ("fdff::", true),
            ("fe00::", false),
            ("64:ff9b::a00:1", true),
            ("2002:c0a8:1::", true),
            ("::ffff:10.1.2.3", true),
        ] {
            assert_eq!(is_private(ip(text)), private, "{text}");
        }
    }

    #[test]
    fn the_lists_say_what_the_functions_say() {
        let (floor, private, public) = (floor(), private(), public());
        let nets = floor
            .iter()
            .chain(&private)
            .map(|net| (net.network(), net.broadcast()));
        let near = |address: IpAddr| match address {
            IpAddr::V4(a) => [
                a.to_bits().wrapping_sub(1),
                a.to_bits(),
                a.to_bits().wrapping_add(1),
            ]
            .map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))),
            IpAddr::V6(a) => [
                a.to_bits().wrapping_sub(1),
                a.to_bits(),
                a.to_bits().wrapping_add(1),
            ]
            .map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))),
        };
        let edges = nets
            .chain(public.clone())
            .flat_map(|(first, last)| [near(first), near(last)].concat());
        let has = |nets: &[IpNet], address: IpAddr| nets.iter().any(|net| net.contains(&address));
        let mut checked = 0;
        for address in edges.filter(|address| unmapped(*address) == *address) {
            assert_eq!(has(&floor, address), is_floor(address), "floor {address}");
            assert_eq!(
                has(&private, address),
                is_private(address),
                "private {address}"
            );
            let listed = public.iter().any(|(first, last)| {
                first.is_ipv4() == address.is_ipv4() && *first <= address && address <= *last
            });
            assert_eq!(listed, is_public(address), "public {address}");
            checked += 1;
        }
        assert!(checked > 200, "{checked}");
    }
}
