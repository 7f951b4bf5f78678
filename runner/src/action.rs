//! One step of a plan, as a value: shown, carried out and undone alike.

use std::fmt;
use std::net::Ipv4Addr;

use crate::docker::DockerCommand;
use crate::wanted::Cut;

/// A step that changes something, or makes sure of something before a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Who owns which address is written down before an address is used.
    SaveLedger,
    /// The rendered files go beside those in force.
    WriteGeneration {
        /// Their id.
        id: String,
    },
    /// Statements have moved, and nothing else has changed.
    WriteManifest {
        /// The generation's id.
        id: String,
    },
    /// The generation is tried in a throw-away container of the very image.
    CheckGeneration {
        /// Its id.
        id: String,
        /// How.
        command: DockerCommand,
    },
    /// A network is made.
    CreateNetwork {
        /// Its name.
        name: String,
        /// How.
        command: DockerCommand,
    },
    /// A network is removed.
    RemoveNetwork {
        /// Its name.
        name: String,
        /// How it is made again, should a later step fail.
        recreate: Option<DockerCommand>,
    },
    /// A container is put on a network.
    Connect {
        /// The network.
        network: String,
        /// The container.
        container: String,
        /// Its address there.
        address: Ipv4Addr,
    },
    /// A container is taken off a network.
    Disconnect {
        /// The network.
        network: String,
        /// The container.
        container: String,
        /// The address it had there.
        address: Option<Ipv4Addr>,
    },
    /// A container that was made differently makes room.
    SetAside {
        /// The name it gives up.
        name: String,
        /// The name it has until it is removed.
        aside: String,
        /// Whether it runs.
        running: bool,
    },
    /// The container that made room is removed.
    RemoveSetAside {
        /// The name it has.
        aside: String,
    },
    /// A container is made.
    CreateContainer {
        /// Its name.
        name: String,
        /// How.
        command: DockerCommand,
    },
    /// A container is started.
    Start {
        /// Its name.
        name: String,
    },
    /// The link that a starting container reads is moved.
    PointCurrent {
        /// To this generation.
        id: String,
        /// From this one.
        before: Option<String>,
    },
    /// The running container goes over to another generation.
    Switch {
        /// The container.
        name: String,
        /// To this generation.
        id: String,
        /// From this one.
        before: Option<String>,
    },
    /// The proxy and the resolver answer, and run the generation.
    AwaitHealth {
        /// The container.
        name: String,
        /// The generation.
        id: String,
    },
    /// Open connections of earlier generations that the policy forbids are ended.
    Cut {
        /// The policy's generation.
        id: String,
        /// How they are found and ended.
        cut: Cut,
    },
    /// Files of generations that are of no more use are removed.
    RemoveGenerations {
        /// Their ids.
        ids: Vec<String>,
    },
}

impl Action {
    /// The Docker commands of the step, in order; none for a step on files.
    pub fn commands(&self) -> Vec<DockerCommand> {
        let one = |args: &[&str]| vec![DockerCommand::new(args.iter().copied())];
        match self {
            Self::SaveLedger
            | Self::WriteGeneration { .. }
            | Self::WriteManifest { .. }
            | Self::PointCurrent { .. }
            | Self::RemoveGenerations { .. } => Vec::new(),
            Self::CheckGeneration { command, .. }
            | Self::CreateNetwork { command, .. }
            | Self::CreateContainer { command, .. } => vec![command.clone()],
            Self::Cut { cut, .. } => vec![cut.list.clone(), cut.end.clone()],
            Self::RemoveNetwork { name, .. } => one(&["network", "rm", name]),
            Self::Connect {
                network,
                container,
                address,
            } => one(&[
                "network",
                "connect",
                "--ip",
                &address.to_string(),
                network,
                container,
            ]),
            Self::Disconnect {
                network, container, ..
            } => one(&["network", "disconnect", "--force", network, container]),
            Self::SetAside { name, aside, .. } => {
                [one(&["stop", name]), one(&["rename", name, aside])].concat()
            }
            Self::RemoveSetAside { aside } => one(&["rm", "--force", aside]),
            Self::Start { name } => one(&["start", name]),
            Self::Switch { name, id, .. } => one(&["exec", name, "portreeve-ctl", "switch", id]),
            Self::AwaitHealth { name, .. } => one(&[
                "exec",
                name,
                "sh",
                "-c",
                "portreeve-ctl health && portreeve-ctl running",
            ]),
        }
    }

    /// The steps that take it back, in order; none where there is nothing to take back.
    pub fn undo(&self) -> Vec<Action> {
        match self {
            Self::CreateNetwork { name, .. } => vec![Self::RemoveNetwork {
                name: name.clone(),
                recreate: None,
            }],
            Self::RemoveNetwork {
                name,
                recreate: Some(command),
            } => vec![Self::CreateNetwork {
                name: name.clone(),
                command: command.clone(),
            }],
            Self::Connect {
                network,
                container,
                address,
            } => vec![Self::Disconnect {
                network: network.clone(),
                container: container.clone(),
                address: Some(*address),
            }],
            Self::Disconnect {
                network,
                container,
                address: Some(address),
            } => {
                vec![Self::Connect {
                    network: network.clone(),
                    container: container.clone(),
                    address: *address,
                }]
            }
            Self::PointCurrent {
                id,
                before: Some(before),
            } => vec![Self::PointCurrent {
                id: before.clone(),
                before: Some(id.clone()),
            }],
            Self::Switch {
                name,
                id,
                before: Some(before),
            } => vec![Self::Switch {
                name: name.clone(),
                id: before.clone(),
                before: Some(id.clone()),
            }],
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for Action {
    /// What it does, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SaveLedger => write!(f, "write down who owns which addresses"),
            Self::WriteGeneration { id } => write!(f, "write the files of generation {id}"),
            Self::WriteManifest { id } => {
                write!(f, "write where the statements of generation {id} stand now")
            }
            Self::CheckGeneration { id, .. } => write!(f, "try generation {id} in the image"),
            Self::CreateNetwork { name, .. } => write!(f, "create the network {name}"),
            Self::RemoveNetwork { name, .. } => write!(f, "remove the network {name}"),
            Self::Connect {
                network, address, ..
            } => {
                write!(f, "put the proxy on {network} as {address}")
            }
            Self::Disconnect { network, .. } => write!(f, "take the proxy off {network}"),
            Self::SetAside { name, .. } => write!(f, "stop {name} and set it aside"),
            Self::RemoveSetAside { .. } => write!(f, "remove the container that was set aside"),
            Self::CreateContainer { name, .. } => write!(f, "create the container {name}"),
            Self::Start { name } => write!(f, "start {name}"),
            Self::PointCurrent { id, .. } => write!(f, "let `current` point to generation {id}"),
            Self::Switch { id, .. } => write!(f, "switch the running proxy to generation {id}"),
            Self::AwaitHealth { id, .. } => {
                write!(
                    f,
                    "see that proxy and resolver answer under generation {id}"
                )
            }
            Self::Cut { id, .. } => {
                write!(f, "end the open connections that generation {id} forbids")
            }
            Self::RemoveGenerations { ids } => {
                write!(f, "remove the files of {} older generations", ids.len())
            }
        }
    }
}
