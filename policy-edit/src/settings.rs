//! Statements that an agent has once: `access`, `cdp`, `provider`, `sessions`.

use std::collections::BTreeSet;

use policy_core::ast::{Access, AgentItem, Cdp, Item, Tail};
use policy_core::name::Name;
use policy_core::span::{Located, Span};

use crate::draft::{Draft, Spot};
use crate::grants::merged;
use crate::{Browser, Refusal};

/// The model provider and the number of containers, where an agent says nothing.
pub(crate) const DEFAULT_PROVIDER: &str = "claude";
pub(crate) const DEFAULT_SESSIONS: u16 = 4;

/// A value that stands nowhere yet.
pub(crate) fn fresh<T>(value: T) -> Located<T> {
    Located::new(value, Span::default())
}

/// Another access to the internet.
pub(crate) fn access(
    draft: &mut Draft<'_>,
    name: &Name,
    access: Access,
    drop: bool,
) -> Result<(), Refusal> {
    let spot = draft.agent(name)?;
    let is_idle = |node: &AgentItem| match access {
        Access::Full => matches!(node, AgentItem::Allow(_)),
        Access::List => false,
        Access::ModelOnly => matches!(node, AgentItem::Allow(_) | AgentItem::Deny(_)),
    };
    let items = spot.block.items.iter().enumerate();
    let idle: BTreeSet<usize> = items
        .filter(|(_, item)| is_idle(&item.node))
        .map(|(at, _)| at)
        .collect();
    let mut gone = BTreeSet::new();
    if drop {
        gone.extend(&idle);
    } else if !idle.is_empty() && access == Access::ModelOnly {
        let items = idle.iter().filter_map(|at| spot.block.items.get(*at));
        return Err(Refusal::Grants {
            name: name.to_string(),
            places: items.map(|item| draft.place(item.span)).collect(),
        });
    }
    let found = find(spot, |node| match node {
        AgentItem::Access(value) => Some(value),
        _ => None,
    });
    match found {
        Some((_, value)) if value.value == access => {}
        Some((_, value)) => draft.replace(value.span, access.to_string()),
        None if access == Access::default() => {}
        None => {
            // An edit of the same block at once would meet the unfolding of it.
            draft.add(spot, &[AgentItem::Access(fresh(access))])?;
        }
    }
    if !gone.is_empty() {
        draft.delete(spot, &gone)?;
    }
    Ok(())
}

/// Another way to the browser, or none.
pub(crate) fn cdp(
    draft: &mut Draft<'_>,
    name: &Name,
    browser: Option<&Browser>,
) -> Result<(), Refusal> {
    let spot = draft.agent(name)?;
    let found = find(spot, |node| match node {
        AgentItem::Cdp(cdp) => Some(cdp),
        _ => None,
    });
    let Some(browser) = browser else {
        let gone = found.map(|(at, _)| at).into_iter().collect::<BTreeSet<_>>();
        return match gone.is_empty() {
            true => Ok(()),
            false => draft.delete(spot, &gone),
        };
    };
    let nothing = Tail::default();
    let before = found.map_or(&nothing, |(_, cdp)| &cdp.tail);
    let kept = found.and_then(|(_, cdp)| cdp.host_port.clone());
    let wanted = Cdp {
        listen: browser.listen.map(fresh),
        host_port: browser.host_port.map(fresh).or(kept),
        tail: merged(&browser.tail, before),
    };
    crate::grants::refuse_over(draft, &wanted.tail)?;
    match found {
        Some((_, cdp)) if *cdp == wanted => Ok(()),
        Some((at, _)) => {
            if let Some(item) = spot.block.items.get(at) {
                draft.rewrite(spot, item, &AgentItem::Cdp(wanted));
            }
            Ok(())
        }
        None => draft.add(spot, &[AgentItem::Cdp(wanted)]),
    }
}

/// Another model provider.
pub(crate) fn provider(draft: &mut Draft<'_>, name: &Name, provider: &Name) -> Result<(), Refusal> {
    let spot = draft.agent(name)?;
    let found = find(spot, |node| match node {
        AgentItem::Provider(value) => Some(value),
        _ => None,
    });
    match found {
        Some((_, value)) if value.value.is(provider) => Ok(()),
        Some((_, value)) => {
            draft.replace(value.span, provider.as_str());
            Ok(())
        }
        None if provider.folded() == DEFAULT_PROVIDER => Ok(()),
        None => draft.add(spot, &[AgentItem::Provider(fresh(provider.clone()))]),
    }
}

/// Another number of containers at once.
pub(crate) fn sessions(draft: &mut Draft<'_>, name: &Name, sessions: u16) -> Result<(), Refusal> {
    let spot = draft.agent(name)?;
    let found = find(spot, |node| match node {
        AgentItem::Sessions(value) => Some(value),
        _ => None,
    });
    match found {
        Some((_, value)) if value.value == sessions => Ok(()),
        Some((_, value)) => {
            draft.replace(value.span, sessions.to_string());
            Ok(())
        }
        None if sessions == DEFAULT_SESSIONS => Ok(()),
        None => draft.add(spot, &[AgentItem::Sessions(fresh(sessions))]),
    }
}

/// The first statement of a kind, with its number.
fn find<'a, T>(
    spot: Spot<'a>,
    kind: impl Fn(&'a AgentItem) -> Option<&'a T>,
) -> Option<(usize, &'a T)> {
    let value = |item: &'a Item<AgentItem>| kind(&item.node);
    let items = spot.block.items.iter().enumerate();
    items
        .filter_map(|(at, item)| Some((at, value(item)?)))
        .next()
}
