//! Why an edit is not made.

use thiserror::Error;

/// What stands in the way; places are `FILE:LINE`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No agent has that name.
    #[error("there is no agent called `{name}`")]
    NoAgent {
        /// The name.
        name: String,
        /// The one that was probably meant.
        meant: Option<String>,
        /// The agents there are.
        known: Vec<String>,
    },
    /// An agent has that name already.
    #[error("an agent is called `{name}` already, at {at}")]
    Taken {
        /// The name.
        name: String,
        /// Where it is.
        at: String,
    },
    /// Several agents have that name, so nobody knows which one is meant.
    #[error("several agents are called `{name}`: {}", places.join(", "))]
    Several {
        /// The name.
        name: String,
        /// Where they are.
        places: Vec<String>,
    },
    /// `allow` or `deny` for an agent that reaches its model alone.
    #[error("`{name}` is `model-only`, so `{word}` would mean nothing")]
    ModelOnly {
        /// The agent.
        name: String,
        /// The keyword.
        word: &'static str,
    },
    /// Grants that say nothing under the new access.
    #[error("`{name}` has statements that mean nothing under `model-only`: {}", places.join(", "))]
    Grants {
        /// The agent.
        name: String,
        /// Where they are.
        places: Vec<String>,
    },
    /// What is revoked would be reached all the same.
    #[error("`{target}` is still allowed by `{by}` at {at}")]
    StillAllowed {
        /// The agent.
        name: String,
        /// What is revoked.
        target: String,
        /// What allows it.
        by: String,
        /// Where that is.
        at: String,
    },
    /// A deny that is lifted, and another one that covers it.
    #[error("`{target}` is still denied by `{by}` at {at}")]
    StillDenied {
        /// What is to be allowed.
        target: String,
        /// What denies it.
        by: String,
        /// Where that is.
        at: String,
    },
    /// A `lan` that grants more than what is revoked.
    #[error("`{target}` is a part of `{by}` at {at}")]
    PartOfLan {
        /// The agent.
        name: String,
        /// What is revoked.
        target: String,
        /// What grants it.
        by: String,
        /// Where that is.
        at: String,
    },
    /// A grant that would be over before it begins.
    #[error("`until {day}` is over, so it would grant nothing")]
    Over {
        /// The day.
        day: String,
    },
    /// Statements that name an agent to be removed.
    #[error("`{name}` is named elsewhere: {}", places.join(", "))]
    Named {
        /// The agent.
        name: String,
        /// Where.
        places: Vec<String>,
    },
    /// An edge from an agent to itself.
    #[error("an agent may always message itself")]
    SelfEdge,
    /// The text around the place cannot be read.
    #[error("the block of `{name}` at {at} cannot be edited as long as it has syntax errors")]
    Unreadable {
        /// The agent.
        name: String,
        /// Where.
        at: String,
    },
}

impl Refusal {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::NoAgent {
                meant: Some(meant), ..
            } => format!("did you mean `{meant}`?"),
            Self::NoAgent { name, known, .. } if known.is_empty() => {
                format!("add it: `portreeve agent add {name}`")
            }
            Self::NoAgent { known, .. } => format!("the agents are `{}`", known.join("`, `")),
            Self::Taken { .. } => {
                "choose another name, or change that agent: `portreeve agent --help`".to_owned()
            }
            Self::Several { .. } => "rename one of them in the text first".to_owned(),
            Self::ModelOnly { name, .. } => {
                format!("give it a list first: `portreeve agent access {name} list`")
            }
            Self::Grants { .. } => "add `--drop` to delete them as well".to_owned(),
            Self::StillAllowed {
                name, target, by, ..
            } => {
                let whole = match by.starts_with('@') {
                    true => "take the host out of the set".to_owned(),
                    false => format!("`portreeve agent revoke {name} {by}`"),
                };
                match target.starts_with('@') {
                    true => whole,
                    false => format!("`portreeve agent deny {name} {target}`, or {whole}"),
                }
            }
            Self::StillDenied { by, .. } => {
                format!("take `{by}` back too, or leave both: a `deny` beats every `allow`")
            }
            Self::PartOfLan { name, by, .. } => format!(
                "`portreeve agent lan {name} {by} --revoke`, then grant again what it is to keep"
            ),
            Self::Over { .. } => "give a later day, or none".to_owned(),
            Self::Named { .. } => "add `--cascade` to take it out there as well".to_owned(),
            Self::SelfEdge => "name two agents".to_owned(),
            Self::Unreadable { .. } => "mend them first: `portreeve check`".to_owned(),
        }
    }

    /// Whether the command line itself asks for what cannot be.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NoAgent { .. } | Self::Over { .. } | Self::SelfEdge
        )
    }
}
