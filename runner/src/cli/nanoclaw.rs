//! The command line of `nanoclaw`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `nanoclaw import|sync`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  portreeve nanoclaw import data/v2.db -o policy.reeve\n\n\
        integrations/nanoclaw/README.md goes from NanoClaw's own settings to a policy, step by step."
)]
pub struct NanoclawArgs {
    /// Which way
    #[command(subcommand)]
    pub way: Way,
}

/// The two ways.
#[derive(Clone, Debug, Subcommand)]
pub enum Way {
    /// Write a policy out of the database, and say what it decides otherwise
    Import(ImportArgs),
    /// Write the policy's edges and policies into the database
    Sync(SyncArgs),
}

/// `nanoclaw import DB -o FILE`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  portreeve nanoclaw import data/v2.db --state data/squid -o policy.reeve\n\n\
        The database is only read, live or a copy. --state is the skill's folder here, with its\n\
        ips.json. What NanoClaw's own proxy dropped, never matched or died of becomes a comment."
)]
pub struct ImportArgs {
    /// NanoClaw's central database
    #[arg(value_name = "DB")]
    pub database: PathBuf,
    /// The policy to write; a file that is there is kept
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    pub force: bool,
}

/// `nanoclaw sync FILE DB`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  portreeve nanoclaw sync policy.reeve data/v2.db --dry-run\n\n\
        Written are the policies of the agents that the policy has, and the edges between them, in\n\
        one transaction. Channels, other agents and rows that say the same already stay as they are."
)]
pub struct SyncArgs {
    /// The policy
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// NanoClaw's central database
    #[arg(value_name = "DB")]
    pub database: PathBuf,
    /// Write nothing; show the rows
    #[arg(long)]
    pub dry_run: bool,
    /// Remove edges to agents outside of the policy too
    #[arg(long)]
    pub prune: bool,
}
