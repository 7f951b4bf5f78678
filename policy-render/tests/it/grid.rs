//! Requests near everything that a file speaks of, without any thought of completeness.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::naive::Asked;

/// Addresses of every sort that a policy knows, near their limits.
const ADDRESSES: [&str; 18] = [
    "8.8.8.8",
    "9.255.255.255",
    "10.0.0.0",
    "100.64.0.0",
    "100.100.100.200",
    "127.0.0.1",
    "169.254.169.254",
    "172.17.0.1",
    "192.168.1.20",
    "198.18.0.10",
    "224.0.0.1",
    "2600::1",
    "2001:db8::1",
    "::1",
    "::8.8.8.8",
    "64:ff9b::a00:1",
    "fd00:ec2::254",
    "4000::1",
];

/// Hosts that are no address and no name of a policy.
const TEXTS: [&str; 8] = [
    "zz",
    "zz.example",
    "-zz.example",
    "1.2.3.4.5",
    "zz.0x1f",
    "0.0.0.0",
    "0x0",
    "::",
];

fn values<'t>(text: &'t str, kind: &str) -> BTreeSet<&'t str> {
    let lines = text.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let is_acl = words.next() == Some("acl");
        words.next();
        (is_acl && words.next() == Some(kind)).then_some(words)
    });
    lines
        .flatten()
        .filter(|word| !word.starts_with('-'))
        .collect()
}

fn near(address: IpAddr) -> Vec<IpAddr> {
    let IpAddr::V4(v4) = address else {
        return vec![address];
    };
    let bits = v4.to_bits();
    [bits.wrapping_sub(1), bits, bits.wrapping_add(1)]
        .map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits)))
        .to_vec()
}

/// The text of a host as Squid prints an address.
fn shown(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => match address.to_bits() {
            bits if bits >> 32 == 0 && bits > 0xffff => {
                format!("[::{}]", Ipv4Addr::from_bits(bits as u32))
            }
            _ => format!("[{address}]"),
        },
    }
}

/// The requests.
pub(crate) fn requests(text: &str) -> Vec<Asked> {
    let mut sources: BTreeSet<IpAddr> = BTreeSet::from([Ipv6Addr::LOCALHOST.into()]);
    for value in values(text, "src") {
        let net: ipnet::Ipv4Net = value.parse().unwrap();
        sources.insert(net.network().into());
        sources.insert(Ipv4Addr::from_bits(net.broadcast().to_bits() + 1).into());
    }
    let mut ports: BTreeSet<u16> = BTreeSet::from([1]);
    for value in values(text, "port") {
        for end in value.split('-') {
            let end: u16 = end.parse().unwrap();
            ports.extend([end, end + 1]);
        }
    }
    let mut hosts: Vec<(String, Option<IpAddr>)> = Vec::new();
    for name in values(text, "dstdomain") {
        let name = name.trim_start_matches('.');
        for lead in ["", "zz.", "-zz.", "zz"] {
            hosts.push((format!("{lead}{name}"), None));
        }
    }
    hosts.extend(TEXTS.map(|text| (text.to_owned(), None)));
    let mut addresses: BTreeSet<IpAddr> = ADDRESSES.map(|text| text.parse().unwrap()).into();
    for value in values(text, "dst") {
        let single: Option<ipnet::Ipv4Net> = match value.contains('/') {
            true => value
                .parse()
                .ok()
                .filter(|net: &ipnet::Ipv4Net| net.prefix_len() >= 16),
            false => value.parse().ok().map(|address: Ipv4Addr| address.into()),
        };
        if let Some(net) = single {
            addresses.extend(near(net.network().into()));
            addresses.extend(near(net.broadcast().into()));
        }
    }
    hosts.extend(
        addresses
            .into_iter()
            .map(|address| (shown(address), Some(address))),
    );
    hosts.sort();
    hosts.dedup();
    let looks_up = text.contains("acl resolves dst all");
    let ip = |text: &str| -> IpAddr { text.parse().unwrap() };
    let resolutions = match looks_up {
        false => vec![vec![ip("8.8.8.8")]],
        true => vec![
            vec![],
            vec![ip("8.8.8.8")],
            vec![ip("10.1.2.3")],
            vec![ip("127.0.0.1")],
            vec![ip("172.30.0.9"), ip("8.8.8.8")],
            vec![ip("8.8.8.8"), ip("10.1.2.3")],
        ],
    };
    let mut asked = Vec::new();
    for source in &sources {
        for (host, address) in &hosts {
            for resolved in &resolutions {
                if address.is_some() && Some(resolved) != resolutions.first() {
                    continue;
                }
                for port in &ports {
                    for kind in 0..4 {
                        asked.push(Asked {
                            source: *source,
                            host: host.clone(),
                            address: *address,
                            resolved: resolved.clone(),
                            port: *port,
                            connect: kind == 0,
                            http: kind == 1 || kind == 3,
                            manager: kind == 3,
                        });
                    }
                }
            }
        }
    }
    asked
}
