//! Names, hosts, ports, addresses, dates.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use jiff::civil::Date;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::host::{HostName, HostPattern, Reach};
use crate::name::Name;
use crate::port::{Port, PortRange, PortSet};

/// A name, one of a few half of the time.
pub fn name() -> impl Strategy<Value = Name> {
    let few = select(vec![
        "coder",
        "reviewer",
        "archivist",
        "github",
        "Claude",
        "only",
        "via",
    ]);
    prop_oneof![
        few.prop_map(str::to_owned),
        "[A-Za-z0-9][A-Za-z0-9_-]{0,12}",
        "[A-Za-z0-9][A-Za-z0-9_-]{63}",
    ]
    .prop_filter_map("a name", |text| text.parse().ok())
}

/// A host name.
pub fn host() -> impl Strategy<Value = HostName> {
    let few = select(vec![
        "github.com",
        "api.github.com",
        "pypi.org",
        "host",
        "agent",
        "xn--bcher-kva.example",
    ]);
    let label = "[a-z0-9_]([a-z0-9_-]{0,8}[a-z0-9_])?";
    prop_oneof![
        few.prop_map(str::to_owned),
        vec(label, 1..4).prop_map(|labels| labels.join(".")),
    ]
    .prop_filter_map("a host name", |text| text.parse().ok())
}

/// A host pattern of each kind.
pub fn host_pattern() -> impl Strategy<Value = HostPattern> {
    let reach = select(vec![Reach::Exact, Reach::Within, Reach::Under]);
    (reach, host()).prop_map(|(reach, name)| HostPattern::new(reach, name))
}

/// A port, a usual one half of the time.
pub fn port() -> impl Strategy<Value = Port> {
    prop_oneof![
        select(vec![1, 80, 443, 3128, 9222, 9223, 65535]).prop_map(Port::constant),
        (1..=u16::MAX).prop_map(Port::constant),
    ]
}

/// A set of ports that is not empty.
pub fn port_set() -> impl Strategy<Value = PortSet> {
    let range = (port(), port()).prop_filter_map("a range", |(one, two)| {
        PortRange::new(one.min(two), one.max(two))
    });
    let part = prop_oneof![port().prop_map(PortRange::from), range];
    prop_oneof![
        1 => Just(PortSet::all()),
        9 => vec(part, 1..4).prop_map(|parts| parts.into_iter().collect()),
    ]
}

/// A network without host bits, possibly of one address.
pub fn net() -> impl Strategy<Value = IpNet> {
    let v4 = any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits)));
    let v6 = any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits)));
    let few = select(vec![
        "10.0.0.0",
        "192.168.1.20",
        "198.51.100.7",
        "169.254.169.254",
        "::1",
    ]);
    let few = few.prop_filter_map("an address", |text| text.parse::<IpAddr>().ok());
    let address = prop_oneof![3 => few, 3 => v4, 1 => v6];
    (address, 0u8..=128).prop_filter_map("a network", |(address, length)| {
        let max = if address.is_ipv4() { 32 } else { 128 };
        Some(IpNet::new(address, length.min(max)).ok()?.trunc())
    })
}

/// A day of the last or the next years.
pub fn date() -> impl Strategy<Value = Date> {
    (1999i16..2101, 1i8..=12, 1i8..=31).prop_filter_map("a day", |(year, month, day)| {
        Date::new(year, month, day).ok()
    })
}

/// The text of a string.
pub fn reason() -> impl Strategy<Value = Box<str>> {
    "[ !#-~äß#{}]{0,24}".prop_map(String::into_boxed_str)
}

/// A host as a question may name it: any word.
pub fn odd_host() -> impl Strategy<Value = Box<str>> {
    let few = select(vec![
        "0x7f.1",
        "::1",
        "fe80::1%eth0",
        "2130706433",
        "host",
        "LOCALHOST.",
        "#",
    ]);
    prop_oneof![
        host().prop_map(|name| name.as_str().to_owned()),
        net().prop_map(|net| net.addr().to_string()),
        few.prop_map(str::to_owned),
        "[!#-z|~é]{1,12}",
    ]
    // A URL is an error.
    .prop_filter("a host", |text| {
        !text.contains("://") && !text.contains(":/")
    })
    .prop_map(String::into_boxed_str)
}
