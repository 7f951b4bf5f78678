//! The runner: reads policies, asks Docker, and changes what must change.
//!
//! The compiler is `policy-core`, the files are `policy-render`'s. Here is everything that meets
//! the outside: [`files`] is the only module that writes, [`docker`] the only one that starts
//! processes, [`ui`] the only one that prints.

pub mod action;
pub mod apply;
pub mod cli;
pub mod command;
pub mod compile;
pub mod converge;
pub mod demo;
pub mod deny_all;
pub mod deployed;
pub mod docker;
pub mod edit;
pub mod engine;
pub mod error;
pub mod exit;
pub mod facts_file;
pub mod files;
pub mod host_facts;
pub mod image;
pub mod in_force;
pub mod last_good;
pub mod leases;
pub mod ledger;
pub mod load;
pub mod names;
pub mod observe;
pub mod open_request;
pub mod plan;
pub mod proxy_env;
pub mod report;
pub mod rotation;
pub mod session;
pub mod shell_word;
pub mod state;
pub mod style;
pub mod ui;
pub mod up;
pub mod wanted;
pub mod watch;
pub mod wrap;

use std::path::PathBuf;

use cli::{Cli, Command, Global};
use docker::DockerCli;
use error::Error;
use exit::Exit;
use state::State;
use up::{Input, Installation};
use wanted::Uplink;

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
    let global = &cli.global;
    match cli.command {
        Command::Check(args) => command::check::run(&args, global),
        Command::Fmt(args) => command::fmt::run(&args),
        Command::Build(args) => command::build::run(&args, global),
        Command::Test(args) => command::test::run(&args, global),
        Command::Explain(args) => command::explain::run(&args, global),
        Command::Diff(args) => command::diff::run(&args, global),
        Command::Matrix(args) => command::matrix::run(&args, global),
        Command::Plan(args) => with_installation(global, |installation| {
            let input = Input::read(&args.file, global.facts.as_deref())?;
            command::up::plan(installation, &input, args.format)
        }),
        Command::Up(args) => with_installation(global, |installation| {
            command::up::up(
                installation,
                &Input::read(&args.file, global.facts.as_deref())?,
            )
        }),
        Command::Boot(args) => with_installation(global, |installation| {
            command::boot::run(installation, &args, global.facts.as_deref())
        }),
        Command::Watch(args) => with_installation(global, |installation| {
            command::watch::run(installation, &args, global.facts.as_deref())
        }),
        Command::Rotate(args) => with_installation(global, |installation| {
            command::rotate::run(installation, &args)
        }),
        Command::Status(args) => with_installation(global, |installation| {
            let read = |file: &PathBuf| Input::read(file, global.facts.as_deref());
            let input = args.file.as_ref().map(read).transpose()?;
            command::status::run(installation, input.as_ref(), args.format)
        }),
        Command::Args(args) => command::args::run(&args, global),
        Command::Wrap(args) => command::wrap::run(&args, global),
        Command::Down(args) => with_installation(global, |installation| {
            command::down::run(installation, args.purge)
        }),
        Command::Demo(args) => command::demo::run(&args, global),
        Command::Agent(args) => command::agent::run(&args, global),
        Command::Edge(args) => command::edge::run(&args, global),
        Command::Show(args) => {
            command::show::run(&args.name, args.format, &args.policy.policy, global)
        }
        Command::Lsp(args) => command::lsp::run(&args, global),
        Command::Nanoclaw(args) => command::nanoclaw::run(&args, global),
        Command::Providers(args) => command::providers::run(&args),
        Command::ExplainCode(args) => command::explain_code::run(&args),
        Command::Completions(args) => command::completions::run(&args),
        Command::Man(args) => command::man::run(&args),
    }
}

/// Performs a command on this machine's engine and the instance that the options name.
fn with_installation(
    global: &Global,
    run: impl FnOnce(&Installation<'_>) -> Result<Exit, Error>,
) -> Result<Exit, Error> {
    let state = State::locate(global.state.as_deref(), global.instance.as_deref())?;
    let uplink = match &global.uplink {
        Some(name) => Uplink::Existing(name.clone()),
        None => Uplink::Own,
    };
    run(&Installation {
        docker: &DockerCli::default(),
        state: &state,
        uplink,
    })
}
