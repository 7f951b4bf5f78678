//! The names a policy gives to agents, sets, providers and gateways.
//!
//! A name ends up in ACL names and Docker object names, so its alphabet is small. Squid compares
//! ACL names without regard to case, which is why two names that differ only in case are one.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest name, in characters.
pub const MAX_NAME_LEN: usize = 64;

/// How many names are looked at for the nearest one.
const MAX_KNOWN: usize = 2000;
/// How many pairs of letters are compared for it: two thousand short names, fewer long ones.
const MAX_PAIRS: usize = 200_000;

/// `[A-Za-z0-9][A-Za-z0-9_-]{0,63}`, kept as written.
///
/// Equality and order regard case; use [`Name::folded`] as the key where names must be unique.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(Box<str>); // INVARIANT: matches the pattern above.

/// Why a text is not a [`Name`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// The text is empty.
    #[error("a name is missing")]
    Empty,
    /// The text has more than [`MAX_NAME_LEN`] characters.
    #[error("a name has at most {MAX_NAME_LEN} characters, this one has {length}")]
    TooLong {
        /// How many it has.
        length: usize,
    },
    /// A character that no name has, or `_` or `-` at the start.
    #[error("`{character}` cannot stand here in a name")]
    Character {
        /// The first offending character.
        character: char,
    },
}

impl Name {
    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in lower case: equal for names that Squid would take for the same.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// Whether both are the same name, ignoring case.
    pub fn is(&self, other: &Name) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        let fits = |(at, c): &(usize, char)| {
            c.is_ascii_alphanumeric() || (*at > 0 && matches!(c, '_' | '-'))
        };
        if let Some((_, character)) = text.char_indices().find(|pair| !fits(pair)) {
            return Err(NameError::Character { character });
        }
        if text.len() > MAX_NAME_LEN {
            return Err(NameError::TooLong { length: text.len() });
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> String {
        name.0.into()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The known name that `name` is a slip of, if any.
pub fn nearest<N: Borrow<Name>>(name: &Name, known: impl Iterator<Item = N>) -> Option<N> {
    let wanted = name.folded();
    // Two slips in a short word make another word.
    let most = 1 + wanted.len() / 4;
    let mut n_pairs = 0;
    let compared = known.take(MAX_KNOWN).filter_map(|other| {
        let len = other.borrow().as_str().len();
        if len.abs_diff(wanted.len()) > most || n_pairs > MAX_PAIRS {
            return None;
        }
        n_pairs += len * wanted.len();
        let distance = strsim::damerau_levenshtein(&wanted, &other.borrow().folded());
        (distance <= most).then_some((distance, other))
    });
    compared
        .min_by(|a, b| (a.0, a.1.borrow()).cmp(&(b.0, b.1.borrow())))
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_to_their_alphabet() {
        for good in ["a", "1password", "Coder_2-x", &"a".repeat(64)] {
            assert_eq!(
                good.parse::<Name>().map(|n| n.to_string()).as_deref(),
                Ok(good)
            );
        }
        for bad in [
            "",
            "-a",
            "_a",
            "a b",
            "a\nhttp_access",
            "ä",
            "a.b",
            &"a".repeat(65),
        ] {
            assert!(bad.parse::<Name>().is_err(), "{bad:?}");
        }
    }
}
