//! Promise: each grant that is not for the gateway is kept from it, nothing else is, and all
//! other traffic can go nowhere but to the gateway.

use std::collections::BTreeSet;

use super::{Broken, Directive};

const PROMISE: &str = "a grant goes around the gateway, and only a grant";

pub(super) fn check(directives: &[Directive<'_>]) -> Result<(), Broken> {
    let with = |name: &'static str| directives.iter().filter(move |d| d.name() == name);
    let mut direct = BTreeSet::new();
    let mut endpoints = BTreeSet::new();
    for rule in with("http_access") {
        if let ["allow", terms @ .., _note] = rule.arguments()
            && let [_, list, ..] = terms
        {
            if list.starts_with("l_") {
                direct.insert(terms);
            }
            if list.starts_with("c_") {
                endpoints.insert(terms);
            }
        }
    }
    let around: BTreeSet<&[&str]> = direct.union(&endpoints).copied().collect();
    let bypasses = |lines: Vec<&Directive<'_>>, lead: usize| -> Result<usize, Broken> {
        let mut seen = 0;
        let mut is_open = false;
        for (at, line) in lines.iter().enumerate() {
            let rest = line.arguments().get(lead..).unwrap_or_default();
            match rest {
                ["deny", terms @ ..] => {
                    let wanted = if lead == 0 { &direct } else { &around };
                    if !wanted.contains(terms) {
                        return Err(line.broken(PROMISE));
                    }
                    is_open = true;
                    seen += 1;
                }
                // An endpoint may lie in a network that is dialled, so it is kept from that before.
                ["allow", terms @ ..] if lead == 0 && !is_open && endpoints.contains(terms) => {
                    seen += 1;
                }
                // The last line, and no line before it.
                ["allow", "all"] if at + 1 == lines.len() => return Ok(seen),
                _ => return Err(line.broken(PROMISE)),
            }
        }
        Err(Broken {
            promise: PROMISE,
            line: 0,
            found: "no final `allow all`".to_owned(),
        })
    };
    let to_gateway: Vec<&Directive<'_>> = with("cache_peer_access")
        .filter(|line| line.arguments().first() == Some(&"gateway"))
        .collect();
    let missing = bypasses(with("never_direct").collect(), 0)? != around.len()
        || bypasses(to_gateway, 1)? != around.len();
    if missing || with("always_direct").next().is_some() {
        let found = "a grant without its bypass, or a bypass without a grant".to_owned();
        return Err(Broken {
            promise: PROMISE,
            line: 0,
            found,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::mutation::{broken_by, broken_by_change, broken_with, broken_without, lines};
    use super::*;

    #[test]
    fn no_bypass_of_a_grant_can_be_left_out() {
        let starts = [
            "cache_peer_access gateway deny a_",
            "never_direct deny a_",
            "never_direct allow a_",
        ];
        let mut dropped = 0;
        for (at, line) in lines().iter().enumerate() {
            if starts.iter().any(|start| line.starts_with(start)) {
                let promise = broken_by(|lines| drop(lines.remove(at)));
                assert_eq!(promise, Some(PROMISE), "{line}");
                dropped += 1;
            }
        }
        assert_eq!(dropped, 6);
    }

    #[test]
    fn an_endpoint_is_kept_from_being_dialled_before_any_network_is() {
        let promise = broken_by(|lines| {
            let endpoint = super::super::mutation::at(lines, "never_direct allow a_");
            let line = lines.remove(endpoint);
            let network = super::super::mutation::at(lines, "never_direct deny a_");
            lines.insert(network + 1, line);
        });
        assert_eq!(promise, Some(PROMISE));
    }

    #[test]
    fn nothing_but_a_grant_goes_around_the_gateway() {
        for line in [
            "never_direct deny a_coder",
            "never_direct deny a_researcher public",
            "never_direct allow a_coder",
            "cache_peer_access gateway deny a_coder",
            "cache_peer_access gateway allow a_coder",
            "always_direct allow all",
            "always_direct deny all",
        ] {
            let promise = broken_with("cache_peer_access gateway deny a_", line);
            assert_eq!(promise, Some(PROMISE), "{line}");
        }
        let wider = broken_by_change(
            "never_direct deny a_coder l_",
            "never_direct deny a_watched l_",
        );
        assert_eq!(wider, Some(PROMISE));
    }

    #[test]
    fn all_else_can_go_nowhere_but_to_the_gateway() {
        for line in [
            "never_direct allow all",
            "cache_peer_access gateway allow all",
        ] {
            assert_eq!(broken_without(line), Some(PROMISE), "{line}");
            let first = broken_by(|lines| {
                let at = super::super::mutation::at(lines, line);
                let line = lines.remove(at);
                let first = super::super::mutation::at(lines, "cache_peer_access");
                lines.insert(first, line);
            });
            assert_eq!(first, Some(PROMISE), "{line}");
        }
    }
}
