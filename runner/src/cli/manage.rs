//! The command lines that look at agents and edit policies.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Subcommand, ValueEnum};
use policy_core::ast::Access;
use policy_core::name::Name;
use policy_core::port::Port;

use super::Format;

/// Where the policy is that a system's own commands speak of.
const DEFAULT_POLICY: &str = "/etc/portreeve/policy.reeve";

/// Which policy.
#[derive(Clone, Debug, Args)]
pub struct PolicyOption {
    /// The policy; an agent may stand in a file that it includes
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "PORTREEVE_POLICY",
        default_value = DEFAULT_POLICY
    )]
    pub policy: PathBuf,
}

/// How an edit is made.
#[derive(Clone, Debug, Args)]
pub struct EditOptions {
    /// Write nothing; show what would change
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// How to print what is there, or what was changed
    #[arg(long, global = true, value_enum, default_value_t)]
    pub format: Format,
}

/// `show NAME`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portreeve show coder --policy policy.reeve")]
pub struct ShowArgs {
    /// The agent
    #[arg(value_name = "NAME")]
    pub name: Name,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Which policy
    #[command(flatten)]
    pub policy: PolicyOption,
}

/// `agent …`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  portreeve agent allow coder pypi.org --because \"build dependencies\" --policy policy.reeve\n\n\
        An edit changes the lines it must and no other byte. Its result is checked, tried against the\n\
        policy's own tests, proved, and shown as a difference of reach before it is written; what is so\n\
        already is left alone. `portreeve up` puts it in force.\n\n\
        With --format json an edit prints {\"version\":1,\"outcome\":\"written\"|\"dry_run\"|\"unchanged\"|\"refused\",\n\
        \"files\":[{\"file\":…,\"patch\":…}],\"notes\":[…],\"diagnostics\":[as `check` has them],\n\
        \"difference\":the document of `diff`, or null}."
)]
pub struct AgentArgs {
    /// Which policy
    #[command(flatten)]
    pub policy: PolicyOption,
    /// How
    #[command(flatten)]
    pub options: EditOptions,
    /// What to do
    #[command(subcommand)]
    pub command: AgentCommand,
}

/// What can be done to agents.
#[derive(Clone, Debug, Subcommand)]
pub enum AgentCommand {
    /// List the agents, a line for each
    List,
    /// Show all about an agent
    Show {
        /// The agent
        name: Name,
    },
    /// Add an agent; it reaches its model alone until it is given more
    Add {
        /// Its name
        name: Name,
        /// NanoClaw's agent group id [default: the name]
        #[arg(long)]
        id: Option<String>,
        /// Its model provider; `none` for none [default: claude]
        #[arg(long)]
        provider: Option<String>,
        /// Its reach into the internet [default: model-only]
        #[arg(long, value_enum)]
        access: Option<AccessWord>,
        /// Containers at once [default: 4]
        #[arg(long, value_parser = sessions())]
        sessions: Option<u16>,
    },
    /// Remove an agent
    Remove {
        /// The agent
        name: Name,
        /// Take it out of edges, tests and invariants too
        #[arg(long)]
        cascade: bool,
    },
    /// Give an agent another name wherever it is named; its id and addresses stay
    Rename {
        /// The agent
        name: Name,
        /// Its new name
        to: Name,
    },
    /// Set an agent's reach into the internet
    Access {
        /// The agent
        name: Name,
        /// full: every public host; list: what `allow` names; model-only: its model
        access: AccessWord,
        /// Delete the statements that would mean nothing
        #[arg(long)]
        drop: bool,
    },
    /// Let an agent reach hosts through the gateway
    Allow {
        /// The agent
        name: Name,
        /// `x`, `.x` or `*.x`, perhaps with `:PORT`; or `@SET`
        #[arg(required = true, value_name = "HOST")]
        hosts: Vec<String>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        because: Option<String>,
        /// Since when, as a note
        #[arg(long, value_name = "DATE")]
        since: Option<String>,
        /// The last day, in UTC
        #[arg(long, value_name = "DATE")]
        until: Option<String>,
    },
    /// Keep an agent from hosts; a deny beats every allow
    Deny {
        /// The agent
        name: Name,
        /// `x`, `.x` or `*.x`, perhaps with `:PORT`; or `@SET`
        #[arg(required = true, value_name = "HOST")]
        hosts: Vec<String>,
        /// Why
        #[arg(long, value_name = "TEXT", conflicts_with = "revoke")]
        because: Option<String>,
        /// Since when, as a note
        #[arg(long, value_name = "DATE", conflicts_with = "revoke")]
        since: Option<String>,
        /// Take the denies back instead
        #[arg(long)]
        revoke: bool,
    },
    /// Take back what `allow` has given; without a port, on each port
    Revoke {
        /// The agent
        name: Name,
        /// As the `allow` has it
        #[arg(required = true, value_name = "HOST")]
        hosts: Vec<String>,
    },
    /// Let an agent reach an address directly, past the gateway
    Lan {
        /// The agent
        name: Name,
        /// An IPv4 address, a network or `host`, perhaps with `:PORT`; or with `ports 80,443,8000-8080`
        #[arg(required = true, value_name = "TARGET", num_args = 1..=3)]
        target: Vec<String>,
        /// Why
        #[arg(long, value_name = "TEXT", conflicts_with = "revoke")]
        because: Option<String>,
        /// Since when, as a note
        #[arg(long, value_name = "DATE", conflicts_with = "revoke")]
        since: Option<String>,
        /// The last day, in UTC
        #[arg(long, value_name = "DATE", conflicts_with = "revoke")]
        until: Option<String>,
        /// Take the grant back instead; without ports, each grant of that target
        #[arg(long)]
        revoke: bool,
    },
    /// Let an agent use the browser on the host, or no more
    Cdp {
        /// The agent
        name: Name,
        /// The port to listen on, `auto` for a computed one, or `off`
        #[arg(value_name = "PORT|auto|off", value_parser = listen)]
        port: Listen,
        /// The browser's port on the host [default: what it was, else 9222]
        #[arg(long, value_name = "PORT")]
        host_port: Option<Port>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        because: Option<String>,
        /// The last day, in UTC
        #[arg(long, value_name = "DATE")]
        until: Option<String>,
    },
    /// Set an agent's model provider
    Provider {
        /// The agent
        name: Name,
        /// A built-in one (`portreeve providers`), one of the policy, or `none`
        provider: Name,
    },
    /// Set how many containers of an agent may run at once
    Sessions {
        /// The agent
        name: Name,
        /// How many
        #[arg(value_parser = sessions())]
        sessions: u16,
    },
}

/// `edge …`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  portreeve edge add coder reviewer --as review --policy policy.reeve\n\n\
        An edge lets an agent send messages to another one; it gives no reach."
)]
pub struct EdgeArgs {
    /// Which policy
    #[command(flatten)]
    pub policy: PolicyOption,
    /// How
    #[command(flatten)]
    pub options: EditOptions,
    /// What to do
    #[command(subcommand)]
    pub command: EdgeCommand,
}

/// What can be done to edges.
#[derive(Clone, Debug, Subcommand)]
pub enum EdgeCommand {
    /// List the edges, a line for each direction
    List,
    /// Let an agent message another one
    Add(EdgeEnds),
    /// Let it no more
    Remove(EdgeEnds),
}

/// Who may message whom.
#[derive(Clone, Debug, Args)]
pub struct EdgeEnds {
    /// Who sends
    pub from: Name,
    /// Who receives
    pub to: Name,
    /// The other way as well
    #[arg(long)]
    pub both: bool,
    /// What the sender calls the receiver [default: its name]
    #[arg(long = "as", value_name = "NAME")]
    pub local_name: Option<Name>,
}

/// The listen port of a `cdp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// This one.
    Port(Port),
    /// A computed one.
    Auto,
    /// No `cdp` at all.
    Off,
}

/// An access, as an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AccessWord {
    /// Every public host.
    Full,
    /// What `allow` names.
    List,
    /// The model provider alone.
    ModelOnly,
}

impl From<AccessWord> for Access {
    fn from(word: AccessWord) -> Self {
        match word {
            AccessWord::Full => Access::Full,
            AccessWord::List => Access::List,
            AccessWord::ModelOnly => Access::ModelOnly,
        }
    }
}

fn sessions() -> RangedU64ValueParser<u16> {
    RangedU64ValueParser::new().range(1..=u64::from(u16::MAX))
}

fn listen(text: &str) -> Result<Listen, String> {
    match text {
        "off" => Ok(Listen::Off),
        "auto" => Ok(Listen::Auto),
        _ => text
            .parse()
            .map(Listen::Port)
            .map_err(|_| "this is neither a port from 1 to 65535 nor `auto` or `off`".to_owned()),
    }
}
