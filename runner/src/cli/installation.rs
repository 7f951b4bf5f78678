//! The commands on an installation: from the policy to what runs, and back.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::Format;
use crate::command::logs;

/// `plan FILE`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portreeve plan policy.reeve")]
pub struct PlanArgs {
    /// The policy
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How to print the plan
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `up FILE`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portreeve up policy.reeve")]
pub struct UpArgs {
    /// The policy
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `boot FILE`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  portreeve boot /etc/portreeve/policy.reeve\n\n\
        The last line says what is in force. Exit codes: 0 the policy; 4 the last good state, or\n\
        deny-all where there is none; 3 no engine, or what is in force could not be made sure of."
)]
pub struct BootArgs {
    /// The policy
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How long to wait for the Docker engine
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub wait: u64,
}

/// `watch FILE`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  portreeve watch /etc/portreeve/policy.reeve\n\n\
        SIGHUP looks at once; SIGTERM and SIGINT end it when the change at hand is done. What is in\n\
        force then stays in force."
)]
pub struct WatchArgs {
    /// The policy
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How often to look when no file changes
    #[arg(long, value_name = "SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub every: u64,
}

/// `rotate`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portreeve rotate\n\n\
        No line is lost, and a rotation that was interrupted is completed by the next one.")]
pub struct RotateArgs {
    /// Pack what this month has logged so far, too
    #[arg(long)]
    pub now: bool,
}

/// `status`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portreeve status policy.reeve")]
pub struct StatusArgs {
    /// The policy to compare with; without it, what was put in force last
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `doctor`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portreeve doctor && echo all is well\n\n\
        Each agent's network gets a throw-away container at one of the agent's own addresses, which\n\
        asks and goes. Nothing is changed, and nothing is asked of hosts outside.")]
pub struct DoctorArgs {
    /// Only this agent's network; may be given more than once
    #[arg(long = "agent", value_name = "NAME")]
    pub agents: Vec<String>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `logs`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  portreeve logs --follow --denied --agent coder\n\n\
        Without --follow it prints what there is, in the order of time, and ends. The files that are\n\
        read are those since the last rotation. Names are looked up by nobody: each question to the\n\
        resolver is answered with NXDOMAIN and listed as `name`; --denied leaves them out."
)]
pub struct LogsArgs {
    /// Stay, and print what is added; each log keeps its own order
    #[arg(short, long, overrides_with = "no_follow")]
    pub follow: bool,
    /// End with what there is, as is usual
    #[arg(long, overrides_with = "follow")]
    pub no_follow: bool,
    /// Only requests that were refused
    #[arg(long)]
    pub denied: bool,
    /// Only this agent
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// Only what is not older: a duration such as `10m`, or a time (RFC 3339)
    #[arg(long, value_name = "WHEN", value_parser = logs::since)]
    pub since: Option<Timestamp>,
    /// How to print it; JSON is one object to a line
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `args AGENT`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  eval \"docker run --rm $(portreeve args coder) alpine env\"\n\n\
        Each call leases one address of the agent's block for two minutes."
)]
pub struct ArgsArgs {
    /// The agent's name in the policy
    #[arg(value_name = "AGENT")]
    pub agent: String,
    /// The agent's gateway credentials, `USER:TOKEN`, for the proxy variables
    #[arg(
        long,
        value_name = "USER:TOKEN",
        env = "PORTREEVE_PROXY_CREDENTIALS",
        hide_env_values = true
    )]
    pub credentials: Option<String>,
    /// One line for a shell, or a JSON document
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `wrap AGENT -- docker run …`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  portreeve wrap coder -- docker run --rm -it \\\n    \
        -e HTTPS_PROXY=http://x:aoc_token@host.docker.internal:10255 agent-image"
)]
pub struct WrapArgs {
    /// The agent's name in the policy
    #[arg(value_name = "AGENT")]
    pub agent: String,
    /// Print the command instead of running it; it holds the credentials of the given one
    #[arg(long)]
    pub print: bool,
    /// The command: `docker run`, `docker create` or `docker container run|create`
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// `down`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portreeve down\n\n\
        Addresses stay reserved in the ledger and the logs stay in their volume, unless --purge is given.")]
pub struct DownArgs {
    /// Forget the addresses and remove the logs too
    #[arg(long)]
    pub purge: bool,
}
