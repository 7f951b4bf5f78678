//! Everything that can stop a command: each error says what was wrong and where, its remedy what
//! to do.
//!
//! Each module has its own errors; this one only joins them. Findings in a policy are no errors:
//! they are what `check` is for.

use std::path::{Path, PathBuf};

use nanoclaw::error::DatabaseError;
use policy_core::ir::Policy;
use policy_core::name::{Name, nearest};
use policy_render::RenderError;
use thiserror::Error;

use crate::apply::ApplyError;
use crate::demo::error::DemoError;
use crate::deployed::DeployedError;
use crate::docker::DockerError;
use crate::edit::EditError;
use crate::exit::Exit;
use crate::facts_file::FactsError;
use crate::files::FileError;
use crate::leases::LeaseError;
use crate::ledger::LedgerError;
use crate::open_request::UnreadableRequest;
use crate::plan::PlanError;
use crate::proxy_env::ProxyError;
use crate::state::StateError;
use crate::wrap::WrapError;

/// Why a command could not do its work.
#[derive(Debug, Error)]
pub enum Error {
    /// A Docker command.
    #[error(transparent)]
    Docker(#[from] DockerError),
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The state folder.
    #[error(transparent)]
    State(#[from] StateError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What stands in the way of a plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A plan that was not carried out.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// What the proxy says of its open connections.
    #[error(transparent)]
    Open(#[from] UnreadableRequest),
    /// `ss` has ended connections, and they are there.
    #[error("connections that the policy forbids are still open after `ss --kill`")]
    NotCut,
    /// The demo.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// The network of `--uplink` is not there.
    #[error("there is no Docker network `{name}` to use as the uplink")]
    NoUplink {
        /// Its name.
        name: String,
    },
    /// The engine has no address for its host.
    #[error("the engine does not say how a container reaches its host")]
    NoHostAddress,
    /// What had to go is there all the same.
    #[error("the container `{name}` was removed and is there again")]
    StillThere {
        /// Its name.
        name: String,
    },
    /// A policy without the agent that was asked for.
    #[error("`{}` has no agent `{name}`", file.display())]
    NoAgent {
        /// The policy.
        file: PathBuf,
        /// The name that was asked for.
        name: String,
        /// The one that was probably meant.
        meant: Option<String>,
        /// The agents it has.
        known: Vec<String>,
    },
    /// The file of `--facts`.
    #[error(transparent)]
    Facts(#[from] FactsError),
    /// The deployment in force.
    #[error(transparent)]
    Deployed(#[from] DeployedError),
    /// The choice of an address.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// A proxy variable, or credentials for one.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// A command line given to `wrap`.
    #[error(transparent)]
    Wrap(#[from] WrapError),
    /// NanoClaw's database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// An edit that is not made.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// A policy without errors that has no files, or whose files are not what it says.
    #[error("this is a bug of portreeve, and nothing was written: {0}")]
    Render(#[from] RenderError),
    /// A result that JSON cannot hold.
    #[error("this is a bug of portreeve: the result cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl Error {
    /// That the policy in `file` has no agent of that name.
    pub fn no_agent(policy: &Policy, file: &Path, name: &str) -> Self {
        let names = policy.agents.iter().map(|agent| &agent.name);
        let asked = name.parse::<Name>().ok();
        let meant = asked.and_then(|asked| nearest(&asked, names.clone()));
        Self::NoAgent {
            file: file.to_owned(),
            name: name.to_owned(),
            meant: meant.map(Name::to_string),
            known: names.map(Name::to_string).collect(),
        }
    }

    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::Docker(error) => error.remedy(),
            Self::File(error) => error.remedy(),
            Self::State(error) => error.remedy(),
            Self::Ledger(error) => error.remedy(),
            Self::Plan(error) => error.remedy(),
            Self::Apply(error) => error.remedy(),
            Self::Open(error) => error.remedy(),
            Self::NotCut => "see what holds them: `docker exec` into the proxy's container, \
                 `portreeve-ctl requests`; restarting that container ends all connections"
                .to_owned(),
            Self::Demo(error) => error.remedy(),
            Self::NoUplink { name } => {
                format!("create it, `docker network create {name}`, or leave `--uplink` out")
            }
            Self::NoHostAddress => "give it as `host_address` in the file of `--facts`; \
                 `host-gateway` needs Docker 20.10 or later"
                .to_owned(),
            Self::StillThere { name } => {
                format!("find out who makes it, then `docker rm --force {name}`")
            }
            Self::NoAgent { meant, known, .. } => match (meant, known.as_slice()) {
                (Some(meant), _) => format!("did you mean `{meant}`?"),
                (None, []) => "add it: `agent NAME { }`".to_owned(),
                (None, known) => format!("its agents are `{}`", known.join("`, `")),
            },
            Self::Facts(error) => error.remedy(),
            Self::Deployed(error) => error.remedy(),
            Self::Lease(error) => error.remedy(),
            Self::Proxy(error) => error.remedy(),
            Self::Wrap(error) => error.remedy(),
            Self::Database(error) => error.remedy(),
            Self::Edit(error) => error.remedy(),
            Self::Render(_) | Self::Json(_) => "report it, with the policy and the facts; the \
                 files that were in force before still are"
                .to_owned(),
        }
    }

    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Docker(error) => error.exit(),
            Self::File(_) => Exit::Unreachable,
            Self::State(error) => error.exit(),
            Self::Ledger(error) => error.exit(),
            Self::Plan(error) => error.exit(),
            Self::Apply(error) => error.exit(),
            Self::Open(error) => error.exit(),
            Self::NotCut => Exit::Unreachable,
            Self::Demo(error) => error.exit(),
            Self::NoUplink { .. } | Self::NoHostAddress | Self::StillThere { .. } => {
                Exit::Unreachable
            }
            Self::NoAgent { .. } => Exit::Usage,
            Self::Facts(error) => error.exit(),
            Self::Deployed(error) => error.exit(),
            Self::Lease(error) => error.exit(),
            Self::Proxy(error) => error.exit(),
            Self::Wrap(error) => error.exit(),
            Self::Database(error) if error.is_bug() => Exit::Bug,
            Self::Database(DatabaseError::Conflict { .. }) => Exit::Findings,
            Self::Database(_) => Exit::Unreachable,
            Self::Edit(error) => error.exit(),
            Self::Render(_) | Self::Json(_) => Exit::Bug,
        }
    }
}
