//! The command line: its types and its help, and nothing that acts.

mod installation;
mod manage;
pub mod nanoclaw;

pub use self::installation::{
    ArgsArgs, BootArgs, DoctorArgs, DownArgs, LogsArgs, PlanArgs, RotateArgs, StatusArgs, UpArgs,
    WatchArgs, WrapArgs,
};

pub use self::manage::{
    AccessWord, AgentArgs, AgentCommand, EdgeArgs, EdgeCommand, EdgeEnds, EditOptions, Listen,
    PolicyOption, ShowArgs,
};

use std::net::IpAddr;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use policy_core::ast::Destination;

use crate::command::explain;
use clap_complete::Shell;
use policy_core::diagnostic::Code;

/// Decides where each AI-agent container may go, and keeps Squid in step with it.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "portreeve",
    version,
    max_term_width = 100,
    after_help = "Example:\n  portreeve check policy.reeve && portreeve up policy.reeve\n\n\
        Exit codes: 0 fine; 1 findings or a drift; 2 usage; 3 a file or Docker cannot\n\
        be reached; 4 a change failed and was rolled back, or `boot` fell back; 70 a bug of\n\
        portreeve."
)]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that stand before or after the command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// The state folder [default: /var/lib/portreeve for root, else ~/.local/state/portreeve]
    #[arg(long, global = true, value_name = "DIR", env = "PORTREEVE_STATE")]
    pub state: Option<PathBuf>,
    /// The name in front of every Docker object [default: a hash of the state folder's path]
    #[arg(long, global = true, value_name = "NAME", env = "PORTREEVE_INSTANCE")]
    pub instance: Option<String>,
    /// A JSON file of facts about the host, instead of the documented defaults
    #[arg(long, global = true, value_name = "FILE", env = "PORTREEVE_FACTS")]
    pub facts: Option<PathBuf>,
    /// An existing Docker network as Squid's way out, such as the gateway's [default: one of our own]
    #[arg(long, global = true, value_name = "NETWORK", env = "PORTREEVE_UPLINK")]
    pub uplink: Option<String>,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Report everything that is wrong with policies
    Check(CheckArgs),
    /// Bring policies into their canonical form; comments and meaning stay
    Fmt(FmtArgs),
    /// Write the files of a policy, proved, without touching Docker
    Build(BuildArgs),
    /// Try the tests and invariants that policies carry
    Test(TestArgs),
    /// Say whether an agent may go somewhere, why, and what would change that
    Explain(ExplainArgs),
    /// Say who gains, loses or is re-routed to what between two policies
    Diff(DiffArgs),
    /// Show which agent reaches what, implied destinations included
    Matrix(MatrixArgs),
    /// Show what `up` would do
    Plan(PlanArgs),
    /// Put a policy in force; returns when it is enforced
    Up(UpArgs),
    /// Put a policy in force when the machine starts; else the last good state, else nothing at all
    Boot(BootArgs),
    /// Stay, and keep a policy in force: follow its files, mend what drifts, rotate the logs
    Watch(WatchArgs),
    /// Pack the logs of past months; `watch` does so every hour
    Rotate(RotateArgs),
    /// Show what runs, and whether it is in step with the policy
    Status(StatusArgs),
    /// Try from inside each agent's network what the policy promises, and say what to mend
    Doctor(DoctorArgs),
    /// Show what agents asked for, what was decided, and by which statement
    Logs(LogsArgs),
    /// Print the `docker run` arguments that put a container under an agent's policy
    Args(ArgsArgs),
    /// Run a `docker run` command line under an agent's policy
    Wrap(WrapArgs),
    /// Remove what is ours from Docker
    Down(DownArgs),
    /// Show a whole small installation at work, measured from inside its agents
    Demo(DemoArgs),
    /// List and edit the agents of a policy
    Agent(AgentArgs),
    /// List and edit who may message whom
    Edge(EdgeArgs),
    /// Show all about an agent: addresses, grants with their reasons, edges
    Show(ShowArgs),
    /// Answer an editor: the language server on standard input and output
    Lsp(LspArgs),
    /// Take agents over from NanoClaw's database, and write edges and policies back to it
    Nanoclaw(nanoclaw::NanoclawArgs),
    /// Print the model providers whose hosts are built in
    Providers(ProvidersArgs),
    /// Explain the code of a finding; without CODE, list all of them
    ExplainCode(ExplainCodeArgs),
    /// Print what a shell needs to complete command lines
    Completions(CompletionsArgs),
    /// Print the manual page, or write those of all commands
    Man(ManArgs),
}

/// How a result is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs: one JSON document.
    Json,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people.
    #[default]
    Human,
    /// For programs: one JSON document.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For GitHub Actions: annotations of the lines.
    Github,
}

/// What else counts as a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Deny {
    /// Warnings.
    Warnings,
}

/// `check FILE…`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portreeve check --deny warnings policies/*.reeve")]
pub struct CheckArgs {
    /// Policies, each a root of its own
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How to print the findings
    #[arg(long, value_enum, default_value_t)]
    pub format: CheckFormat,
    /// Fail on warnings too
    #[arg(long, value_enum, value_name = "WHAT")]
    pub deny: Option<Deny>,
}

/// `fmt FILE…`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  portreeve fmt --check policies/*.reeve || portreeve fmt policies/*.reeve"
)]
pub struct FmtArgs {
    /// Policies, not what they include; `-` reads standard input and writes standard output
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write nothing; name the files that would change, and fail when there are any
    #[arg(long)]
    pub check: bool,
    /// Write nothing; show what would change, and fail when anything would
    #[arg(long)]
    pub diff: bool,
}

/// `build FILE -o DIR`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portreeve build policy.reeve -o out --ledger ledger.json")]
pub struct BuildArgs {
    /// The policy
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The folder for the files
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Keep addresses and listen ports in this file; without it each build deals them anew
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
    /// Write nothing; fail when DIR is not up to date
    #[arg(long)]
    pub check: bool,
}

/// `test FILE…`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portreeve test policy.reeve\n\n\
        A policy that fails its own tests is never put in force: `check`, `build` and `up` try them too.")]
pub struct TestArgs {
    /// Policies, each a root of its own
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How to print the results
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `explain FILE AGENT HOST:PORT`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  portreeve explain policy.reeve coder pypi.org:443\n\n\
        The exit code is 0 for allow and for deny. Nothing is looked up: a name is taken for one\n\
        that resolves to a public address, unless --resolves says otherwise."
)]
pub struct ExplainArgs {
    /// The policy
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The agent's name in the policy
    #[arg(value_name = "AGENT")]
    pub agent: String,
    /// Where to, in any spelling; `host` is the Docker host and the agent's CDP listener on it
    #[arg(value_name = "HOST:PORT", value_parser = explain::destination)]
    pub destination: Destination,
    /// Ask with CONNECT, as is usual for every port but 80
    #[arg(long, conflicts_with = "plain")]
    pub connect: bool,
    /// Ask with a plain request, as is usual for port 80
    #[arg(long)]
    pub plain: bool,
    /// What the name resolves to, once for each address; or `nothing`
    #[arg(long, value_name = "ADDRESS", value_parser = explain::resolved)]
    pub resolves: Vec<Option<IpAddr>>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How a difference is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For people.
    #[default]
    Human,
    /// For programs: one JSON document.
    Json,
    /// For a comment on a change.
    Markdown,
}

/// `diff OLD NEW`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  portreeve diff --deny-widening <(git show main:policy.reeve) policy.reeve\n\n\
        The difference is exact: what is not listed is decided alike. Both policies are compiled for\n\
        the same facts, each as if for the first time; name the port of a `cdp` that must not move.\n\
        To widen is to gain anything, an edge included, to go past the gateway or to another one, to\n\
        reach another port of the host by CDP, or to share a network."
)]
pub struct DiffArgs {
    /// The policy as it was; a pipe will do for one without includes
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The policy as it is to be
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Fail when the new policy widens anything
    #[arg(long)]
    pub deny_widening: bool,
    /// How to print the difference
    #[arg(long, value_enum, default_value_t)]
    pub format: DiffFormat,
}

/// `matrix FILE`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  portreeve matrix policy.reeve --agent coder\n\n\
        Few agents make a table; many, and those of --agent, a list for each with the statements."
)]
pub struct MatrixArgs {
    /// The policy
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Only this agent; may be given more than once
    #[arg(long = "agent", value_name = "NAME")]
    pub agents: Vec<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `lsp`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  portreeve lsp\n\nAn editor starts it; editors/README.md says how."
)]
pub struct LspArgs {
    /// What it does anyway; editors say so
    #[arg(long, hide = true)]
    pub stdio: bool,
}

/// `demo`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portreeve demo")]
pub struct DemoArgs {
    /// Leave everything running at the end
    #[arg(long)]
    pub keep: bool,
    /// Only remove what an earlier `demo --keep` has left
    #[arg(long, conflicts_with = "keep")]
    pub remove: bool,
    /// Enforce the policy without the lines that hold TEXT, so that some cells must differ
    #[arg(long = "break", value_name = "TEXT", hide = true)]
    pub broken: Option<String>,
}

/// `providers`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portreeve providers >> policy.reeve")]
pub struct ProvidersArgs {
    /// As policy text, or as a JSON document
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `explain-code CODE`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portreeve explain-code unsafe-port")]
pub struct ExplainCodeArgs {
    /// What stands in brackets in a message, as in `error[unsafe-port]`
    #[arg(
        value_name = "CODE",
        hide_possible_values = true,
        value_parser = PossibleValuesParser::new(Code::ALL.iter().map(|code| code.name()))
    )]
    pub code: Option<String>,
}

/// `completions SHELL`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portreeve completions bash > \
        ~/.local/share/bash-completion/completions/portreeve")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

/// `man`
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portreeve man -o ~/.local/share/man/man1")]
pub struct ManArgs {
    /// Write a page for each command into this folder
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definitions_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_shows_an_example() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string);
            let name = command.get_name();
            assert!(
                help.is_some_and(|help| help.starts_with("Example:\n")),
                "{name}"
            );
        }
    }
}
