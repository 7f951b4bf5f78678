//! A change of what is in force: the difference, or in one line why there is none to show.

use policy_core::sources::Sources;

use super::{Changes, Side, human, total};
use crate::in_force::Before;
use crate::up::Change;

/// What a change does to the reach of agents.
#[derive(Clone, Debug)]
pub enum Told<'a> {
    /// Something differs.
    Changes(Changes<'a>),
    /// One line says all.
    Line(String),
}

impl<'a> Told<'a> {
    /// Of a change whose policy comes from these files.
    pub fn of(sources: &'a Sources, change: &'a Change) -> Self {
        let policy = &change.policy;
        let new = Side { sources, policy };
        match &change.before {
            Before::Nothing => Self::Line(total(new)),
            Before::Same => Self::Line("no change of reach".to_owned()),
            Before::Unknown => Self::Line(
                "the policy in force was kept by another version of portreeve: what changes is \
                 not known"
                    .to_owned(),
            ),
            Before::Policy(read) => Self::Changes(Changes::between(Side::of(read), new)),
        }
    }

    /// For a terminal of this width.
    pub fn human(&self, width: usize) -> String {
        match self {
            Self::Line(line) => format!("{line}\n"),
            Self::Changes(changes) => human(changes, width),
        }
    }
}
