//! From whatever there is to the policy in force: what `up` does once, `boot` first and `watch`
//! again and again.

use ipnet::Ipv4Net;
use policy_core::diagnostic::Report;
use policy_core::sources::Sources;

use crate::action::Action;
use crate::error::Error;
use crate::report::changes::Told;
use crate::up::{Change, Input, Installation, Prerequisite};

/// What goes on, for whoever tells it.
#[derive(Debug)]
pub enum Event<'a> {
    /// What there is to say of the policy; perhaps nothing.
    Findings(&'a Sources, &'a Report),
    /// Something is made that must be there first.
    Making(&'a Prerequisite),
    /// One line of its making.
    MakingLine(&'a str),
    /// What the change at hand changes.
    Changing(&'a Told<'a>),
    /// A step begins.
    Step {
        /// Which one, from 1.
        number: usize,
        /// Of how many.
        of: usize,
        /// The step.
        action: &'a Action,
    },
}

/// How it ended.
#[derive(Debug)]
#[must_use]
pub enum Outcome {
    /// Everything was in step.
    InStep(Box<Change>),
    /// The policy is enforced now.
    Enforced(Box<Change>),
    /// The policy has errors, and nothing was changed.
    Refused,
}

/// What a policy says before any engine is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Early {
    /// The addresses that it deals.
    egress: Ipv4Net,
}

/// Reads a policy without an engine; nothing comes back when it has errors, which are told.
pub fn early(input: &Input, tell: &mut dyn FnMut(Event<'_>)) -> Option<Early> {
    let compiled = input.early();
    if compiled.policy.is_none() || compiled.report.has_errors() {
        tell(Event::Findings(&input.sources, &compiled.report));
    }
    let (policy, _) = compiled.policy.as_ref()?;
    let egress = policy.network.subnet;
    Some(Early { egress })
}

/// Puts a policy in force. The lock must be held.
pub fn converge(
    installation: &Installation<'_>,
    input: &Input,
    early: Early,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<Outcome, Error> {
    make_missing(installation, Some(early.egress), tell)?;
    let prepared = installation.prepare(input, true)?;
    tell(Event::Findings(&input.sources, &prepared.report));
    let Some(change) = prepared.change.map(Box::new) else {
        return Ok(Outcome::Refused);
    };
    if change.actions.is_empty() {
        return Ok(Outcome::InStep(change));
    }
    tell(Event::Changing(&Told::of(&input.sources, &change)));
    let of = change.actions.len();
    installation.apply(&change, &mut |at, action| {
        let number = at + 1;
        tell(Event::Step { number, of, action });
    })?;
    Ok(Outcome::Enforced(change))
}

/// Makes the image and the uplink where they are missing.
pub fn make_missing(
    installation: &Installation<'_>,
    egress: Option<Ipv4Net>,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<(), Error> {
    for missing in installation.missing_prerequisites()? {
        tell(Event::Making(&missing));
        let say = &mut |line: &str| tell(Event::MakingLine(line));
        installation.make(&missing, egress, say)?;
    }
    Ok(())
}

impl Outcome {
    /// The change, where the policy is in force.
    pub fn into_change(self) -> Option<Box<Change>> {
        match self {
            Self::InStep(change) | Self::Enforced(change) => Some(change),
            Self::Refused => None,
        }
    }
}
