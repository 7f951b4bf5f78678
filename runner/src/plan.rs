//! What must be done: pure, from what is wanted and what is there.
//!
//! The plan leaves whoever carries it out no choice. Its order is the transaction: everything
//! that can fail without harm comes first, then the switch, and only when that has succeeded is
//! anything taken away. A plan for what is there already is empty.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use policy_render::deployment::NetworkPlan;
use thiserror::Error;

use crate::action::Action;
use crate::docker::DockerCommand;
use crate::exit::Exit;
use crate::observe::{Container, Network, Observed};
use crate::wanted::Wanted;

/// Why there can be no plan: something stands in the way that is not ours to move.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlanError {
    /// A container of our name without our label.
    #[error("a container called `{name}` is there, and it is not ours")]
    ForeignContainer {
        /// Its name.
        name: String,
    },
    /// A container of our name whose state is kept in another folder.
    #[error(
        "the container `{name}` belongs to an instance of the same name with its state in `{state}`"
    )]
    OtherState {
        /// Its name.
        name: String,
        /// That folder.
        state: String,
    },
    /// A network of our name with other options than ours, in use.
    #[error("the network `{name}` was not made as it must be, and `{user}` is attached to it")]
    NetworkInUse {
        /// Its name.
        name: String,
        /// A container that holds it.
        user: String,
    },
    /// Somebody else's network has addresses of the egress subnet.
    #[error("the subnet {subnet} overlaps {range}, which the Docker network `{network}` has")]
    SubnetTaken {
        /// The policy's subnet.
        subnet: Ipv4Net,
        /// What is taken.
        range: Ipv4Net,
        /// By whom.
        network: String,
    },
}

impl PlanError {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::ForeignContainer { name } => {
                format!("rename or remove `{name}`, or choose another `--instance`")
            }
            Self::OtherState { .. } => {
                "name that folder with `--state`, or choose another `--instance`".to_owned()
            }
            Self::NetworkInUse { user, .. } => {
                format!("stop `{user}` and run the command again; nothing was changed")
            }
            Self::SubnetTaken { .. } => {
                "choose another `subnet` in the policy's `network`, or remove that network \
                 (`portreeve down` removes our own); nothing was changed"
                    .to_owned()
            }
        }
    }

    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        Exit::Unreachable
    }
}

/// The actions that make `observed` what is wanted, in order.
pub fn plan(wanted: &Wanted<'_>, observed: &Observed) -> Result<Vec<Action>, PlanError> {
    let setting = wanted.setting;
    let name = setting.instance.container();
    if let Some(container) = &observed.container {
        container.refuse_foreign(&name)?;
    }
    let networks: BTreeMap<String, &NetworkPlan> = wanted
        .deployment
        .networks
        .iter()
        .map(|plan| (setting.network_name(plan), plan))
        .collect();
    let mut actions = Vec::new();

    if !wanted.ledger_is_current {
        actions.push(Action::SaveLedger);
    }
    let id = wanted.generation.to_owned();
    // What was changed by hand was perhaps started, too: it is written and started anew.
    let spoilt = observed.generations.contains(&id) && !wanted.generation_is_intact;
    if spoilt || !observed.generations.contains(&id) {
        actions.push(Action::WriteGeneration { id: id.clone() });
    } else if !wanted.manifest_is_current {
        actions.push(Action::WriteManifest { id: id.clone() });
    }
    let running = observed
        .container
        .as_ref()
        .and_then(|container| container.generation.as_ref());
    if spoilt || running != Some(&id) {
        let command = setting.check_generation(&id);
        actions.push(Action::CheckGeneration {
            id: id.clone(),
            command,
        });
    }
    remake_networks(wanted, observed, &networks, &mut actions)?;

    let point = (observed.current.as_ref() != Some(&id)).then(|| Action::PointCurrent {
        id: id.clone(),
        before: observed.current.clone(),
    });
    let fits = |container: &&Container| {
        let runs_spoilt = spoilt && container.generation.as_ref() == Some(&id);
        container.digest == setting.container_digest() && !runs_spoilt
    };
    let kept = observed.container.as_ref().filter(fits);
    match kept {
        Some(container) => keep(wanted, container, point, &networks, &mut actions),
        None => {
            if let Some(container) = &observed.container {
                actions.push(Action::SetAside {
                    name: name.clone(),
                    aside: setting.instance.set_aside(),
                    running: container.running,
                });
            }
            actions.extend(point);
            let create = setting.create_container();
            actions.push(Action::CreateContainer {
                name: name.clone(),
                command: create,
            });
            actions.extend(connect(&name, &networks, &BTreeMap::new()));
            actions.push(Action::Start { name: name.clone() });
            actions.push(Action::AwaitHealth { name, id });
        }
    }
    if observed.set_aside || (observed.container.is_some() && kept.is_none()) {
        let aside = setting.instance.set_aside();
        actions.push(Action::RemoveSetAside { aside });
    }
    take_away(wanted, observed, kept, &networks, &mut actions);
    Ok(actions)
}

/// Networks that are missing. Those that stand in their place make room first: one of the same
/// name that was made differently, and one that the policy has no use for any more but whose
/// addresses it gives to another.
fn remake_networks(
    wanted: &Wanted<'_>,
    observed: &Observed,
    networks: &BTreeMap<String, &NetworkPlan>,
    actions: &mut Vec<Action>,
) -> Result<(), PlanError> {
    let setting = wanted.setting;
    let is_current = |name: &String, network: &Network| {
        let plan = networks.get(name);
        plan.is_some_and(|plan| network.digest == setting.network_digest(plan))
    };
    let missing = |name: &&String| {
        !observed
            .networks
            .get(*name)
            .is_some_and(|network| is_current(name, network))
    };
    let made: Vec<&String> = networks.keys().filter(missing).collect();
    let overlaps = |network: &Network| {
        let plans = made.iter().filter_map(|name| networks.get(*name));
        plans.into_iter().any(|plan| {
            network.subnet.is_some_and(|subnet| {
                subnet.contains(&plan.subnet) || plan.subnet.contains(&subnet)
            })
        })
    };
    for (name, network) in &observed.networks {
        // The uplink is no agent's: whether it is in the way is asked before there is a plan.
        let own_uplink = *name == setting.instance.uplink_network();
        let in_place = made.contains(&name) || overlaps(network);
        if own_uplink || is_current(name, network) || !in_place {
            continue;
        }
        if let Some(endpoint) = network.endpoints.values().next() {
            let user = endpoint.container.clone();
            return Err(PlanError::NetworkInUse {
                name: name.clone(),
                user,
            });
        }
        let recreate = recreation(wanted, name);
        remove_network(wanted, observed.container.as_ref(), name, recreate, actions);
    }
    for name in made {
        let Some(plan) = networks.get(name) else {
            continue;
        };
        let command = setting.create_network(plan);
        actions.push(Action::CreateNetwork {
            name: name.clone(),
            command,
        });
    }
    Ok(())
}

/// How a network of the deployment in force was made.
fn recreation(wanted: &Wanted<'_>, name: &str) -> Option<DockerCommand> {
    let mut plans = wanted
        .before
        .into_iter()
        .flat_map(|before| &before.networks);
    let plan = plans.find(|plan| wanted.setting.network_name(plan) == name)?;
    Some(wanted.setting.create_network(plan))
}

/// Takes the proxy off a network, where it is on it, and removes the network.
fn remove_network(
    wanted: &Wanted<'_>,
    container: Option<&Container>,
    name: &str,
    recreate: Option<DockerCommand>,
    actions: &mut Vec<Action>,
) {
    if let Some(address) = container.and_then(|container| container.networks.get(name)) {
        actions.push(Action::Disconnect {
            network: name.to_owned(),
            container: wanted.setting.instance.container(),
            address: *address,
        });
    }
    actions.push(Action::RemoveNetwork {
        name: name.to_owned(),
        recreate,
    });
}

/// The container stays: it is connected, started and switched as needed.
fn keep(
    wanted: &Wanted<'_>,
    container: &Container,
    point: Option<Action>,
    networks: &BTreeMap<String, &NetworkPlan>,
    actions: &mut Vec<Action>,
) {
    let name = wanted.setting.instance.container();
    let id = wanted.generation.to_owned();
    // A network that is made anew has to be connected anew.
    let remade = |network: &String| {
        actions
            .iter()
            .any(|action| matches!(action, Action::CreateNetwork { name, .. } if name == network))
    };
    let attached = container
        .networks
        .iter()
        .filter(|(network, _)| !remade(network));
    let attached = attached
        .map(|(network, address)| (network.clone(), *address))
        .collect();
    actions.extend(connect(&name, networks, &attached));
    if !container.running {
        actions.extend(point);
        actions.push(Action::Start { name: name.clone() });
        actions.push(Action::AwaitHealth { name, id });
    } else if container.generation.as_ref() != Some(&id) {
        let before = container.generation.clone();
        actions.push(Action::Switch {
            name: name.clone(),
            id: id.clone(),
            before,
        });
        actions.extend(point);
        actions.push(Action::AwaitHealth { name, id });
    } else {
        actions.extend(point);
    }
}

/// Puts the proxy on every network at its address.
fn connect(
    container: &str,
    networks: &BTreeMap<String, &NetworkPlan>,
    attached: &BTreeMap<String, Option<Ipv4Addr>>,
) -> Vec<Action> {
    let mut actions = Vec::new();
    for (network, plan) in networks {
        let (network, container) = (network.clone(), container.to_owned());
        match attached.get(&network) {
            Some(Some(address)) if *address == plan.proxy => continue,
            Some(address) => actions.push(Action::Disconnect {
                network: network.clone(),
                container: container.clone(),
                address: *address,
            }),
            None => {}
        }
        actions.push(Action::Connect {
            network,
            container,
            address: plan.proxy,
        });
    }
    actions
}

/// What the new policy has no use for. A network on which a container still runs is left to it,
/// without the proxy; it goes with a later command.
fn take_away(
    wanted: &Wanted<'_>,
    observed: &Observed,
    kept: Option<&Container>,
    networks: &BTreeMap<String, &NetworkPlan>,
    actions: &mut Vec<Action>,
) {
    let setting = wanted.setting;
    let container = setting.instance.container();
    let gone: BTreeSet<String> = actions
        .iter()
        .filter_map(|action| match action {
            Action::RemoveNetwork { name, .. } => Some(name.clone()),
            _ => None,
        })
        .collect();
    for (name, network) in &observed.networks {
        let own_uplink = *name == setting.instance.uplink_network();
        if networks.contains_key(name) || gone.contains(name) || own_uplink {
            continue;
        }
        if network.endpoints.is_empty() {
            remove_network(wanted, kept, name, recreation(wanted, name), actions);
        } else if let Some(address) = kept.and_then(|container| container.networks.get(name)) {
            let (network, container) = (name.clone(), container.clone());
            actions.push(Action::Disconnect {
                network,
                container,
                address: *address,
            });
        }
    }
    // Last of what agents notice: nothing is cut for a change that is taken back.
    let switches = |action: &Action| matches!(action, Action::Switch { .. });
    if kept.is_some() && (wanted.has_revoked || actions.iter().any(switches)) {
        actions.push(Action::Cut {
            id: wanted.generation.to_owned(),
            cut: setting.cut(),
        });
    }
    let unused: Vec<String> = observed
        .generations
        .iter()
        .filter(|id| *id != wanted.generation && Some(*id) != observed.current.as_ref())
        .cloned()
        .collect();
    if !actions.is_empty() && !unused.is_empty() {
        actions.push(Action::RemoveGenerations { ids: unused });
    }
}
