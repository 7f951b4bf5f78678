//! Whether the installation keeps its promises, tried for real and not read off its settings.
//!
//! What is tried is harmless: a refused request, questions for names that cannot exist, and
//! connections to the host, to the proxy's other addresses and to the gateway, none of which an
//! agent may get. A connection is *refused* by something that is there, so towards what must be
//! out of reach only silence is right.

mod engine;
mod host;
mod inside;

use serde::Serialize;

use crate::error::Error;
use crate::observe::{Observed, Owner, observe};
use crate::up::Installation;

pub use self::engine::Ability;

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What should be true, as a stable kebab-case name.
    pub name: &'static str,
    /// The agent from whose network it was tried.
    pub agent: Option<String>,
    /// Whether it is.
    pub ok: bool,
    /// What was found.
    pub found: String,
    /// What to do, where it is not.
    pub remedy: Option<String>,
}

impl Check {
    fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            agent: None,
            ok: true,
            found: found.into(),
            remedy: None,
        }
    }

    fn bad(name: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            ok: false,
            remedy: Some(remedy.into()),
            ..Self::good(name, found)
        }
    }

    fn is(name: &'static str, ok: bool, found: impl Into<String>, remedy: &str) -> Self {
        if ok {
            Self::good(name, found)
        } else {
            Self::bad(name, found, remedy)
        }
    }

    #[must_use]
    fn of(self, agent: &str) -> Self {
        Self {
            agent: Some(agent.to_owned()),
            ..self
        }
    }
}

/// Tries everything, for these agents or for all. The error is that nothing can be tried at all.
pub fn examine(installation: &Installation<'_>, agents: &[String]) -> Result<Vec<Check>, Error> {
    let mut checks = engine::examine(installation)?;
    let observed = observe(installation.docker, installation.state)?;
    let runs = is_running(&observed);
    let up = "run `portreeve up FILE`; `docker logs` of the container says why it ended";
    checks.push(match (runs, &observed.current) {
        (true, Some(id)) => Check::good("proxy-runs", format!("generation {id}")),
        (true, None) => Check::bad("proxy-runs", "no policy was put in force", up),
        (false, _) => Check::bad("proxy-runs", "the proxy's container does not run", up),
    });
    checks.extend(host::disk(installation.state.root()));
    if runs {
        checks.extend(host::examine(installation)?);
        checks.extend(inside::examine(installation, agents)?);
    }
    Ok(checks)
}

fn is_running(observed: &Observed) -> bool {
    let container = observed.container.as_ref();
    container.is_some_and(|container| container.owner == Owner::Us && container.running)
}
