//! Hosts that an agent may reach or not: `allow` and `deny`.
//!
//! A target that is there already is left alone, unless a reason or a day is given that it does
//! not have: then its statement says that, and the rest of the statement keeps what it had. A
//! target is taken out of its statement, and a statement without targets goes.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::ast::{Access, AgentItem, Grant, Item, Statement, Tail, Target};
use policy_core::host::HostPattern;
use policy_core::name::Name;
use policy_core::print::statement_text;
use policy_core::sources::Sources;
use policy_core::span::Located;

use crate::Refusal;
use crate::draft::{Draft, Spot, statements};
use crate::text::part;

/// Which of the two statements that have targets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Allow,
    Deny,
}

impl Word {
    fn called(self) -> &'static str {
        match self {
            Word::Allow => "allow",
            Word::Deny => "deny",
        }
    }

    fn grant(self, node: &AgentItem) -> Option<&Grant> {
        match (self, node) {
            (Word::Allow, AgentItem::Allow(grant)) | (Word::Deny, AgentItem::Deny(grant)) => {
                Some(grant)
            }
            _ => None,
        }
    }

    fn node(self, grant: Grant) -> AgentItem {
        match self {
            Word::Allow => AgentItem::Allow(grant),
            Word::Deny => AgentItem::Deny(grant),
        }
    }
}

/// What is asked for, and for what is not asked, what was there.
pub(crate) fn merged(asked: &Tail, before: &Tail) -> Tail {
    Tail {
        because: asked.because.clone().or_else(|| before.because.clone()),
        since: asked.since.clone().or_else(|| before.since.clone()),
        until: asked.until.clone().or_else(|| before.until.clone()),
    }
}

/// Refuses a grant whose last day is over.
pub(crate) fn refuse_over(draft: &Draft<'_>, tail: &Tail) -> Result<(), Refusal> {
    match &tail.until {
        Some(day) if day.value < draft.facts.today => Err(Refusal::Over {
            day: day.value.to_string(),
        }),
        _ => Ok(()),
    }
}

/// The patterns of a set; none of one that nobody knows.
pub(crate) fn set<'a>(sources: &'a Sources, name: &Name) -> Vec<&'a HostPattern> {
    let mut sets = statements(sources).filter_map(|(_, _, _, item)| match &item.node {
        Statement::Hosts(set) if set.name.value.is(name) => Some(set),
        _ => None,
    });
    let items = sets.next().map(|set| set.block.items.iter());
    items.into_iter().flatten().map(|item| &item.node).collect()
}

/// Hosts that an agent may reach.
pub(crate) fn allow(draft: &mut Draft<'_>, name: &Name, grant: &Grant) -> Result<(), Refusal> {
    refuse_over(draft, &grant.tail)?;
    put(draft, name, grant, Word::Allow)
}

/// Hosts that an agent may not reach.
pub(crate) fn deny(draft: &mut Draft<'_>, name: &Name, grant: &Grant) -> Result<(), Refusal> {
    put(draft, name, grant, Word::Deny)
}

fn put(draft: &mut Draft<'_>, name: &Name, grant: &Grant, word: Word) -> Result<(), Refusal> {
    let spot = draft.agent(name)?;
    let access = spot.block.items.iter().find_map(|item| match &item.node {
        AgentItem::Access(access) => Some(access.value),
        _ => None,
    });
    if access.unwrap_or_default() == Access::ModelOnly {
        return Err(Refusal::ModelOnly {
            name: spot.name.value.to_string(),
            word: word.called(),
        });
    }
    let mut new: Vec<Located<Target>> = Vec::new();
    // Targets by the statement that has them, where their tail becomes another one.
    let mut moved: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for target in &grant.targets {
        if new.contains(target) {
            continue;
        }
        let standing = standing(draft, spot, &target.value, word);
        let own = standing.iter().find(|one| one.is_itself);
        let is_said = |one: &&Standing<'_>| one.is_current && covers_tail(one.tail, &grant.tail);
        match own {
            Some(one) if merged(&grant.tail, one.tail) == *one.tail && one.is_current => {
                said(draft, &target.value, one, word);
            }
            Some(one) => {
                refuse_over(draft, &merged(&grant.tail, one.tail))?;
                moved.entry(one.at).or_default().insert(one.nth);
            }
            None => match standing.iter().find(is_said) {
                Some(one) => said(draft, &target.value, one, word),
                None => new.push(target.clone()),
            },
        }
    }
    let mut rows: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (at, targets) in moved {
        let Some(item) = spot.block.items.get(at) else {
            continue;
        };
        let Some(before) = word.grant(&item.node) else {
            continue;
        };
        let tail = merged(&grant.tail, &before.tail);
        let picked = before.targets.iter().enumerate();
        let picked = picked.filter(|(nth, _)| targets.contains(nth));
        let changed = word.node(Grant {
            targets: picked.map(|(_, target)| target.clone()).collect(),
            tail,
        });
        if targets.len() == before.targets.len() {
            draft.rewrite(spot, item, &changed);
        } else {
            cut(draft, spot, before, &targets);
            rows.entry(at + 1)
                .or_default()
                .push(statement_text(&changed));
        }
    }
    if !new.is_empty() {
        let node = word.node(Grant {
            targets: new,
            tail: grant.tail.clone(),
        });
        let last = spot.block.items.iter().rposition(|item| match word {
            Word::Allow => !matches!(
                item.node,
                AgentItem::Deny(_)
                    | AgentItem::Lan(_)
                    | AgentItem::Cdp(_)
                    | AgentItem::Sessions(_)
                    | AgentItem::Mode(_)
            ),
            Word::Deny => !matches!(
                item.node,
                AgentItem::Lan(_) | AgentItem::Cdp(_) | AgentItem::Sessions(_) | AgentItem::Mode(_)
            ),
        });
        let at = last.map_or(0, |at| at + 1);
        rows.entry(at).or_default().push(statement_text(&node));
    }
    draft.insert(spot, &rows)
}

fn said(draft: &mut Draft<'_>, target: &Target, one: &Standing<'_>, word: Word) {
    let at = draft.place(one.item.span);
    let verb = match word {
        Word::Allow => "allowed",
        Word::Deny => "denied",
    };
    let until = match &one.tail.until {
        Some(day) => format!(", until {}", day.value),
        None => String::new(),
    };
    let by = match one.is_itself {
        true => String::new(),
        false => format!(" by `{}`", one.by),
    };
    draft.note(format!("`{target}` is {verb} already{by} at {at}{until}"));
}

/// A target that is or covers another one.
struct Standing<'a> {
    /// The number of its statement in the agent.
    at: usize,
    /// Its number in the statement.
    nth: usize,
    item: &'a Item<AgentItem>,
    tail: &'a Tail,
    by: String,
    is_itself: bool,
    is_current: bool,
}

/// The targets that are or cover this one.
fn standing<'a>(
    draft: &Draft<'_>,
    spot: Spot<'a>,
    target: &Target,
    word: Word,
) -> Vec<Standing<'a>> {
    let mut found = Vec::new();
    for (at, item) in spot.block.items.iter().enumerate() {
        let Some(grant) = word.grant(&item.node) else {
            continue;
        };
        let until = grant.tail.until.as_ref();
        let is_current = until.is_none_or(|day| draft.facts.today <= day.value);
        for (nth, other) in grant.targets.iter().enumerate() {
            let is_itself = is_same(&other.value, target);
            if is_itself || covers(draft.sources, &other.value, target) {
                found.push(Standing {
                    at,
                    nth,
                    item,
                    tail: &grant.tail,
                    by: other.value.to_string(),
                    is_itself,
                    is_current,
                });
            }
        }
    }
    found
}

fn is_same(one: &Target, other: &Target) -> bool {
    match (one, other) {
        (Target::Set(one), Target::Set(other)) => one.is(other),
        _ => one == other,
    }
}

/// Whether each host and port of `part` is one of `whole`.
fn covers(sources: &Sources, whole: &Target, part: &Target) -> bool {
    let Target::Host { pattern, port } = part else {
        return is_same(whole, part);
    };
    match whole {
        Target::Host {
            pattern: own,
            port: own_port,
        } => own.covers(pattern) && (own_port.is_none() || own_port == port),
        Target::Set(name) => set(sources, name).iter().any(|own| own.covers(pattern)),
    }
}

/// Whether what stands lasts as long as what is asked for.
pub(crate) fn covers_tail(standing: &Tail, asked: &Tail) -> bool {
    match (&standing.until, &asked.until) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(own), Some(asked)) => own.value >= asked.value,
    }
}

/// Targets of `allow` less.
pub(crate) fn revoke(draft: &mut Draft<'_>, name: &Name, given: &[Target]) -> Result<(), Refusal> {
    take_back(draft, name, given, Word::Allow)
}

/// Targets of `deny` less.
pub(crate) fn revoke_deny(
    draft: &mut Draft<'_>,
    name: &Name,
    given: &[Target],
) -> Result<(), Refusal> {
    take_back(draft, name, given, Word::Deny)
}

/// Whether a target of a statement is one of what is revoked: a host without a port stands for
/// each of its ports.
pub(crate) fn is_revoked(own: &Target, given: &Target) -> bool {
    match (own, given) {
        (
            Target::Host { pattern, port },
            Target::Host {
                pattern: wanted,
                port: wanted_port,
            },
        ) => pattern == wanted && (wanted_port.is_none() || wanted_port == port),
        _ => is_same(own, given),
    }
}

fn take_back(
    draft: &mut Draft<'_>,
    name: &Name,
    given: &[Target],
    word: Word,
) -> Result<(), Refusal> {
    let spot = draft.agent(name)?;
    let is_gone = |own: &Target| given.iter().any(|target| is_revoked(own, target));
    for target in given {
        let mut n_own = 0;
        let mut narrower = Vec::new();
        for item in &spot.block.items {
            let Some(grant) = word.grant(&item.node) else {
                continue;
            };
            for own in &grant.targets {
                if is_revoked(&own.value, target) {
                    n_own += 1;
                } else if is_gone(&own.value) {
                    // It goes with another one that is given.
                } else if reaches(draft.sources, &own.value, target) {
                    refuse_covered(draft, spot, target, item, &own.value, word)?;
                } else if touches(draft.sources, target, &own.value) {
                    narrower.push(format!("`{}` at {}", own.value, draft.place(item.span)));
                }
            }
        }
        if n_own == 0 {
            let name = &spot.name.value;
            let word = word.called();
            draft.note(format!("no `{word}` of `{name}` names `{target}`"));
        }
        if !narrower.is_empty() {
            let narrower = narrower.join(", ");
            draft.note(format!("what is a part of `{target}` stays: {narrower}"));
        }
    }
    let mut gone = BTreeSet::new();
    for (at, item) in spot.block.items.iter().enumerate() {
        let Some(grant) = word.grant(&item.node) else {
            continue;
        };
        let targets = grant.targets.iter().enumerate();
        let out: BTreeSet<usize> = targets
            .filter(|(_, own)| is_gone(&own.value))
            .map(|(nth, _)| nth)
            .collect();
        if out.len() == grant.targets.len() {
            gone.insert(at);
        } else {
            cut(draft, spot, grant, &out);
        }
    }
    match gone.is_empty() {
        true => Ok(()),
        false => draft.delete(spot, &gone),
    }
}

/// Whether some request for `target` is one for `whole`, which names a wider or an equal host.
fn reaches(sources: &Sources, whole: &Target, target: &Target) -> bool {
    let Target::Host { pattern, port } = target else {
        return false;
    };
    match whole {
        Target::Host {
            pattern: own,
            port: own_port,
        } => {
            let meets = own_port.is_none() || port.is_none() || own_port == port;
            own.covers(pattern) && meets
        }
        Target::Set(name) => set(sources, name).iter().any(|own| own.covers(pattern)),
    }
}

/// Whether a target that stays has hosts of one that goes.
fn touches(sources: &Sources, gone: &Target, left: &Target) -> bool {
    let hosts = |target: &Target| -> Vec<HostPattern> {
        match target {
            Target::Host { pattern, .. } => vec![pattern.clone()],
            Target::Set(name) => set(sources, name).into_iter().cloned().collect(),
        }
    };
    let left = hosts(left);
    let mut gone = hosts(gone).into_iter();
    gone.any(|gone| left.iter().any(|left| gone.overlaps(left)))
}

/// Refuses to revoke a host that another target gives all the same, unless it is denied.
fn refuse_covered(
    draft: &mut Draft<'_>,
    spot: Spot<'_>,
    target: &Target,
    item: &Item<AgentItem>,
    by: &Target,
    word: Word,
) -> Result<(), Refusal> {
    let (by, at) = (by.to_string(), draft.place(item.span));
    let target_text = target.to_string();
    if word == Word::Deny {
        return Err(Refusal::StillDenied {
            target: target_text,
            by,
            at,
        });
    }
    let denied = standing(draft, spot, target, Word::Deny);
    if let Some(one) = denied.first() {
        said(draft, target, one, Word::Deny);
        return Ok(());
    }
    Err(Refusal::StillAllowed {
        name: spot.name.value.to_string(),
        target: target_text,
        by,
        at,
    })
}

/// Takes targets out of a statement that keeps others.
fn cut(draft: &mut Draft<'_>, spot: Spot<'_>, grant: &Grant, out: &BTreeSet<usize>) {
    let mut is_behind_kept = false;
    let mut before = None;
    for (nth, target) in grant.targets.iter().enumerate() {
        let range = target.span.range();
        if !out.contains(&nth) {
            is_behind_kept = true;
        } else if is_behind_kept {
            let start = before.unwrap_or(range.start);
            draft.replace(part(spot.file, start, range.end), "");
        } else if let Some(next) = grant.targets.get(nth + 1) {
            draft.replace(part(spot.file, range.start, next.span.range().start), "");
        }
        before = Some(range.end);
    }
}
