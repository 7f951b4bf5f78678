//! What can be asked for.

use policy_core::ast::{Access, AgentItem, Grant, Lan, Tail, Target};
use policy_core::name::Name;
use policy_core::port::Port;

/// One edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// A new agent with these settings, each once.
    Add {
        /// Its name.
        name: Name,
        /// Its statements.
        settings: Vec<AgentItem>,
    },
    /// An agent less.
    Remove {
        /// Its name.
        name: Name,
        /// Whether what names it goes as well.
        cascade: bool,
    },
    /// Another name for an agent, wherever it is named. Its id stays.
    Rename {
        /// Its name.
        name: Name,
        /// The new one.
        to: Name,
    },
    /// Another access to the internet.
    Access {
        /// Whose.
        name: Name,
        /// Which.
        access: Access,
        /// Whether the statements go that say nothing under it.
        drop: bool,
    },
    /// Hosts that an agent may reach.
    Allow {
        /// Who.
        name: Name,
        /// What, and why.
        grant: Grant,
    },
    /// Hosts that an agent may not reach.
    Deny {
        /// Who.
        name: Name,
        /// What, and why.
        grant: Grant,
    },
    /// Targets of `allow` less. One without a port stands for each of its ports.
    Revoke {
        /// Whose.
        name: Name,
        /// Which.
        targets: Vec<Target>,
    },
    /// Targets of `deny` less.
    RevokeDeny {
        /// Whose.
        name: Name,
        /// Which.
        targets: Vec<Target>,
    },
    /// An address that an agent may reach directly.
    Lan {
        /// Who.
        name: Name,
        /// What, and why.
        lan: Lan,
    },
    /// A `lan` less; one without ports stands for each `lan` with that target.
    RevokeLan {
        /// Whose.
        name: Name,
        /// Which.
        lan: Lan,
    },
    /// A way to the browser on the host, or none.
    Cdp {
        /// Whose.
        name: Name,
        /// Which; `None` for none.
        browser: Option<Browser>,
    },
    /// Another model provider.
    Provider {
        /// Whose.
        name: Name,
        /// Which; `none` for none.
        provider: Name,
    },
    /// Another number of containers at once.
    Sessions {
        /// Whose.
        name: Name,
        /// How many, at least 1.
        sessions: u16,
    },
    /// A permission to send messages.
    AddEdge(EdgeWish),
    /// A permission to send messages less.
    RemoveEdge(EdgeWish),
}

/// A way to the browser; what is not said stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Browser {
    /// The port to listen on; computed where there is none.
    pub listen: Option<Port>,
    /// The browser's port on the host.
    pub host_port: Option<Port>,
    /// Reason and dates.
    pub tail: Tail,
}

/// An edge from one agent to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeWish {
    /// Who sends.
    pub from: Name,
    /// Who receives.
    pub to: Name,
    /// Whether the other way as well.
    pub both: bool,
    /// What the sender calls the receiver; for a removal, only that edge.
    pub local_name: Option<Name>,
}

impl Request {
    /// The agent that it is about, by its name after the edit.
    pub fn agent(&self) -> &Name {
        match self {
            Self::Add { name, .. }
            | Self::Remove { name, .. }
            | Self::Access { name, .. }
            | Self::Allow { name, .. }
            | Self::Deny { name, .. }
            | Self::Revoke { name, .. }
            | Self::RevokeDeny { name, .. }
            | Self::Lan { name, .. }
            | Self::RevokeLan { name, .. }
            | Self::Cdp { name, .. }
            | Self::Provider { name, .. }
            | Self::Sessions { name, .. } => name,
            Self::Rename { to, .. } => to,
            Self::AddEdge(wish) | Self::RemoveEdge(wish) => &wish.from,
        }
    }
}
