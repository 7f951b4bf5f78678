//! What a change of policy changes, ready to be told to people and to programs.
//!
//! `diff`, `plan` and `up` tell the same thing in the same words: the exact difference of two
//! policies, and for each part of it the statements that make it so. The parts of one
//! [`Change`](policy_core::reach::diff::Change) that go back to different statements are told apart,
//! each with a witness of its own.

mod human;
mod in_force;
mod json;
mod markdown;
mod reach;
mod words;

pub use self::human::human;
pub use self::in_force::Told;
pub use self::json::{Document, Lines};
pub use self::markdown::markdown;
pub use self::reach::{Entry, Outcome, Statement, reach};
pub use self::words::{summary, total};

pub(super) use self::human::{destinations, wrapped};
pub(super) use self::json::{Part, Passage};
pub(super) use self::words::{passage, reason, shown, witness as request};

use policy_core::ir::Policy;
use policy_core::reach::Survey;
use policy_core::reach::diff::{EdgeChange, Presence, SettingChange, diff};
use policy_core::sources::Sources;

use self::reach::Pair;
use crate::compile::Read;

/// A policy with the text it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The text.
    pub sources: &'a Sources,
    /// What it means.
    pub policy: &'a Policy,
}

impl<'a> Side<'a> {
    /// Of a policy that was read.
    pub fn of(read: &'a Read) -> Self {
        let Read { sources, policy } = read;
        Self { sources, policy }
    }
}

/// All that differs between two policies.
#[derive(Clone, Debug)]
pub struct Changes<'a> {
    /// By agent, by folded name.
    pub agents: Vec<AgentChanges<'a>>,
    /// The edges of one policy alone.
    pub edges: Vec<EdgeChange>,
    /// What differs for all agents at once.
    pub settings: Vec<SettingChange>,
    /// Whether anybody gets what was kept from them.
    pub widens: bool,
    /// Whether not even the text differs.
    pub is_same_text: bool,
}

/// What differs for one agent.
#[derive(Clone, Debug)]
pub struct AgentChanges<'a> {
    /// Its name.
    pub name: String,
    /// Which policies have it.
    pub presence: Presence,
    /// What differs, gained first; never empty.
    pub entries: Vec<Entry<'a>>,
}

impl<'a> Changes<'a> {
    /// What differs from one policy to another.
    pub fn between(old: Side<'a>, new: Side<'a>) -> Self {
        let difference = diff(old.policy, new.policy);
        let widens = difference.widens();
        let (old_survey, new_survey) = (Survey::new(old.policy), Survey::new(new.policy));
        let agents = difference.agents.into_iter().map(|agent| {
            let name = agent.name.as_str();
            let before = old.policy.agent(name);
            let after = new.policy.agent(name);
            let pair = Pair {
                before: before.map(|agent| (old, old_survey.answers(agent))),
                after: after.map(|agent| (new, new_survey.answers(agent))),
            };
            AgentChanges {
                name: name.to_owned(),
                presence: agent.presence,
                entries: pair.entries(agent.changes),
            }
        });
        Self {
            agents: agents.collect(),
            edges: difference.edges,
            settings: difference.settings,
            widens,
            is_same_text: texts(old.sources).eq(texts(new.sources)),
        }
    }

    /// Whether every agent reaches the same as before, by the same way.
    pub fn is_empty(&self) -> bool {
        self.agents.is_empty() && self.edges.is_empty() && self.settings.is_empty()
    }
}

fn texts(sources: &Sources) -> impl Iterator<Item = &str> {
    sources.files().iter().map(|file| file.text.as_str())
}
