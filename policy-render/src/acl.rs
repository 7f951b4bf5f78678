//! Names and values of Squid's access control lists.
//!
//! Two things never share a name: the prefix says what it is, and behind it stands an agent, a
//! statement's key, or a word of our own, each with an alphabet of its own. Squid compares names
//! without regard to case, and so are agent names unique without it.

use std::fmt;

use policy_core::decide::BuiltIn;
use policy_core::key::Key;
use policy_core::name::Name;
use sha2::{Digest, Sha256};

/// The longest agent name that stands in an ACL name as it is. Squid's limit is 63 characters for
/// the whole (`ACL_NAME_SZ`).
const PLAIN_LEN: usize = 40;

/// How much of a longer name is kept, before a dot and a hash.
const KEPT_LEN: usize = 24;

/// The part of an ACL name that stands for an agent: readable, distinct, in lower case.
pub(crate) fn agent_label(name: &Name) -> String {
    let folded = name.folded();
    if folded.len() <= PLAIN_LEN {
        return folded;
    }
    // No name has a dot, so a shortened one equals no other; the hash keeps two of them apart.
    let kept: String = folded.chars().take(KEPT_LEN).collect();
    let hash = Sha256::digest(folded.as_bytes());
    let hex: String = hash
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{kept}.{hex}")
}

/// A reference to an ACL in a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Term {
    /// `!`, or nothing.
    pub(crate) negated: bool,
    /// The name.
    pub(crate) name: String,
}

impl Term {
    pub(crate) fn is(name: impl Into<String>) -> Self {
        Self {
            negated: false,
            name: name.into(),
        }
    }

    pub(crate) fn not(name: impl Into<String>) -> Self {
        Self {
            negated: true,
            name: name.into(),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.negated { "!" } else { "" })?;
        f.write_str(&self.name)
    }
}

/// The annotation of a statement's rules.
pub(crate) fn note_of(key: Key) -> String {
    format!("n_{key}")
}

/// The annotation of a built-in rule.
pub(crate) fn note_of_rule(rule: BuiltIn) -> String {
    format!("b_{rule}")
}

/// One `acl` of the file; its values may take several lines, which add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Acl {
    /// The name.
    pub(crate) name: String,
    /// Type and options.
    pub(crate) kind: &'static str,
    /// The lines of values, none of them empty.
    pub(crate) lines: Vec<Vec<String>>,
    /// Why an annotation's rule refuses, in words; empty for every other list.
    pub(crate) because: Vec<String>,
}

/// Squid cuts a line at 8,191 characters and reads the rest as a new directive.
const MAX_LINE_LEN: usize = 1000;

impl Acl {
    pub(crate) fn new(
        name: impl Into<String>,
        kind: &'static str,
        values: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut lines: Vec<Vec<String>> = Vec::new();
        let mut room = 0;
        for value in values {
            match lines.last_mut() {
                Some(line) if value.len() < room => {
                    room -= value.len() + 1;
                    line.push(value);
                }
                _ => {
                    room = MAX_LINE_LEN.saturating_sub(value.len() + 1);
                    lines.push(vec![value]);
                }
            }
        }
        Self {
            name: name.into(),
            kind,
            lines,
            because: Vec::new(),
        }
    }

    /// Matches when all terms of one of the lines do.
    pub(crate) fn all_of(name: &str, lines: impl IntoIterator<Item = Vec<Term>>) -> Self {
        let line = |terms: Vec<Term>| terms.iter().map(Term::to_string).collect();
        Self {
            name: name.to_owned(),
            kind: "all-of",
            lines: lines.into_iter().map(line).collect(),
            because: Vec::new(),
        }
    }

    /// Whether the values are regular expressions. They are constants of this crate, never text
    /// of a policy, and what ends a word elsewhere has a meaning in them.
    pub(crate) fn is_regex(&self) -> bool {
        self.kind.starts_with("dstdom_regex")
    }

    /// An annotation: always matches, and leaves its values in the log.
    pub(crate) fn note(name: impl Into<String>, values: &[(&str, &str)]) -> Self {
        let values = values.iter().map(|(key, value)| format!("{key}={value}"));
        Self::new(name, "annotate_transaction", values)
    }

    /// The annotation of a rule that refuses, with the reason that the refusal tells.
    pub(crate) fn refusal(name: impl Into<String>, rule: &str, because: Vec<String>) -> Self {
        Self {
            because,
            ..Self::note(name, &[("verdict", "deny"), ("rule", rule)])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_distinct_and_short() {
        let long = "a".repeat(64);
        let longer = format!("{}b", "a".repeat(63));
        let labels = ["coder", "Coder2", &long, &longer].map(|n| agent_label(&n.parse().unwrap()));
        assert_eq!(labels[1], "coder2");
        assert_ne!(labels[2], labels[3]);
        assert!(labels.iter().all(|label| label.len() <= PLAIN_LEN));
    }

    #[test]
    fn long_lists_are_cut_into_lines_that_squid_reads_whole() {
        let values = (0..2000).map(|n| format!("host-{n}.example.com"));
        let acl = Acl::new("h_x", "dstdomain -n", values);
        assert_eq!(acl.lines.iter().map(Vec::len).sum::<usize>(), 2000);
        assert!(
            acl.lines
                .iter()
                .all(|line| line.join(" ").len() <= MAX_LINE_LEN)
        );
    }
}
