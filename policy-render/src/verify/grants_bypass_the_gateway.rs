//! Promise: each grant that is not for the gateway is kept from it, nothing else is, and all
//! other traffic can go nowhere but to the gateway.

use std::collections::BTreeSet;

use super::{Broken, Directive};

const PROMISE: &str = "a grant goes around the gateway, and only a grant";

pub(super) fn check(directives: &[Directive<'_>]) -> Result<(), Broken> {
    let with = |name: &'static str| directives.iter().filter(move |d| d.name() == name);
    let mut direct = BTreeSet::new();
    let mut around = BTreeSet::new();
    for rule in with("http_access") {
        if let ["allow", terms @ .., _note] = rule.arguments()
            && let [_, list, ..] = terms
        {
            if list.starts_with("l_") {
                direct.insert(terms);
            }
            if list.starts_with("l_") || list.starts_with("c_") {
                around.insert(terms);
            }
        }
    }
    let denies = |lines: Vec<&Directive<'_>>, lead: usize| -> Result<usize, Broken> {
        let mut seen = 0;
        for (at, line) in lines.iter().enumerate() {
            let rest = line.arguments().get(lead..).unwrap_or_default();
            match rest {
                ["deny", terms @ ..] => {
                    let wanted = if lead == 0 { &direct } else { &around };
                    if !wanted.contains(terms) {
                        return Err(line.broken(PROMISE));
                    }
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
    let missing = denies(with("never_direct").collect(), 0)? != direct.len()
        || denies(to_gateway, 1)? != around.len();
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
