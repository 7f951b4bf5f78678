//! Promise: strangers and the floor come before every grant, LAN grants before the deny of other
//! ports, internet grants after it, each agent's denies before its allows, and `deny all` last.

use std::collections::BTreeSet;

use super::{Broken, Directive};

const PROMISE: &str = "the rules stand in their order";

/// Where a rule belongs; the order of the variants is the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Control,
    Strangers,
    Cdp,
    Floor,
    Lan,
    Private,
    SafePorts,
    SslPorts,
    Internet,
    Last,
}

pub(super) fn check(directives: &[Directive<'_>]) -> Result<(), Broken> {
    let rules: Vec<&Directive<'_>> = directives
        .iter()
        .filter(|directive| directive.name() == "http_access")
        .collect();
    let mut before = Section::Control;
    let mut allows_from = BTreeSet::new();
    for rule in &rules {
        let section = section(rule).ok_or_else(|| rule.broken(PROMISE))?;
        if section < before {
            return Err(rule.broken(PROMISE));
        }
        before = section;
        if section == Section::Internet {
            in_agent_order(rule, &mut allows_from)?;
        }
    }
    match rules.last() {
        Some(last) if last.arguments() == ["deny", "b_default-deny"] => Ok(()),
        Some(last) => Err(last.broken(PROMISE)),
        None => Err(Broken {
            promise: PROMISE,
            line: 0,
            found: "no rule".to_owned(),
        }),
    }
}

/// A plain deny of an agent's statement must not stand behind one of its allows.
fn in_agent_order<'a>(
    rule: &Directive<'a>,
    allows_from: &mut BTreeSet<&'a str>,
) -> Result<(), Broken> {
    let (Some(action), Some(source)) = (rule.words.get(1), rule.words.get(2)) else {
        return Err(rule.broken(PROMISE));
    };
    let of_statement = rule.words.last().is_some_and(|note| note.starts_with("n_"));
    if *action == "allow" {
        allows_from.insert(*source);
    }
    if *action == "deny" && of_statement && allows_from.contains(source) {
        return Err(rule.broken(PROMISE));
    }
    Ok(())
}

/// The section that a line's own words say it belongs to.
fn section(rule: &Directive<'_>) -> Option<Section> {
    let (action, terms) = rule.arguments().split_first()?;
    let section = match (*action, terms) {
        ("deny", ["ctl"]) => Section::Control,
        ("deny", [.., "b_unknown-source" | "b_manager" | "b_scheme"]) => Section::Strangers,
        ("deny", [source, note, "!all"]) if source.starts_with("a_") && note.starts_with("m_") => {
            Section::Strangers
        }
        ("allow", [_, list, ..]) if list.starts_with("c_") => Section::Cdp,
        ("deny", [first, .., "b_floor" | "b_malformed"]) if !first.starts_with("a_") => {
            Section::Floor
        }
        ("allow", [_, list, ..]) if list.starts_with("l_") => Section::Lan,
        ("deny", ["private", "b_private"]) => Section::Private,
        ("deny", ["!Safe_ports", "b_safe-ports"]) => Section::SafePorts,
        ("deny", ["CONNECT", "!SSL_ports", "b_ssl-ports"] | ["CONNECT", "b_ssl-ports"]) => {
            Section::SslPorts
        }
        ("deny", ["b_default-deny"]) => Section::Last,
        (_, [source, ..]) if source.starts_with("a_") => Section::Internet,
        _ => return None,
    };
    Some(section)
}
