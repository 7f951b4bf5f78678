//! The runner: reads policies, asks Docker, and changes what must change.
//!
//! The compiler is `policy-core`, the files are `policy-render`'s. Here is everything that meets
//! the outside: [`files`] is the only module that writes, [`docker`] the only one that starts
//! processes, [`ui`] the only one that prints.

pub mod cli;
pub mod command;
pub mod compile;
pub mod deployed;
pub mod docker;
pub mod error;
pub mod exit;
pub mod facts_file;
pub mod files;
pub mod leases;
pub mod ledger;
pub mod load;
pub mod names;
pub mod proxy_env;
pub mod report;
pub mod session;
pub mod shell_word;
pub mod state;
pub mod ui;
pub mod wrap;

use cli::{Cli, Command};
use error::Error;
use exit::Exit;

/// Performs one command line; what went wrong has been printed when this returns.
pub fn run(cli: Cli) -> Exit {
    match dispatch(cli) {
        Ok(exit) => exit,
        Err(error) => {
            ui::error(&error);
            error.exit()
        }
    }
}

fn dispatch(cli: Cli) -> Result<Exit, Error> {
    let unfinished = |command| Err(Error::Unfinished { command });
    match cli.command {
        Command::Check(args) => command::check::run(&args, &cli.global),
        Command::Build(args) => command::build::run(&args, &cli.global),
        Command::Plan(_) => unfinished("plan"),
        Command::Up(_) => unfinished("up"),
        Command::Status(_) => unfinished("status"),
        Command::Args(args) => command::args::run(&args, &cli.global),
        Command::Wrap(args) => command::wrap::run(&args, &cli.global),
        Command::Down(_) => unfinished("down"),
        Command::Demo(_) => unfinished("demo"),
    }
}
