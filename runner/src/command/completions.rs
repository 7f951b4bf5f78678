//! `completions SHELL`: what a shell needs to complete our command lines.

use clap::CommandFactory as _;

use crate::cli::{Cli, CompletionsArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::ui;

/// Runs the command.
pub fn run(args: &CompletionsArgs) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "portreeve", &mut script);
    ui::raw(&String::from_utf8_lossy(&script));
    Ok(Exit::Fine)
}
