//! What can stop the demo, besides Docker and the file system.

use std::path::PathBuf;

use ipnet::Ipv4Net;
use thiserror::Error;

use crate::exit::Exit;

/// Why the demo could not come to a result.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DemoError {
    /// The bed's addresses, which the policy names, are somebody else's.
    #[error("the demo needs {wanted}, and the Docker network `{network}` has {range}")]
    SubnetTaken {
        /// What the demo needs.
        wanted: Ipv4Net,
        /// What is taken.
        range: Ipv4Net,
        /// By whom.
        network: String,
    },
    /// Something of the instance's name is there that no demo has made.
    #[error("an instance called `{instance}` is on this engine, and it is not the demo's")]
    ForeignInstance {
        /// Its name.
        instance: String,
    },
    /// The folder for the demo's state holds something else.
    #[error("`{}` is not empty, and no demo has written it", path.display())]
    ForeignFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A server of the bed is not there, so its silence towards an agent would mean nothing.
    #[error("the bed's `{what}` does not answer its own neighbours: {tried} failed")]
    Closed {
        /// Which.
        what: String,
        /// What was tried.
        tried: String,
    },
    /// The prober did not answer as it should.
    #[error("the prober in `{agent}` printed `{line}`")]
    Prober {
        /// Where it ran.
        agent: String,
        /// The line that means nothing.
        line: String,
    },
    /// The text of `--break` is nowhere in the policy.
    #[error("no line of the demo's policy holds `{text}`")]
    NothingToBreak {
        /// The text.
        text: String,
    },
    /// The demo's own policy does not compile, or not any more.
    #[error("the demo's policy has errors:\n{report}")]
    Policy {
        /// The findings.
        report: String,
    },
    /// A signal.
    #[error("interrupted")]
    Interrupted,
}

impl DemoError {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::SubnetTaken { network, .. } => {
                format!("remove that network, `docker network rm {network}`, or use another engine")
            }
            Self::ForeignInstance { .. } => {
                "choose another name for the demo's: `portreeve --instance NAME demo`".to_owned()
            }
            Self::ForeignFolder { .. } => {
                "empty it, or choose another place: `portreeve --state DIR demo` uses `DIR-demo`"
                    .to_owned()
            }
            Self::Closed { .. } => {
                "run `portreeve demo` again on a less busy engine; `docker info` shows its state"
                    .to_owned()
            }
            Self::Prober { .. } => "report it as a bug of portreeve".to_owned(),
            Self::NothingToBreak { .. } | Self::Policy { .. } => {
                "leave `--break` out, or give it a part of one line".to_owned()
            }
            Self::Interrupted => "what the demo had made was removed".to_owned(),
        }
    }

    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::NothingToBreak { .. } | Self::Policy { .. } => Exit::Usage,
            Self::Prober { .. } => Exit::Bug,
            Self::SubnetTaken { .. }
            | Self::ForeignInstance { .. }
            | Self::ForeignFolder { .. }
            | Self::Closed { .. }
            | Self::Interrupted => Exit::Unreachable,
        }
    }
}
