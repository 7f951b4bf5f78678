//! How an agent reaches a destination, in one word.

use policy_core::decide::{BuiltIn, Cause, Decision};
use policy_core::ir::Route;
use policy_core::reach::Answer;

use crate::style::{DIM, GREEN, RED, YELLOW};

/// The word of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    /// A statement allows it.
    Gateway,
    /// `access full` opens it, under the condition of its guard.
    Full,
    /// No statement names it.
    Implied,
    /// Only `mode report` lets it pass.
    Report,
    /// A `lan` grants it.
    Direct,
    /// A `cdp` grants it.
    Forward,
}

impl Cell {
    /// Of an answer; nothing where it is no.
    pub(super) fn of(answer: &Answer<'_>) -> Option<Self> {
        let Decision::Allow(route) = answer.decision else {
            return None;
        };
        Some(Self::new(route, answer.cause, answer.is_guarded))
    }

    /// Of a way that is open for a reason.
    pub(super) fn new(route: Route, cause: Cause<'_>, is_guarded: bool) -> Self {
        match (route, cause) {
            (Route::Direct, _) => Self::Direct,
            (Route::Forward, _) => Self::Forward,
            (Route::Gateway, Cause::BuiltIn(BuiltIn::Report)) => Self::Report,
            (Route::Gateway, Cause::BuiltIn(_)) => Self::Implied,
            (Route::Gateway, Cause::Statement(_)) if is_guarded => Self::Full,
            (Route::Gateway, Cause::Statement(_)) => Self::Gateway,
        }
    }

    /// The word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Full => "full",
            Self::Implied => "implied",
            Self::Report => "report",
            Self::Direct => "direct",
            Self::Forward => "forward",
        }
    }

    /// What it says, for the foot of the matrix.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Gateway => "through the gateway",
            Self::Full => "through the gateway, only while the name resolves to public addresses",
            Self::Implied => "through the gateway: a host of the model provider, named nowhere",
            Self::Report => "through the gateway by `mode report` alone; enforce would refuse it",
            Self::Direct => "straight from the proxy, past the gateway",
            Self::Forward => "a browser on the Docker host, and wherever that goes",
        }
    }

    pub(super) fn colour(self) -> &'static str {
        match self {
            Self::Gateway | Self::Full => GREEN,
            Self::Implied => DIM,
            Self::Report | Self::Direct => YELLOW,
            Self::Forward => RED,
        }
    }
}
