//! The short name of a statement in logs and on refusal pages.
//!
//! A key depends on what the statement says, not on where it stands: moving text changes no key, so
//! it changes no rendered file but the manifest. It does not depend on the agent either, whose name
//! the log carries beside it: agents that say the same share one rule, and the pair tells whose
//! statement decided.

use std::fmt::{self, Write as _};

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

/// The first 48 bits of the SHA-256 of a statement's canonical text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 6]);

impl Key {
    /// The key of the statement `text`.
    pub fn of(text: &str) -> Self {
        let digest = Sha256::digest(text);
        let mut key = [0; 6];
        for (to, from) in key.iter_mut().zip(digest) {
            *to = from;
        }
        Self(key)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('0');
        self.0.iter().try_for_each(|byte| {
            f.write_char(digit(byte >> 4))?;
            f.write_char(digit(byte & 15))
        })
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
