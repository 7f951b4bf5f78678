//! Addresses that an agent may reach directly: `lan`.

use std::collections::BTreeSet;

use ipnet::IpNet;
use policy_core::ast::{AgentItem, Item, Lan, LanTarget, Tail};
use policy_core::name::Name;
use policy_core::print::statement_text;

use crate::Refusal;
use crate::draft::Draft;
use crate::grants::{covers_tail, merged, refuse_over};

/// An address that an agent may reach directly.
pub(crate) fn lan(draft: &mut Draft<'_>, name: &Name, lan: &Lan) -> Result<(), Refusal> {
    refuse_over(draft, &lan.tail)?;
    let spot = draft.agent(name)?;
    for item in &spot.block.items {
        let AgentItem::Lan(own) = &item.node else {
            continue;
        };
        let until = own.tail.until.as_ref();
        let is_current = until.is_none_or(|day| draft.facts.today <= day.value);
        let tail = merged(&lan.tail, &own.tail);
        if own.target == lan.target && own.ports == lan.ports {
            if tail == own.tail && is_current {
                draft.note(lan_said(draft, own, item));
                return Ok(());
            }
            refuse_over(draft, &tail)?;
            let node = AgentItem::Lan(Lan {
                tail,
                ..own.clone()
            });
            draft.rewrite(spot, item, &node);
            return Ok(());
        }
        if is_current && covers_tail(&own.tail, &lan.tail) && lan_covers(own, lan) {
            draft.note(lan_said(draft, own, item));
            return Ok(());
        }
    }
    draft.add(spot, &[AgentItem::Lan(lan.clone())])
}

fn lan_said(draft: &Draft<'_>, own: &Lan, item: &Item<AgentItem>) -> String {
    let at = draft.place(item.span);
    format!("granted already by `{}` at {at}", lan_words(own))
}

/// A `lan` without its tail, as a command names it.
fn lan_words(lan: &Lan) -> String {
    let bare = AgentItem::Lan(Lan {
        tail: Tail::default(),
        ..lan.clone()
    });
    let text = statement_text(&bare);
    text.strip_prefix("lan ").unwrap_or(&text).to_owned()
}

fn lan_covers(whole: &Lan, part: &Lan) -> bool {
    let is_within = match (whole.target.value, part.target.value) {
        (LanTarget::Host, LanTarget::Host) => true,
        (LanTarget::Net(IpNet::V4(whole)), LanTarget::Net(IpNet::V4(part))) => {
            whole.contains(&part)
        }
        _ => false,
    };
    is_within
        && match (&whole.ports, &part.ports) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(whole), Some(part)) => part.value.ranges().iter().all(|range| {
                let own = whole.value.ranges().iter();
                own.clone()
                    .any(|own| own.first() <= range.first() && range.last() <= own.last())
            }),
        }
}

/// Whether a `lan` is one of what is revoked.
pub(crate) fn is_revoked_lan(own: &Lan, given: &Lan) -> bool {
    own.target == given.target && (given.ports.is_none() || own.ports == given.ports)
}

/// A `lan` less.
pub(crate) fn revoke_lan(draft: &mut Draft<'_>, name: &Name, given: &Lan) -> Result<(), Refusal> {
    let spot = draft.agent(name)?;
    let mut gone = BTreeSet::new();
    for (at, item) in spot.block.items.iter().enumerate() {
        let AgentItem::Lan(own) = &item.node else {
            continue;
        };
        if is_revoked_lan(own, given) {
            gone.insert(at);
        } else if lan_covers(own, given) {
            return Err(Refusal::PartOfLan {
                name: spot.name.value.to_string(),
                target: lan_words(given),
                by: lan_words(own),
                at: draft.place(item.span),
            });
        }
    }
    if gone.is_empty() {
        let (name, target) = (&spot.name.value, lan_words(given));
        draft.note(format!("no `lan` of `{name}` names `{target}`"));
        return Ok(());
    }
    draft.delete(spot, &gone)
}
