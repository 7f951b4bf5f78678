//! Host names and the three patterns over them.
//!
//! A name is checked, folded and shortened to its one normal form when it is read; whatever
//! leaves this module can stand in a Squid ACL as it is. The alphabet is that of RFC 1123 plus
//! `_`, which real names use and Squid accepts.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

/// The longest name, in characters without the trailing dot (RFC 1035 section 2.3.4).
pub const MAX_HOST_LEN: usize = 253;

/// The longest label (RFC 1035 section 2.3.4).
pub const MAX_LABEL_LEN: usize = 63;

/// A DNS name in lower-case ASCII without a trailing dot, whose last label is no number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(Box<str>); // INVARIANT: see `FromStr`.

/// Why a text is not a [`HostName`] or a [`HostPattern`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HostError {
    /// Nothing, or only dots.
    #[error("a host name is missing")]
    Empty,
    /// More than [`MAX_HOST_LEN`] characters.
    #[error("a host name has at most {MAX_HOST_LEN} characters")]
    TooLong,
    /// A label of more than [`MAX_LABEL_LEN`] characters.
    #[error("a label between two dots has at most {MAX_LABEL_LEN} characters")]
    LongLabel,
    /// Two dots in a row.
    #[error("a label between two dots is empty")]
    EmptyLabel,
    /// A label that begins or ends with `-`.
    #[error("a label cannot begin or end with `-`")]
    Hyphen,
    /// A character that no name has.
    #[error("`{character}` cannot stand in a host name")]
    Character {
        /// The first offending character.
        character: char,
    },
    /// `*` anywhere but in a leading `*.`.
    #[error("`*` can only be the first label, as in `*.example.com`")]
    Wildcard,
    /// The last label is a number, so some readers take the whole for an IPv4 address
    /// (URL Standard, "ends in a number checker").
    #[error("a name whose last label is a number is read as an IP address")]
    Numeric,
    /// Not a valid internationalized name (UTS #46).
    #[error("this is no valid internationalized name")]
    Idn,
}

impl HostName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this name is `zone` or lies under it.
    pub fn is_within(&self, zone: &HostName) -> bool {
        self == zone || self.is_under(zone)
    }

    /// Whether this name lies under `zone` and is not `zone` itself.
    pub fn is_under(&self, zone: &HostName) -> bool {
        self.0
            .strip_suffix(zone.as_str())
            .is_some_and(|rest| rest.ends_with('.'))
    }
}

impl FromStr for HostName {
    type Err = HostError;

    /// Lower-cases, writes IDN in ASCII, drops one trailing dot.
    fn from_str(text: &str) -> Result<Self, HostError> {
        let ascii: Cow<'_, str> = if text.is_ascii() {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(idna::domain_to_ascii_strict(text).map_err(|_| HostError::Idn)?)
        };
        let name = ascii.strip_suffix('.').unwrap_or(&ascii);
        check_labels(name)?;
        let mut folded: Box<str> = name.into();
        folded.make_ascii_lowercase();
        if last_label_is_numeric(&folded) {
            return Err(HostError::Numeric);
        }
        Ok(Self(folded))
    }
}

/// Lengths and alphabet of every label.
fn check_labels(name: &str) -> Result<(), HostError> {
    if name.bytes().all(|byte| byte == b'.') {
        return Err(HostError::Empty);
    }
    if name.len() > MAX_HOST_LEN {
        return Err(HostError::TooLong);
    }
    for label in name.as_bytes().split(|byte| *byte == b'.') {
        let (Some(first), Some(last)) = (label.first(), label.last()) else {
            return Err(HostError::EmptyLabel);
        };
        let odd = label
            .iter()
            .find(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')));
        match odd {
            Some(b'*') => return Err(HostError::Wildcard),
            Some(byte) => {
                return Err(HostError::Character {
                    character: char::from(*byte),
                });
            }
            None => {}
        }
        if *first == b'-' || *last == b'-' {
            return Err(HostError::Hyphen);
        }
        if label.len() > MAX_LABEL_LEN {
            return Err(HostError::LongLabel);
        }
    }
    Ok(())
}

/// Whether the last label is a number in the sense of the URL Standard: all digits, or `0x` and
/// hexadecimal digits (possibly none). One trailing dot is passed over.
pub fn last_label_is_numeric(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or(name);
    if last.is_empty() {
        return false;
    }
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    last.bytes().all(|byte| byte.is_ascii_digit())
        || hex.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for HostName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// How far below its name a pattern reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// `x`: that name alone.
    Exact,
    /// `.x`: the name and everything under it (Squid's leading dot).
    Within,
    /// `*.x`: only what is under it.
    Under,
}

/// A set of host names: `x`, `.x` or `*.x`.
///
/// Ordered by name first, so that a list reads alphabetically.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPattern {
    name: HostName,
    reach: Reach,
}

impl HostPattern {
    /// A pattern out of its parts.
    pub fn new(reach: Reach, name: HostName) -> Self {
        Self { name, reach }
    }

    /// The name without the leading dot or star.
    pub fn name(&self) -> &HostName {
        &self.name
    }

    /// How far it reaches.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Whether `name` is one of the names.
    pub fn matches(&self, name: &HostName) -> bool {
        match self.reach {
            Reach::Exact => *name == self.name,
            Reach::Within => name.is_within(&self.name),
            Reach::Under => name.is_under(&self.name),
        }
    }

    /// Whether every name of `other` is one of this pattern's.
    pub fn covers(&self, other: &HostPattern) -> bool {
        match (self.reach, other.reach) {
            (Reach::Exact, Reach::Exact) => self.name == other.name,
            (Reach::Exact, _) => false,
            (Reach::Within, _) => other.name.is_within(&self.name),
            (Reach::Under, Reach::Under) => other.name.is_within(&self.name),
            (Reach::Under, _) => other.name.is_under(&self.name),
        }
    }

    /// Whether some name belongs to both.
    pub fn overlaps(&self, other: &HostPattern) -> bool {
        // Two patterns are either nested, or one has the other's name below it.
        let meets = |a: &HostPattern, b: &HostPattern| match a.reach {
            Reach::Exact => b.matches(&a.name),
            Reach::Within | Reach::Under => b.reach != Reach::Exact && a.name.is_within(&b.name),
        };
        meets(self, other) || meets(other, self)
    }
}

impl FromStr for HostPattern {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let (reach, name) = if let Some(rest) = text.strip_prefix("*.") {
            (Reach::Under, rest)
        } else if let Some(rest) = text.strip_prefix('.') {
            (Reach::Within, rest)
        } else {
            (Reach::Exact, text)
        };
        Ok(Self {
            name: name.parse()?,
            reach,
        })
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lead = match self.reach {
            Reach::Exact => "",
            Reach::Within => ".",
            Reach::Under => "*.",
        };
        write!(f, "{lead}{}", self.name)
    }
}

impl Serialize for HostPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> HostPattern {
        text.parse().unwrap()
    }

    fn name(text: &str) -> HostName {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_is_folded_to_one_form() {
        for text in ["GitHub.com", "github.com.", "github.com"] {
            assert_eq!(name(text).as_str(), "github.com");
        }
        assert_eq!(name("bücher.example").as_str(), "xn--bcher-kva.example");
        assert_eq!(name("_dmarc.example.com").as_str(), "_dmarc.example.com");
    }

    #[test]
    fn text_that_could_become_more_than_one_word_is_refused() {
        for bad in [
            "",
            ".",
            "..",
            "a..b",
            "-n",
            "a-.com",
            "a b",
            "a\nb",
            "a\"b",
            "a#b",
            "a\\b",
            "a/b",
            "a:b",
            "*foo.com",
            "foo.*",
            "a.*.b",
            "10.0.0.1",
            "0x7f.1",
            "a.0x1f",
            "1.2.3",
            "a.0x",
            "a..",
            "xn--\u{0}",
            "é\u{202e}.com",
        ] {
            assert!(bad.parse::<HostPattern>().is_err(), "{bad:?}");
        }
        assert_eq!("a.b*".parse::<HostPattern>(), Err(HostError::Wildcard));
        assert_eq!("10.1.515".parse::<HostName>(), Err(HostError::Numeric));
        assert!("3m.com".parse::<HostName>().is_ok());
    }

    #[test]
    fn patterns_match_what_their_spelling_says() {
        let table = [
            ("x.com", [true, false, false]),
            (".x.com", [true, true, false]),
            ("*.x.com", [false, true, false]),
        ];
        for (text, expected) in table {
            let names = ["x.com", "a.x.com", "ax.com"];
            assert_eq!(
                names.map(|n| pattern(text).matches(&name(n))),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn covers_and_overlaps_agree_with_matches_on_a_small_universe() {
        let names = ["b", "a.b", "c.b", "a.a.b", "c.a.b", "ba", "a.ba"].map(name);
        let patterns: Vec<HostPattern> = ["b", "a.b", "a.a.b", "ba"]
            .iter()
            .flat_map(|n| ["", ".", "*."].map(|lead| pattern(&format!("{lead}{n}"))))
            .collect();
        for one in &patterns {
            for two in &patterns {
                let both = names.iter().any(|n| one.matches(n) && two.matches(n));
                // A name deep enough to be under every pattern stands for the infinite rest.
                let deep = name(&format!("z.z.{}", two.name()));
                let deep_hit = one.matches(&deep) && two.matches(&deep);
                assert_eq!(one.overlaps(two) || two.overlaps(one), one.overlaps(two));
                assert!(!(both || deep_hit) || one.overlaps(two), "{one} {two}");
                let escapes = names
                    .iter()
                    .chain([&deep])
                    .any(|n| two.matches(n) && !one.matches(n));
                assert_eq!(one.covers(two), !escapes, "{one} covers {two}");
            }
        }
    }
}
