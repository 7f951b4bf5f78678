//! Promise: no destination is looked up, neither by name nor by address, but by the guard of
//! `access full`, and the guard's lines are for such agents alone.
//!
//! Without `-n` a PTR record or one A record of the attacker's opens the proxy, and even a
//! refused request leaks its name in a query.

use policy_core::ir::Policy;

use super::sources::{Sources, Space};
use super::{Broken, Directive};

const PROMISE: &str = "no destination is looked up";

/// The lists that look up on purpose.
const GUARD: [&str; 4] = [
    "resolves_to_floor",
    "resolves_to_gateway",
    "resolves_to_private",
    "resolves",
];

pub(super) fn check(policy: &Policy, directives: &[Directive<'_>]) -> Result<(), Broken> {
    let sources = Sources::of(directives);
    let may_be_open = Space::open(policy);
    let looks_up = |term: &&str| GUARD.contains(&term.trim_start_matches('!'));
    for directive in directives {
        match (directive.name(), directive.arguments()) {
            ("acl", [name, "dst" | "dstdomain" | "dstdom_regex", option, ..])
                if *option != "-n" && !GUARD.contains(name) =>
            {
                return Err(directive.broken(PROMISE));
            }
            // A look-up by any other directive or kind of list.
            ("acl", [_, "srcdomain" | "srcdom_regex" | "dst_as" | "external", ..]) => {
                return Err(directive.broken(PROMISE));
            }
            ("http_access", [_, source, terms @ ..]) => {
                let of_such = || sources.is_within(source, &may_be_open);
                let allowed = || of_such() && terms.first() == Some(&"!public");
                if looks_up(source) || (terms.iter().any(looks_up) && !allowed()) {
                    return Err(directive.broken(PROMISE));
                }
            }
            ("cache_peer_access" | "never_direct" | "cache", terms)
                if terms.iter().any(looks_up) =>
            {
                return Err(directive.broken(PROMISE));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::mutation::{broken_by_change, broken_with};
    use super::*;

    #[test]
    fn a_destination_without_n_is_refused() {
        for (old, new) in [
            ("acl floor dst -n ", "acl floor dst "),
            (
                "acl floor_names dstdomain -n ",
                "acl floor_names dstdomain ",
            ),
            (
                "acl odd_name dstdom_regex -n ",
                "acl odd_name dstdom_regex ",
            ),
            ("acl public dst -n ", "acl public dst "),
            ("dst -n 192.168.1.20/32", "dst 192.168.1.20/32"),
            ("dstdomain -n gist.github.com", "dstdomain gist.github.com"),
        ] {
            assert_eq!(broken_by_change(old, new), Some(PROMISE), "{new}");
        }
    }

    #[test]
    fn the_guard_is_asked_for_agents_with_full_access_alone_and_behind_the_shape() {
        let behind = "http_access deny g_researcher.1 !public !public_name";
        for line in [
            "http_access deny a_coder !public resolves_to_floor b_floor",
            "http_access deny a_researcher resolves_to_floor b_floor",
            "http_access deny a_researcher resolves_to_private !public b_private",
        ] {
            let promise = broken_with(behind, line);
            assert_eq!(promise, Some(PROMISE), "{line}");
        }
        let line = "http_access deny resolves_to_floor a_researcher b_floor";
        assert!(broken_with(behind, line).is_some());
        let line = "never_direct deny a_researcher resolves";
        assert!(broken_with("cache_peer_access gateway deny", line).is_some());
        let line = "cache deny resolves";
        assert_eq!(broken_with("cache deny", line), Some(PROMISE));
    }

    #[test]
    fn other_lists_that_look_up_are_refused() {
        for kind in [
            "srcdomain .example",
            "srcdom_regex x",
            "dst_as 1",
            "external x",
        ] {
            let line = format!("acl x {kind}");
            assert_eq!(broken_with("acl CONNECT", &line), Some(PROMISE), "{line}");
        }
    }
}
