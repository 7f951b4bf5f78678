//! The `portreeve` command: arguments in, one call, an exit code out.

use std::process::ExitCode;

use clap::Parser as _;
use portreeve::cli::Cli;

fn main() -> ExitCode {
    portreeve::run(Cli::parse()).into()
}
