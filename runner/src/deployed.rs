//! The deployment in force: what the last `up` has put into the state folder.

use std::path::{Path, PathBuf};

use policy_render::deployment::{AgentPlan, Deployment, VERSION};
use policy_render::file_set::DEPLOYMENT;
use serde::Deserialize;
use thiserror::Error;

use crate::exit::Exit;
use crate::files::{self, FileError};
use crate::state::State;

/// Just the version, which every format has.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Why there is no deployment to go by.
#[derive(Debug, Error)]
pub enum DeployedError {
    /// Nothing has been put in force yet.
    #[error("no policy is in force for instance `{instance}`: `{}` is not there", path.display())]
    Nothing {
        /// The instance.
        instance: String,
        /// Where the deployment would be.
        path: PathBuf,
    },
    /// The file is not what `up` writes.
    #[error("the deployment `{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reader's reason.
        source: serde_json::Error,
    },
    /// The file is another version's.
    #[error("the deployment `{}` has format {found}, and this program knows {VERSION}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// The policy in force has no such agent.
    #[error("the policy in force has no agent `{name}`; it has {}", among(known))]
    NoAgent {
        /// The name that was asked for.
        name: String,
        /// The agents it has.
        known: Vec<String>,
    },
    /// The file system.
    #[error(transparent)]
    File(#[from] FileError),
}

impl DeployedError {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::Nothing { .. } => "run `portreeve up FILE` first; with several instances name \
                 the right one with `--state` or `--instance`"
                .to_owned(),
            Self::Unreadable { .. } | Self::Version { .. } => {
                "run `portreeve up FILE` with this version".to_owned()
            }
            Self::NoAgent { .. } => {
                "add the agent to the policy and run `portreeve up FILE`, or correct the name"
                    .to_owned()
            }
            Self::File(error) => error.remedy(),
        }
    }

    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoAgent { .. } => Exit::Usage,
            _ => Exit::Unreachable,
        }
    }
}

fn among(known: &[String]) -> String {
    match known {
        [] => "none".to_owned(),
        names => format!("`{}`", names.join("`, `")),
    }
}

/// The deployment in force; nothing before the first `up`.
pub fn current(state: &State) -> Result<Option<Deployment>, DeployedError> {
    let path = state.current().join(DEPLOYMENT);
    match files::read_if_there(&path)? {
        Some(bytes) => parse(&path, &bytes).map(Some),
        None => Ok(None),
    }
}

/// The deployment in force, which must be there.
pub fn required(state: &State) -> Result<Deployment, DeployedError> {
    current(state)?.ok_or_else(|| DeployedError::Nothing {
        instance: state.instance().to_string(),
        path: state.current().join(DEPLOYMENT),
    })
}

/// One agent of a deployment.
pub fn agent<'a>(deployment: &'a Deployment, name: &str) -> Result<&'a AgentPlan, DeployedError> {
    deployment
        .agent(name)
        .ok_or_else(|| DeployedError::NoAgent {
            name: name.to_owned(),
            known: deployment.agents.iter().map(|a| a.name.clone()).collect(),
        })
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Deployment, DeployedError> {
    let unreadable = |source| DeployedError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let Versioned { version } = serde_json::from_slice(bytes).map_err(unreadable)?;
    if version != VERSION {
        return Err(DeployedError::Version {
            path: path.to_owned(),
            found: version,
        });
    }
    serde_json::from_slice(bytes).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_the_first_up_the_error_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::locate(Some(folder.path()), Some("t")).unwrap();
        assert_eq!(current(&state).unwrap(), None);
        let error = required(&state).unwrap_err();
        assert!(error.to_string().contains("deployment.json"), "{error}");
        assert!(error.remedy().contains("portreeve up FILE"));
    }

    #[test]
    fn an_agent_that_is_not_there_is_an_error_that_lists_the_others() {
        let path = Path::new("deployment.json");
        let text = r#"{"version":1,"subnet":"172.30.0.0/20","proxy_port":3128,"networks":[],
            "agents":[{"name":"Coder","id":"c","network":"coder","block":"172.30.0.8/29",
            "first_address":"172.30.0.11","last_address":"172.30.0.14","sessions":4,
            "proxy":"172.30.0.10","cdp_port":null}]}"#;
        let deployment = parse(path, text.as_bytes()).unwrap();
        assert_eq!(agent(&deployment, "coder").unwrap().name, "Coder");
        let error = agent(&deployment, "codr").unwrap_err().to_string();
        assert!(error.contains("it has `Coder`"), "{error}");
        let newer = text.replace("\"version\":1", "\"version\":2");
        let error = parse(path, newer.as_bytes()).unwrap_err();
        assert!(matches!(error, DeployedError::Version { found: 2, .. }));
    }
}
