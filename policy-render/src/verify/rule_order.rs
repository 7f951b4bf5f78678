//! Promise: strangers and the floor come before every grant, LAN grants before the deny of other
//! ports, internet grants after it, each agent's denies before its allows, and `deny all` last; and
//! none of the refusals that every file has is missing.

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

/// The lines that every file has, whatever the policy says.
const ALWAYS: [&[&str]; 12] = [
    &["deny", "manager", "b_manager"],
    &["deny", "ctl"],
    &["deny", "!CONNECT", "!http", "b_scheme"],
    &["deny", "floor", "b_floor"],
    &["deny", "floor_names", "b_floor"],
    &["deny", "unspecified", "b_floor"],
    &["deny", "gateway_itself", "gateway_ports", "b_floor"],
    &["deny", "!address", "!name", "b_malformed"],
    &["deny", "!address", "odd_name", "b_malformed"],
    &["deny", "private", "b_private"],
    &["deny", "!Safe_ports", "b_safe-ports"],
    &["deny", "b_default-deny"],
];

/// Lines of which every file has one, in one of two forms.
const ONE_OF: [[&[&str]; 2]; 2] = [
    [
        &["deny", "!agents", "b_unknown-source"],
        &["deny", "b_unknown-source"],
    ],
    [
        &["deny", "CONNECT", "!SSL_ports", "b_ssl-ports"],
        &["deny", "CONNECT", "b_ssl-ports"],
    ],
];

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
    let of_an_agent = |words: &[&str]| words.get(1).is_some_and(|word| word.starts_with("a_"));
    let lines: BTreeSet<&[&str]> = rules
        .iter()
        .map(|rule| rule.arguments())
        .filter(|words| !of_an_agent(words))
        .collect();
    let always = ALWAYS.iter().find(|line| !lines.contains(**line));
    let one_of = ONE_OF
        .iter()
        .find(|forms| !forms.iter().any(|line| lines.contains(line)));
    let missing = always.or(one_of.and_then(|forms| forms.first()));
    if let Some(missing) = missing {
        return Err(Broken {
            promise: PROMISE,
            line: 0,
            found: format!("no `http_access {}`", missing.join(" ")),
        });
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
        ("allow", ["ctl", "manager"]) | ("deny", ["ctl"]) => Section::Control,
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

#[cfg(test)]
mod tests {
    use super::super::mutation::{broken_by, broken_by_change, broken_with, broken_without, lines};
    use super::*;

    /// The rules, each with the number of its line.
    fn rules() -> Vec<(usize, String)> {
        let numbered = lines().into_iter().enumerate();
        numbered
            .filter(|(_, line)| line.starts_with("http_access "))
            .collect()
    }

    #[test]
    fn two_rules_of_two_sections_cannot_change_places() {
        let rules = rules();
        let mut swapped = 0;
        for pair in rules.windows(2) {
            let [(one, first), (two, second)] = pair else {
                continue;
            };
            let of = |text: &str| section(&super::super::directives(text)[0]);
            if of(first) == of(second) {
                continue;
            }
            let promise = broken_by(|lines| lines.swap(*one, *two));
            assert_eq!(promise, Some(PROMISE), "{first} / {second}");
            swapped += 1;
        }
        assert_eq!(swapped, 9);
    }

    #[test]
    fn an_agents_deny_stands_before_each_of_its_allows() {
        let rules = rules();
        let coder: Vec<&(usize, String)> = rules
            .iter()
            .filter(|(_, line)| line.contains(" a_coder h_") || line.contains(" a_coder u_"))
            .collect();
        let (deny, _) = coder[0];
        assert!(coder[0].1.starts_with("http_access deny"));
        for (allow, text) in &coder[1..] {
            let promise = broken_by(|lines| lines.swap(*deny, *allow));
            assert_eq!(promise, Some(PROMISE), "{text}");
        }
    }

    #[test]
    fn no_refusal_that_every_file_has_can_be_left_out() {
        for line in ALWAYS.iter().chain(ONE_OF.iter().map(|forms| &forms[0])) {
            let promise = broken_without(&format!("http_access {}", line.join(" ")));
            assert_eq!(promise, Some(PROMISE), "{line:?}");
        }
    }

    #[test]
    fn a_rule_of_no_section_is_refused() {
        for line in [
            "allow all",
            "allow localhost",
            "deny all",
            "allow b_default-deny",
        ] {
            let promise = broken_with("http_access deny ctl", &format!("http_access {line}"));
            assert_eq!(promise, Some(PROMISE), "{line}");
        }
        let changed = broken_by_change("http_access deny floor ", "http_access allow floor ");
        assert_eq!(changed, Some(PROMISE));
        let last = broken_with("http_access deny b_default-deny", "http_access allow all");
        assert_eq!(last, Some(PROMISE));
    }
}
