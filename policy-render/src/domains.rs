//! Host patterns as values of Squid's `dstdomain`.
//!
//! Squid keeps the values of one ACL in a tree ordered by name; `.a.b` beside `a.b` in one ACL is
//! a fatal error in Squid 5 and 6, so what a wider value covers is left out. `dstdomain` has no
//! form for "only what is under it", so those patterns get an ACL of their own, less the names
//! themselves.

use std::collections::BTreeSet;

use policy_core::host::{HostPattern, Reach};

/// The values for a set of patterns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Domains {
    /// `x` and `.x`.
    pub(crate) names: Vec<String>,
    /// `.x`, for the patterns `*.x`.
    pub(crate) under: Vec<String>,
    /// `x`, for the same.
    pub(crate) apexes: Vec<String>,
}

impl Domains {
    /// Sorted, and without overlap in any of the lists.
    pub(crate) fn of<'a>(patterns: impl IntoIterator<Item = &'a HostPattern>) -> Self {
        let (mut exact, mut within, mut under) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for pattern in patterns {
            let set = match pattern.reach() {
                Reach::Exact => &mut exact,
                Reach::Within => &mut within,
                Reach::Under => &mut under,
            };
            set.insert(pattern.name().as_str());
        }
        let kept_within = |name: &str| !has_parent(name, &within);
        let mut names: Vec<(&str, &str)> = exact
            .iter()
            .filter(|name| !within.contains(**name) && kept_within(name))
            .map(|name| (*name, ""))
            .chain(
                within
                    .iter()
                    .filter(|name| kept_within(name))
                    .map(|name| (*name, ".")),
            )
            .collect();
        names.sort_unstable();
        let under: Vec<&str> = under
            .iter()
            .copied()
            .filter(|name| !has_parent(name, &under))
            .collect();
        Self {
            names: names
                .into_iter()
                .map(|(name, lead)| format!("{lead}{name}"))
                .collect(),
            under: under.iter().map(|name| format!(".{name}")).collect(),
            apexes: under.iter().map(|name| (*name).to_owned()).collect(),
        }
    }
}

/// Whether a name that `name` lies under is in `zones`.
fn has_parent(name: &str, zones: &BTreeSet<&str>) -> bool {
    let mut rest = name;
    while let Some((_, parent)) = rest.split_once('.') {
        if zones.contains(parent) {
            return true;
        }
        rest = parent;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_wider_value_covers_is_left_out() {
        let patterns: Vec<HostPattern> = [
            "a.b", ".a.b", "x.a.b", ".y.a.b", "c.d", "*.c.d", "*.e.c.d", "aa.b", "*.z",
        ]
        .iter()
        .map(|text| text.parse().unwrap())
        .collect();
        let domains = Domains::of(&patterns);
        assert_eq!(domains.names, [".a.b", "aa.b", "c.d"]);
        assert_eq!(domains.under, [".c.d", ".z"]);
        assert_eq!(domains.apexes, ["c.d", "z"]);
    }
}
