//! Hosts and ports in every spelling that some reader takes for one.

use std::net::{IpAddr, Ipv4Addr};

use super::random::Random;

/// Names that no policy of ours names.
pub(super) const ELSEWHERE: [&str; 8] = [
    "news.example.org",
    "portreeve",
    "host",
    "squid",
    "internal",
    "WWW.Example.NET.",
    "a_b.example.net",
    "xn--fa-hia.example",
];

/// Hosts that some reader may misread, or that no reader takes.
pub(super) const ODD: [&str; 80] = [
    "0x",
    "0x.0",
    "0.0x",
    "0X",
    "0",
    "00",
    "000",
    "0x0",
    "0x0.0x00",
    "0.0.0.0",
    "0.0.0",
    "0.0.0.0.0",
    "[::]",
    "[0:0::0]",
    "[::0.0.0.0]",
    "[::ffff:0:0]",
    "[::FFFF:0.0.0.0]",
    "[0:0:0:0:0:ffff:0:0]",
    "[:::]",
    "[0:0]",
    "[::%1]",
    "[::ffff:0:0:0]",
    "[0:0:0:ffff::]",
    "[::ffff:0]",
    "[::1%1]",
    "[::ffff:10.0.0.1%1]",
    "[2606:4700::1111%1]",
    "[2606:4700::1111%4294967296]",
    "[::%4294967296]",
    "[2606:4700::1111%x]",
    "[2606:4700::1111]x",
    "[2606:4700::1111].",
    "[2606:4700::1111.]",
    "2606:4700::1111",
    "::1",
    "[github.com]",
    "[127.0.0.1]",
    "[127.1]",
    "[::1",
    "[[::1]]",
    "[]",
    "github.com..",
    "github.com...",
    "127.0.0.1...",
    ".github.com",
    "a..b",
    ".",
    "...",
    "-x.localhost",
    "x-.localhost",
    "-x.github.com",
    "x.-",
    "_",
    "a_b",
    "-",
    "256.1.1.1",
    "1.2.3.4.5",
    "10.1.515.7",
    "a.0x1f",
    "a.1",
    "1.a",
    "08",
    "0x7g",
    "127.0.0.1%1",
    "%31%32%37.0.0.1",
    "a%2eb",
    "gith\u{fc}b.com",
    "a,b.com",
    "a*b.com",
    "*.github.com",
    "a!b",
    "\u{ff11}.1.1.1",
    "1e1",
    "0127.1",
    "",
    "::ffff:0:0",
    "[0:0:0:0:0:ffff::]",
    "[::%1",
    "user@127.0.0.1",
    "[fe80::1%2]",
];

/// One edit of a name.
pub(super) fn near_name(name: &str, random: &mut Random) -> String {
    let parent = name.split_once('.').map_or(name, |(_, parent)| parent);
    match random.below(16) {
        0 => format!("x.{name}"),
        1 => format!("x{name}"),
        2 => parent.to_owned(),
        3 => name[1..].to_owned(),
        4 => format!("{name}."),
        5 => format!("{name}x"),
        6 => format!("{name}.example"),
        7 => format!("a.b.{name}"),
        8 => name.to_ascii_uppercase(),
        9 => name.replacen('.', "-", 1),
        10 => format!("-x.{name}"),
        11 => format!("x_.{name}"),
        12 => format!("{name}.."),
        13 => format!("{}.{name}", "l".repeat(random.pick(&[63, 64]))),
        14 => long(name, random.pick(&[252, 253, 254, 255, 256])),
        _ => name.to_owned(),
    }
}

/// The name under so many labels that it has this length.
fn long(name: &str, length: usize) -> String {
    let mut text = name.to_owned();
    while text.len() + 2 < length {
        let room = length - text.len() - 1;
        // A label alone before the name is no longer than a label may be.
        text = format!("{}.{text}", "l".repeat(room.min(50)));
    }
    text
}

/// An address as some reader takes it.
pub(super) fn address(address: IpAddr, random: &mut Random) -> String {
    match address {
        IpAddr::V4(address) => ipv4(address, random),
        IpAddr::V6(address) => match random.below(6) {
            0 => format!("[{}]", address.to_string().to_ascii_uppercase()),
            1 => {
                let words = address.segments().map(|word| format!("{word:04x}"));
                format!("[{}]", words.join(":"))
            }
            2 => format!("[{address}%{}]", random.pick(&[1, 0, 7])),
            3 => {
                let [.., a, b, c, d] = address.octets();
                let words = address.segments();
                let head: Vec<String> = words[..6].iter().map(|word| format!("{word:x}")).collect();
                format!("[{}:{a}.{b}.{c}.{d}]", head.join(":"))
            }
            _ => format!("[{address}]"),
        },
    }
}

fn ipv4(address: Ipv4Addr, random: &mut Random) -> String {
    let bits = address.to_bits();
    let [a, b, c, d] = address.octets();
    let (high, low) = (bits >> 16, bits & 0xffff);
    match random.below(24) {
        0 => bits.to_string(),
        1 => format!("{bits:#x}"),
        2 => format!("0{bits:o}"),
        3 => format!("0X{bits:08X}"),
        4 => format!("{a}.{b}.{low}"),
        5 => format!("{a}.{}", bits & 0x00ff_ffff),
        6 => format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        7 => format!("{a:#x}.{b}.{c:#04x}.0{d:o}"),
        8 => format!("{address}."),
        9 => format!("{address}.."),
        10 => format!("[::ffff:{address}]"),
        11 => format!("[::FFFF:{high:x}:{low:x}]"),
        12 => format!("[::{address}]"),
        13 => format!("[64:ff9b::{high:x}:{low:x}]"),
        14 => format!("[2002:{high:x}:{low:x}::1]"),
        15 => format!("[::ffff:{address}%1]"),
        16 => format!("{a}.{b}.{c}.{d:03}"),
        17 => format!("[{address}]"),
        18 => format!("{address}x"),
        _ => address.to_string(),
    }
}

/// A port as only Squid's parser of URLs reads it, or as nobody does.
pub(super) fn odd_port(port: u16, random: &mut Random) -> String {
    match random.below(9) {
        0 => format!("{port}x"),
        1 => format!("0{port}"),
        2 => (u64::from(port) + (1 << 32)).to_string(),
        3 => format!("+{port}"),
        4 => format!("{port},evil:{port}"),
        5 => String::new(),
        6 => "0".to_owned(),
        7 => (u32::from(port) + 65536).to_string(),
        _ => format!("-{port}"),
    }
}
