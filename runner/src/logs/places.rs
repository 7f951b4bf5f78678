//! Where the statements stand that log lines name by their keys.
//!
//! A line may be older than the policy in force, so a key that the manifest in force does not have
//! is looked for in the generations that are still there, and then in the policies of those that
//! are gone.

use std::collections::BTreeMap;
use std::net::IpAddr;

use policy_core::ir::Origin;
use policy_render::deployment::Deployment;
use policy_render::file_set::{DEPLOYMENT, MANIFEST};
use policy_render::manifest::Manifest;
use serde::Serialize;

use crate::compile::Read;
use crate::error::Error;
use crate::files;
use crate::in_force;
use crate::state::State;

/// A statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Its file.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
    /// Its column, from 1.
    pub column: u32,
    /// The reason it gives.
    pub because: Option<String>,
}

/// What has been found so far.
pub struct Places<'a> {
    state: &'a State,
    /// By the names of agents and the keys of their statements.
    known: BTreeMap<(String, String), Option<Place>>,
    deployments: Vec<Deployment>,
}

impl<'a> Places<'a> {
    /// Those of the generations that are there; the one in force counts first.
    pub fn new(state: &'a State) -> Result<Self, Error> {
        let mut places = Self {
            state,
            known: BTreeMap::new(),
            deployments: Vec::new(),
        };
        places.read_generations()?;
        Ok(places)
    }

    /// Where the statement of an agent with this key stands. A built-in rule has no key and no place.
    pub fn of(&mut self, agent: &str, key: &str) -> Result<Option<Place>, Error> {
        let is_key = key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_key {
            return Ok(None);
        }
        let both = (agent.to_owned(), key.to_owned());
        if !self.known.contains_key(&both) {
            // `up` may have put another policy in force since.
            self.read_generations()?;
        }
        if !self.known.contains_key(&both) {
            self.read_policies()?;
        }
        Ok(self.known.entry(both).or_default().clone())
    }

    /// Whose address it is, by the newest deployment that knows it.
    pub fn agent_at(&self, address: IpAddr) -> Option<&str> {
        let IpAddr::V4(address) = address else {
            return None;
        };
        let agents = self
            .deployments
            .iter()
            .flat_map(|deployment| &deployment.agents);
        let mut owners = agents.filter(|agent| agent.block.contains(&address));
        owners.next().map(|agent| agent.name.as_str())
    }

    fn read_generations(&mut self) -> Result<(), Error> {
        let mut ids: Vec<String> = self.state.current_generation()?.into_iter().collect();
        ids.extend(files::list(&self.state.generations())?);
        self.deployments.clear();
        for id in ids {
            let folder = self.state.generation(&id);
            // Whatever cannot be read only says less.
            let manifest = files::read_if_there(&folder.join(MANIFEST))?;
            let manifest =
                manifest.and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).ok());
            let agents = manifest
                .into_iter()
                .flat_map(|manifest| manifest.statements);
            let statements = agents.flat_map(|(agent, statements)| {
                statements
                    .into_iter()
                    .map(move |(key, found)| ((agent.clone(), key), found))
            });
            for (both, found) in statements {
                let place = Place {
                    file: found.file,
                    line: found.line,
                    column: found.column,
                    because: found.because,
                };
                let known = self.known.entry(both).or_default();
                known.get_or_insert(place);
            }
            let deployment = files::read_if_there(&folder.join(DEPLOYMENT))?;
            self.deployments
                .extend(deployment.and_then(|bytes| serde_json::from_slice(&bytes).ok()));
        }
        Ok(())
    }

    fn read_policies(&mut self) -> Result<(), Error> {
        for name in files::list(&self.state.policies())? {
            let Some(Read { sources, policy }) = name
                .strip_suffix(".json")
                .and_then(|id| in_force::kept(self.state, id).ok()?)
            else {
                continue;
            };
            for agent in &policy.agents {
                let hosts = agent
                    .denies
                    .iter()
                    .chain(&agent.allows)
                    .map(|rule| &rule.origin);
                let rest = agent
                    .lan
                    .iter()
                    .map(|rule| &rule.origin)
                    .chain(agent.cdp.iter().map(|cdp| &cdp.origin));
                for origin in hosts.chain(rest).chain([&agent.access_origin]) {
                    let Origin { key, span, because } = origin;
                    let (file, place) = sources.locate(*span);
                    let both = (agent.name.to_string(), key.to_string());
                    let known = self.known.entry(both).or_default();
                    known.get_or_insert(Place {
                        file: file.to_owned(),
                        line: place.line,
                        column: place.column,
                        because: because.as_ref().map(ToString::to_string),
                    });
                }
            }
        }
        Ok(())
    }
}
