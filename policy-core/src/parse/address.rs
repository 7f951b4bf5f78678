//! Addresses and networks, each with an optional port, in one word.
//!
//! ```text
//! address = ipv4 | "[" ipv6 "]"
//! cidr    = ipv4 "/" length | ipv6 "/" length        also: "[" ipv6 "]" "/" length
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Why a text is not a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotNet {
    /// It is no address at all.
    Unreadable,
    /// An IPv6 address without the brackets that part it from a port.
    WithoutBrackets(Ipv6Addr),
    /// The prefix is longer than the address, or no number.
    Prefix,
    /// Bits are set behind the prefix; the network that was probably meant.
    HostBits(IpNet),
}

/// A word as the text of an address or a network, and that of a port.
pub(super) fn split_net(word: &str) -> (&str, Option<&str>) {
    let after_address = word.rfind(['/', ']']).map(|at| word.split_at_checked(at));
    let Some(Some((before, tail))) = after_address else {
        // A word with several colons is an IPv6 address that lacks its brackets.
        return match word.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            _ => (word, None),
        };
    };
    match tail.split_once(':') {
        Some((tail, port)) => {
            let net = word.split_at_checked(before.len() + tail.len());
            (net.map_or(word, |(net, _)| net), Some(port))
        }
        None => (word, None),
    }
}

/// `address | cidr`; an address alone is a network of one.
pub(super) fn net(text: &str) -> Result<IpNet, NotNet> {
    let (address_text, length_text) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let bracketed = address_text
        .strip_prefix('[')
        .and_then(|inside| inside.strip_suffix(']'));
    let address: IpAddr = match bracketed {
        Some(inside) => IpAddr::V6(inside.parse().map_err(|_| NotNet::Unreadable)?),
        None => match (address_text.parse::<Ipv4Addr>(), length_text) {
            (Ok(address), _) => IpAddr::V4(address),
            (Err(_), length_text) => {
                let address = address_text.parse().map_err(|_| NotNet::Unreadable)?;
                if length_text.is_none() {
                    return Err(NotNet::WithoutBrackets(address));
                }
                IpAddr::V6(address)
            }
        },
    };
    let Some(length_text) = length_text else {
        return Ok(IpNet::from(address));
    };
    let is_plain = length_text.bytes().all(|byte| byte.is_ascii_digit());
    let length = length_text.parse().ok().filter(|_| is_plain);
    let net = length
        .and_then(|length| IpNet::new(address, length).ok())
        .ok_or(NotNet::Prefix)?;
    let whole = net.trunc();
    if whole == net {
        Ok(net)
    } else {
        Err(NotNet::HostBits(whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_parts_into_network_and_port() {
        for (word, parts) in [
            ("10.0.0.1", ("10.0.0.1", None)),
            ("10.0.0.1:80", ("10.0.0.1", Some("80"))),
            ("10.0.0.0/24:80", ("10.0.0.0/24", Some("80"))),
            ("[fd00::1]:80", ("[fd00::1]", Some("80"))),
            ("[fd00::]/8:80", ("[fd00::]/8", Some("80"))),
            ("fd00::/8:80", ("fd00::/8", Some("80"))),
            ("fd00::1", ("fd00::1", None)),
            ("10.0.0.1:", ("10.0.0.1", Some(""))),
        ] {
            assert_eq!(split_net(word), parts, "{word}");
        }
    }

    #[test]
    fn only_plain_spellings_are_networks() {
        for (text, printed) in [
            ("10.0.0.1", "10.0.0.1/32"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("[::1]", "::1/128"),
            ("fd00::/8", "fd00::/8"),
            ("[fd00::]/8", "fd00::/8"),
        ] {
            assert_eq!(net(text).map(|net| net.to_string()), Ok(printed.to_owned()));
        }
        for bad in [
            "",
            "10.1",
            "010.0.0.1",
            "0x7f.1",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10.0.0.0/33",
        ] {
            assert!(net(bad).is_err(), "{bad}");
        }
        assert_eq!(
            net("10.0.0.5/24"),
            Err(NotNet::HostBits("10.0.0.0/24".parse().unwrap()))
        );
    }
}
