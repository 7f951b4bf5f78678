//! Who is on our networks without being put there by us.
//!
//! An address is an identity, so a container that holds one without our label, or with the label of
//! another agent, is asked for as the agent whose address it is. Nothing of ours started it; it is
//! named and left alone.

use std::fmt;
use std::net::Ipv4Addr;

use policy_render::deployment::Deployment;

use super::{Endpoint, Observed};

/// A container on one of our networks that does not belong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// Its name.
    pub container: String,
    /// Where it is.
    pub address: Ipv4Addr,
    /// Why it does not belong there.
    pub why: Why,
}

/// Why a container does not belong where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It does not carry our label.
    NoLabel,
    /// It carries the label of another agent than the one whose address it holds.
    Label {
        /// What it carries.
        label: String,
        /// Whose address it is.
        owner: String,
    },
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            container, address, ..
        } = self;
        match &self.why {
            Why::NoLabel => write!(f, "`{container}` holds {address} without our label"),
            Why::Label { label, owner } => write!(
                f,
                "`{container}` is labelled `{label}` and holds {address}, an address of `{owner}`"
            ),
        }
    }
}

impl Stranger {
    /// What to do.
    pub fn remedy(&self) -> String {
        let container = &self.container;
        format!(
            "remove `{container}`, and start it with `portreeve wrap` if an agent is to have it"
        )
    }
}

/// Everybody who does not belong where the deployment puts others.
pub fn strangers(observed: &Observed, deployment: &Deployment) -> Vec<Stranger> {
    let networks = observed.networks.values();
    let endpoints = networks.flat_map(|network| &network.endpoints);
    endpoints
        .filter_map(|(address, endpoint)| {
            Some(Stranger {
                container: endpoint.container.clone(),
                address: *address,
                why: why(*address, endpoint, deployment)?,
            })
        })
        .collect()
}

fn why(address: Ipv4Addr, endpoint: &Endpoint, deployment: &Deployment) -> Option<Why> {
    let Some(label) = &endpoint.agent else {
        return Some(Why::NoLabel);
    };
    let mut agents = deployment.agents.iter();
    let owner = agents.find(|agent| agent.block.contains(&address))?;
    (!label.eq_ignore_ascii_case(&owner.name)).then(|| Why::Label {
        label: label.clone(),
        owner: owner.name.clone(),
    })
}
