//! Host patterns, names and ports: what is accepted is harmless, and has one form.

use std::str::FromStr;

use policy_core::host::{HostName, HostPattern};
use policy_core::name::Name;
use policy_core::port::{Port, PortRange, PortSet};

/// What is accepted as a host pattern is one harmless word that reads as the same pattern.
pub fn host_pattern(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(pattern) = HostPattern::from_str(text) else {
        return;
    };
    let printed = pattern.to_string();
    assert!(
        printed
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'*' | b'-')),
        "{text:?} is printed as {printed:?}, which is not one plain word"
    );
    assert!(
        !printed.starts_with('-'),
        "{text:?} is printed as {printed:?}, which Squid would take for an option"
    );
    assert_eq!(
        HostPattern::from_str(&printed).as_ref(),
        Ok(&pattern),
        "{text:?} changes when it is read twice"
    );
    // The name of a pattern is a name, and the pattern covers and meets itself.
    let bare = pattern.name();
    assert_eq!(HostName::from_str(bare.as_str()).as_ref(), Ok(bare));
    assert!(
        std::net::IpAddr::from_str(bare.as_str()).is_err(),
        "{text:?} is an address, not a name"
    );
    assert!(pattern.covers(&pattern) && pattern.overlaps(&pattern));
    assert!(bare.is_within(bare) && !bare.is_under(bare));
}

/// What is accepted as a name is kept as written, within its alphabet.
pub fn name(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(name) = Name::from_str(text) else {
        return;
    };
    assert_eq!(name.as_str(), text, "a name is not changed");
    assert!(
        text.bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')),
        "{text:?} has a character that no name has"
    );
    assert!(
        text.starts_with(|c: char| c.is_ascii_alphanumeric()),
        "{text:?} starts badly"
    );
    assert!(
        (1..=64).contains(&text.len()),
        "{text:?} is too short or too long"
    );
    let folded = Name::from_str(&name.folded());
    assert!(
        folded.is_ok_and(|folded| folded.is(&name)),
        "{text:?} in lower case is another name"
    );
}

/// A port prints as it was read, but for leading zeros, and a set of ports has one form.
pub fn port(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(port) = Port::from_str(text)
    {
        assert_eq!(port.to_string(), text.trim_start_matches('0'));
        assert_ne!(port.get(), 0);
    }
    // Four bytes each name a range; together they are a set.
    let ranges: Vec<PortRange> = bytes.chunks_exact(4).filter_map(range).collect();
    let set: PortSet = ranges.iter().copied().collect();
    let again: PortSet = set.ranges().iter().copied().collect();
    assert_eq!(set, again, "a normal form is its own normal form");
    let backwards: PortSet = ranges.iter().rev().copied().collect();
    assert_eq!(set, backwards, "the order of the ranges matters");
    for pair in set.ranges().windows(2) {
        if let [before, after] = pair {
            let gap = u32::from(after.first().get()) > u32::from(before.last().get()) + 1;
            assert!(gap, "{before} and {after} touch");
        }
    }
    for range in &ranges {
        for port in [range.first(), range.last()] {
            assert!(set.contains(port.get()), "{port} is lost");
            assert!(
                !set.without(port).contains(port.get()),
                "{port} cannot be removed"
            );
        }
    }
    assert!(!set.contains(0), "there is no port 0");
}

fn range(bytes: &[u8]) -> Option<PortRange> {
    let &[a, b, c, d] = bytes else {
        return None;
    };
    let first = Port::try_from(u16::from_be_bytes([a, b])).ok()?;
    let last = Port::try_from(u16::from_be_bytes([c, d])).ok()?;
    PortRange::new(first.min(last), first.max(last))
}
