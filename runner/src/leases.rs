//! Which address a new container gets.
//!
//! Between the moment an address is chosen and the moment Docker has attached the container,
//! nobody else may choose it: `leases.json` remembers each choice, as long as the process that
//! starts the container lives, or for two minutes where we do not know that process. An address
//! is always one of the agent's own block; when none is free the answer is an error, because any
//! other address would be another identity.

mod holder;
mod in_use;

pub use self::in_use::in_use;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use policy_render::deployment::AgentPlan;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::holder::Holder;
use crate::docker::{Docker, DockerError};
use crate::exit::Exit;
use crate::files::{self, FileError};
use crate::state::{Lock, State};

/// The format of the file.
pub const VERSION: u32 = 1;

/// How long a choice for an unknown process is remembered, in seconds. Docker attaches a
/// container within a few.
const LEASE_SECONDS: u64 = 120;

/// How long a choice counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// As long as this process, which becomes the one that starts the container.
    WhileThisProcessLives,
    /// For two minutes: somebody else starts the container.
    TwoMinutes,
}

/// Who holds an address, by address.
pub type InUse = BTreeMap<Ipv4Addr, String>;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LeaseFile {
    version: u32,
    leases: Leases,
}

type Leases = BTreeMap<Ipv4Addr, Lease>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lease {
    /// When the address was given out, in seconds since 1970.
    since: i64,
    /// The process it was given out to.
    holder: Option<Holder>,
}

impl Lease {
    /// Whether it still counts.
    fn holds(&self, now: i64) -> bool {
        match self.holder.as_ref().and_then(Holder::is_alive) {
            Some(alive) => alive,
            // A clock that was set back must not keep an address for hours, so a choice from the
            // far future has run out too.
            None => self.since.abs_diff(now) < LEASE_SECONDS,
        }
    }
}

/// Why there is no address.
#[derive(Debug, Error)]
pub enum LeaseError {
    /// Every address of the block is taken.
    #[error("agent `{agent}` has no address left for one more container{holders}")]
    Exhausted {
        /// The agent.
        agent: String,
        /// One indented line for each address.
        holders: String,
    },
    /// The agent's network is not there.
    #[error("the network `{network}` of agent `{agent}` is not there")]
    NoNetwork {
        /// The agent.
        agent: String,
        /// Its network.
        network: String,
    },
    /// The file is not what we write.
    #[error("the leases `{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reader's reason.
        source: serde_json::Error,
    },
    /// The file is another version's.
    #[error("the leases `{}` have format {found}, and this program knows {VERSION}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// The file system.
    #[error(transparent)]
    File(#[from] FileError),
    /// The engine.
    #[error(transparent)]
    Docker(#[from] DockerError),
}

impl LeaseError {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::Exhausted { .. } => {
                "remove containers that are done with, wait two minutes for those of `portreeve \
                 args`, or raise `sessions` in the policy and run \
                 `portreeve up FILE`"
                    .to_owned()
            }
            Self::NoNetwork { .. } => "run `portreeve up FILE`".to_owned(),
            Self::Unreadable { path, .. } | Self::Version { path, .. } => format!(
                "wait two minutes without starting containers, then remove `{}`",
                path.display()
            ),
            Self::File(error) => error.remedy(),
            Self::Docker(error) => error.remedy(),
        }
    }

    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Exhausted { .. } => Exit::Findings,
            _ => Exit::Unreachable,
        }
    }
}

/// Chooses the lowest free address for one more container of `agent` on `network`, and remembers the choice.
/// The lock is the proof that nobody else is choosing.
pub fn lease(
    _lock: &Lock,
    state: &State,
    docker: &dyn Docker,
    network: &str,
    agent: &AgentPlan,
    keep: Keep,
) -> Result<Ipv4Addr, LeaseError> {
    let held = in_use(docker, state.instance(), network, agent)?;
    let path = state.leases();
    let now = jiff::Timestamp::now().as_second();
    let mut leases = read(&path)?;
    leases.retain(|_, lease| lease.holds(now));
    let address = choose(agent, &held, &leases).ok_or_else(|| LeaseError::Exhausted {
        agent: agent.name.clone(),
        holders: holders(agent, &held, &leases),
    })?;
    let holder = match keep {
        Keep::WhileThisProcessLives => Holder::current(),
        Keep::TwoMinutes => None,
    };
    leases.insert(address, Lease { since: now, holder });
    save(&path, leases)?;
    Ok(address)
}

fn addresses(agent: &AgentPlan) -> impl Iterator<Item = Ipv4Addr> {
    (agent.first_address.to_bits()..=agent.last_address.to_bits()).map(Ipv4Addr::from_bits)
}

fn choose(agent: &AgentPlan, held: &InUse, leases: &Leases) -> Option<Ipv4Addr> {
    addresses(agent).find(|address| !held.contains_key(address) && !leases.contains_key(address))
}

fn holders(agent: &AgentPlan, held: &InUse, leases: &Leases) -> String {
    let mut lines = String::new();
    for address in addresses(agent) {
        let holder = match held.get(&address) {
            Some(holder) => holder.as_str(),
            None if leases.contains_key(&address) => "given out to a container that is starting",
            None => continue,
        };
        // Writing to a string cannot fail.
        let _ = write!(lines, "\n  {address}  {holder}");
    }
    lines
}

fn read(path: &Path) -> Result<Leases, LeaseError> {
    let Some(bytes) = files::read_if_there(path)? else {
        return Ok(Leases::new());
    };
    let file: LeaseFile =
        serde_json::from_slice(&bytes).map_err(|source| LeaseError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
    if file.version != VERSION {
        return Err(LeaseError::Version {
            path: path.to_owned(),
            found: file.version,
        });
    }
    Ok(file.leases)
}

fn save(path: &Path, leases: Leases) -> Result<(), LeaseError> {
    let version = VERSION;
    let file = LeaseFile { version, leases };
    let text = serde_json::to_string_pretty(&file).map_err(|source| LeaseError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    files::write(path, (text + "\n").as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent() -> AgentPlan {
        AgentPlan {
            name: "coder".to_owned(),
            id: "coder".to_owned(),
            network: "coder".to_owned(),
            block: "172.30.0.8/29".parse().unwrap(),
            first_address: Ipv4Addr::new(172, 30, 0, 11),
            last_address: Ipv4Addr::new(172, 30, 0, 14),
            sessions: 4,
            proxy: Ipv4Addr::new(172, 30, 0, 10),
            cdp_port: None,
        }
    }

    fn held(last: &[u8]) -> InUse {
        let address = |n: &u8| (Ipv4Addr::new(172, 30, 0, *n), format!("container c{n}"));
        last.iter().map(address).collect()
    }

    fn since(since: i64) -> Lease {
        let holder = None;
        Lease { since, holder }
    }

    fn leased(last: &[u8]) -> Leases {
        let address = |n: &u8| (Ipv4Addr::new(172, 30, 0, *n), since(0));
        last.iter().map(address).collect()
    }

    #[test]
    fn the_lowest_address_that_is_neither_held_nor_leased_is_chosen() {
        let choice = |h: &[u8], l: &[u8]| choose(&agent(), &held(h), &leased(l));
        let address = |n| Some(Ipv4Addr::new(172, 30, 0, n));
        assert_eq!(choice(&[], &[]), address(11));
        assert_eq!(choice(&[11], &[12]), address(13));
        assert_eq!(choice(&[12], &[]), address(11));
        assert_eq!(choice(&[11, 12, 13], &[14]), None);
    }

    #[test]
    fn a_choice_runs_out_after_two_minutes_and_when_the_clock_was_set_back() {
        assert!(since(1000).holds(1119));
        assert!(!since(1000).holds(1120));
        assert!(since(1000).holds(990));
        assert!(!since(10_000).holds(1000));
    }

    #[test]
    fn a_choice_for_a_process_counts_as_long_as_it_lives() {
        let mut lease = since(0);
        lease.holder = Holder::current();
        assert!(lease.holds(1_000_000));
    }

    #[test]
    fn a_full_block_is_an_error_that_says_who_is_in_it() {
        let (held, leases) = (held(&[11, 12, 13]), leased(&[14]));
        assert_eq!(
            holders(&agent(), &held, &leases),
            "\n  172.30.0.11  container c11\n  172.30.0.12  container c12\n  172.30.0.13  \
             container c13\n  172.30.0.14  given out to a container that is starting"
        );
    }

    #[test]
    fn leases_come_back_as_they_were_and_rubbish_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leases.json");
        assert!(read(&path).unwrap().is_empty());
        save(&path, leased(&[11])).unwrap();
        assert_eq!(read(&path).unwrap(), leased(&[11]));
        files::write(&path, b"{").unwrap();
        assert!(matches!(read(&path), Err(LeaseError::Unreadable { .. })));
    }
}
