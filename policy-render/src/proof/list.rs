//! The lists of the file (`acl`), each with exactly the types, options and values that the model
//! understands.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::host::number;
use super::shape::{self, Shape};

/// Which list, in the order of their first lines.
pub(super) type ListId = usize;

/// A list in a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) list: ListId,
    pub(super) negated: bool,
}

/// The IPv6 addresses that stand for IPv4 ones (RFC 4291 section 2.5.5.2).
const MAPPED: Range<u128> = (0xffff_0000_0000, 0xffff_ffff_ffff);

/// From one to another, both included.
pub(super) type Range<N> = (N, N);

/// What an annotation sets, by the place of its name in [`NOTES`].
pub(super) type Note<'t> = (usize, &'t str);

/// The annotations that the log prints and the manifest knows.
pub(super) const NOTES: [&str; 4] = ["agent", "verdict", "rule", "would"];

/// What a list asks of a request.
#[derive(Clone, Debug)]
pub(super) enum Test<'t> {
    /// Nothing: `all`.
    All,
    /// Whether it is for Squid's own pages: `manager`.
    Manager,
    /// Whether it came by the control port.
    Control,
    /// The source.
    Source(Vec<Range<u32>>),
    /// The destination's address: as written, or also what a name resolves to.
    Address {
        ranges: Vec<Range<u128>>,
        looks_up: bool,
    },
    /// The destination's name; the flag says that what lies under a value matches too.
    Domain(Vec<(&'t str, bool)>),
    /// The destination's text.
    Shape(Vec<Shape>),
    /// The port.
    Port(Vec<Range<u16>>),
    /// The method CONNECT.
    Connect,
    /// The scheme `http`.
    Http,
    /// What only the lines of the table may ask: the form of a refusal.
    Page,
    /// Nothing, and it leaves notes.
    Notes(Vec<Note<'t>>),
    /// Whether one of these holds.
    AnyOf(Vec<Term>),
    /// Whether all terms of one line hold.
    AllOf(Vec<Vec<Term>>),
}

/// A list.
#[derive(Clone, Debug)]
pub(super) struct List<'t> {
    /// Type and options, which every line of the list repeats.
    pub(super) kind: &'static str,
    pub(super) test: Test<'t>,
}

/// A type with the options that it must have, and an empty list of it.
type Kind = (&'static str, fn() -> Test<'static>);

/// All of them.
const KINDS: [Kind; 12] = [
    ("src", || Test::Source(Vec::new())),
    ("dst -n", || Test::Address {
        ranges: Vec::new(),
        looks_up: false,
    }),
    ("dst", || Test::Address {
        ranges: Vec::new(),
        looks_up: true,
    }),
    ("dstdomain -n", || Test::Domain(Vec::new())),
    ("dstdom_regex -n -i", || Test::Shape(Vec::new())),
    ("port", || Test::Port(Vec::new())),
    ("method", || Test::Connect),
    ("proto", || Test::Http),
    ("myportname", || Test::Control),
    ("annotate_transaction", || Test::Notes(Vec::new())),
    ("any-of", || Test::AnyOf(Vec::new())),
    ("all-of", || Test::AllOf(Vec::new())),
];

/// The type with its options that a line names, its values, and an empty list of it.
pub(super) fn kind<'w, 't>(
    words: &'w [&'t str],
) -> Option<(&'static str, &'w [&'t str], Test<'t>)> {
    let options = words
        .iter()
        .skip(1)
        .take_while(|word| word.starts_with('-'));
    let (head, values) = words.split_at_checked(1 + options.count())?;
    let head = head.join(" ");
    let (kind, empty) = KINDS.iter().find(|(kind, _)| *kind == head)?;
    Some((kind, values, empty()))
}

impl<'t> Test<'t> {
    /// Adds the values of one line; `resolve` finds a list that stands above.
    pub(super) fn add(
        &mut self,
        values: &[&'t str],
        resolve: &dyn Fn(&str) -> Result<Term, &'static str>,
    ) -> Result<(), &'static str> {
        if values.is_empty() {
            return Err("a list without values");
        }
        let terms =
            || -> Result<Vec<Term>, _> { values.iter().map(|value| resolve(value)).collect() };
        let each = "a value that the proof does not know";
        match self {
            Test::AnyOf(of) => of.extend(terms()?),
            Test::AllOf(lines) => lines.push(terms()?),
            Test::Connect if values == ["CONNECT"] => {}
            Test::Http if values == ["HTTP"] => {}
            Test::Control if values == ["ctl"] => {}
            Test::Connect | Test::Http | Test::Control | Test::All | Test::Manager | Test::Page => {
                return Err(each);
            }
            Test::Source(of) => extend(of, values, source).ok_or(each)?,
            Test::Address { ranges, .. } => extend(ranges, values, addresses).ok_or(each)?,
            Test::Domain(of) => extend(of, values, domain).ok_or(each)?,
            Test::Shape(of) => extend(of, values, shape::of).ok_or(each)?,
            Test::Port(of) => extend(of, values, ports).ok_or(each)?,
            Test::Notes(of) => {
                extend(of, without_reason(values).ok_or(each)?, note).ok_or(each)?;
                let twice = |note: &Note<'_>| of.iter().filter(|other| other.0 == note.0).count();
                if of.iter().any(|note| twice(note) > 1) {
                    return Err("an annotation that is set twice");
                }
            }
        }
        Ok(())
    }
}

/// All values, or none.
fn extend<'t, T>(
    of: &mut Vec<T>,
    values: &[&'t str],
    read: impl Fn(&'t str) -> Option<T>,
) -> Option<()> {
    for value in values {
        of.push(read(value)?);
    }
    Some(())
}

fn source(value: &str) -> Option<Range<u32>> {
    if value == "all" {
        return Some((0, u32::MAX));
    }
    let (address, length) = value.split_once('/').unwrap_or((value, "32"));
    let address: Ipv4Addr = address.parse().ok()?;
    let length = decimal(length)?;
    let host = u32::MAX.checked_shr(length).unwrap_or(0);
    (length <= 32 && address.to_bits() & host == 0)
        .then(|| (address.to_bits(), address.to_bits() | host))
}

/// An address, a network without host bits, a range, or `all`.
fn addresses(value: &str) -> Option<Range<u128>> {
    if value == "all" {
        return Some((0, u128::MAX));
    }
    if let Some((first, last)) = value.split_once('-') {
        let (first, last): (IpAddr, IpAddr) = (first.parse().ok()?, last.parse().ok()?);
        let range = (number(first), number(last));
        // Squid takes a range of mapped addresses for an empty one.
        if first.is_ipv6() && range.0 <= MAPPED.1 && range.1 >= MAPPED.0 {
            return None;
        }
        return (first.is_ipv4() == last.is_ipv4() && range.0 <= range.1).then_some(range);
    }
    let (address, length) = match value.split_once('/') {
        Some((address, length)) => (address, Some(decimal(length)?)),
        None => (value, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let length = length.unwrap_or(width);
    // Squid takes a network of no bits, and every mapped one, for more than it says.
    let is_mapped = matches!(address, IpAddr::V6(v6) if Ipv6Addr::to_ipv4_mapped(&v6).is_some());
    if length == 0 || length > width || is_mapped {
        return None;
    }
    let first = number(address);
    let host = u128::MAX.checked_shr(128 - width + length).unwrap_or(0);
    (first & host == 0).then_some((first, first | host))
}

/// A name in lower case, with a leading dot or without; never one that could be an address.
fn domain(value: &str) -> Option<(&str, bool)> {
    let name = value.strip_prefix('.').unwrap_or(value);
    let plain = |byte: u8| !byte.is_ascii_uppercase();
    let is_name = shape::is_name(name) && !name.ends_with('.') && name.bytes().all(plain);
    (is_name && !shape::is_odd(name)).then_some((name, name.len() < value.len()))
}

pub(super) fn ports(value: &str) -> Option<Range<u16>> {
    let (first, last) = value.split_once('-').unwrap_or((value, value));
    let range = (decimal(first)?, decimal(last)?);
    let range = (u16::try_from(range.0).ok()?, u16::try_from(range.1).ok()?);
    (range.0 > 0 && range.0 <= range.1).then_some(range)
}

/// A number as we write it: without sign or leading zero.
pub(super) fn decimal(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// The values before the reason, which is for the page and stands last, in quotes. Nothing in it
/// may end the quotes or begin a macro.
fn without_reason<'w, 't>(values: &'w [&'t str]) -> Option<&'w [&'t str]> {
    let begins = |value: &&str| value.starts_with("because=");
    let Some(at) = values.iter().position(begins) else {
        return Some(values);
    };
    let (before, reason) = values.split_at_checked(at)?;
    let reason = reason.join(" ");
    let text = reason.strip_prefix("because=\"")?.strip_suffix('"')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || " .,:/()@_+=?!*-".contains(c);
    (!text.is_empty() && text.chars().all(plain)).then_some(before)
}

fn note(value: &str) -> Option<Note<'_>> {
    let (name, value) = value.split_once('=')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let at = NOTES.iter().position(|known| *known == name)?;
    (!value.is_empty() && value.bytes().all(plain)).then_some((at, value))
}
