//! What the policy decides otherwise than NanoClaw's own proxy did: exactly, and for every request.
//!
//! Both sides are maps of everything an agent gets for an answer, so what is not listed is the
//! same. What that proxy's lookups opened, and what no map of destinations can show, stands apart:
//! those are its holes.

use std::collections::BTreeMap;
use std::fmt;

use policy_core::facts::Facts;
use policy_core::ir::Policy;
use policy_core::name::Name;
use policy_core::reach::Survey;
use policy_core::reach::diff::{Change, changes};
use policy_core::sources::Sources;

use crate::error::DatabaseError;
use crate::import::{Imported, first_error};

/// All that differs.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// The differences, agents with the same ones together.
    pub groups: Vec<Group>,
    /// What was open besides, and whom it served.
    pub holes: Vec<(Hole, Vec<Name>)>,
}

/// Agents for whom the same differs.
#[derive(Clone, Debug)]
pub struct Group {
    /// Who.
    pub agents: Vec<Name>,
    /// What; nothing where the policy decides every request as it was.
    pub changes: Vec<Change>,
}

/// Something that was open without a line that says so, and is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hole {
    /// A name was matched by what an address claims to be called.
    ReverseName,
    /// An address was matched by what a name resolves to.
    LanByName,
    /// Schemes were not looked at.
    Scheme,
    /// Hosts that no reader agrees on passed.
    Malformed,
    /// Two ids were one.
    OneRule,
}

impl fmt::Display for Hole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Hole::ReverseName => {
                "an address whose reverse entry names an allowed host, which its owner writes"
            }
            Hole::LanByName => {
                "a name with an allowed LAN address among others: any of them, on every port; and \
                 every refused name was looked up"
            }
            Hole::Scheme => {
                "another scheme than `http` without CONNECT, such as `GET https://HOST/`"
            }
            Hole::Malformed => "hosts that are neither names nor addresses",
            Hole::OneRule => "each other's rules: their ids differ in punctuation alone",
        })
    }
}

impl Comparison {
    /// Whether anybody gets more than before.
    pub fn widens(&self) -> bool {
        let mut changes = self.groups.iter().flat_map(|group| &group.changes);
        changes.any(Change::widens)
    }
}

/// The model of an imported text, which has no mistakes.
pub fn compile(text: &str, facts: &Facts) -> Result<Policy, DatabaseError> {
    let (sources, report) = Sources::single("imported.reeve", text);
    let compiled = policy_core::understand(&sources, report, facts);
    let what = first_error(&compiled.report);
    compiled
        .policy
        .map(|(policy, _)| policy)
        .ok_or(DatabaseError::Text { what })
}

/// What differs between the skill and the policy that was imported from it.
pub fn compare(imported: &Imported, policy: &Policy) -> Comparison {
    let survey = Survey::new(policy);
    let mut groups: Vec<Group> = Vec::new();
    for own in &imported.agents {
        let Some(agent) = policy.agent(own.name.as_str()) else {
            continue;
        };
        let changes = changes(&own.seed.routes(), &survey.answers(agent).routes());
        match groups.iter_mut().find(|group| group.changes == changes) {
            Some(group) => group.agents.push(own.name.clone()),
            None => groups.push(Group {
                agents: vec![own.name.clone()],
                changes,
            }),
        }
    }
    Comparison {
        groups,
        holes: holes(imported),
    }
}

fn holes(imported: &Imported) -> Vec<(Hole, Vec<Name>)> {
    let mut slugs: BTreeMap<String, usize> = BTreeMap::new();
    let slug = |id: &str| id.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    for agent in &imported.agents {
        *slugs.entry(slug(&agent.id)).or_default() += 1;
    }
    let mut found: BTreeMap<Hole, Vec<Name>> = BTreeMap::new();
    for agent in &imported.agents {
        let seed = &agent.seed;
        let is_shared = slugs
            .get(&slug(&agent.id))
            .is_some_and(|n_agents| *n_agents > 1);
        for (hole, is_there) in [
            (Hole::ReverseName, !seed.is_full && !seed.names.is_empty()),
            (Hole::LanByName, !seed.lan.is_empty()),
            (Hole::Scheme, seed.reaches_anything()),
            (Hole::Malformed, seed.is_full),
            (Hole::OneRule, is_shared),
        ] {
            if is_there {
                found.entry(hole).or_default().push(agent.name.clone());
            }
        }
    }
    found.into_iter().collect()
}
