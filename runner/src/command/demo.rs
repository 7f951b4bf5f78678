//! `demo`: sets up the bed, measures, prints the table, and removes everything.

use crate::cli::{DemoArgs, Global};
use crate::demo::bed::{self, Bed};
use crate::demo::interrupt::Interrupt;
use crate::demo::measure::{Measured, measure};
use crate::demo::progress::Progress;
use crate::demo::table::table;
use crate::demo::{QUICKSTART, agents, cast, without};
use crate::docker::{DockerCli, engine_version};
use crate::error::Error;
use crate::exit::Exit;
use crate::files;
use crate::state::State;
use crate::ui;

/// Runs the demo; a signal ends it once everything is removed.
pub fn run(args: &DemoArgs, global: &Global) -> Result<Exit, Error> {
    let signals = std::path::Path::new("the signals of this process");
    let interrupt = Interrupt::listen().map_err(files::failed("listen to", signals))?;
    let mut progress = Progress::shown(interrupt.clone());
    let result = demo(args, global, &mut progress);
    drop(progress);
    if let Err(error) = interrupt.check() {
        // The step that a signal has broken off would only blame Docker.
        ui::error(&error.into());
        interrupt.obey();
    }
    result
}

fn demo(args: &DemoArgs, global: &Global, progress: &mut Progress) -> Result<Exit, Error> {
    let docker = DockerCli::default();
    progress.step("ask the engine for its version")?;
    engine_version(&docker)?;
    let enforced = match &args.broken {
        Some(text) => without(QUICKSTART, text)?,
        None => QUICKSTART.to_owned(),
    };
    let state = bed::state(global.state.as_deref(), global.instance.as_deref())?;
    let bed = Bed::make_room(&docker, state, progress)?;
    if args.remove {
        progress.done();
        bed.remove()?;
        ui::result("nothing of a demo is left");
        return Ok(Exit::Fine);
    }
    let wanted = bed.set_up(QUICKSTART, &enforced, progress)?;
    progress.step("ask from inside every agent")?;
    let measured = measure(&bed, &wanted)?;
    progress.done();
    ui::part(format_args!("\n{}\n", table(&measured)));
    if args.keep {
        kept(bed.state(), &measured, global);
        bed.keep();
    } else {
        progress.begin("remove everything".to_owned());
        bed.remove()?;
        progress.done();
    }
    ui::result(format_args!(
        "{} ({:.0} s)",
        measured.summary(),
        progress.seconds()
    ));
    Ok(if measured.holds() {
        Exit::Fine
    } else {
        Exit::Findings
    })
}

/// How to go on with a demo that stays.
fn kept(state: &State, measured: &Measured, global: &Global) {
    let (root, instance) = (state.root().display(), state.instance());
    let squid = instance.container();
    let mut own = String::new();
    if let Some(folder) = &global.state {
        own.push_str(&format!(" --state {}", folder.display()));
    }
    if let Some(name) = &global.instance {
        own.push_str(&format!(" --instance {name}"));
    }
    let agent = measured.agents.first().map_or("", String::as_str);
    ui::result(format_args!(
        "everything is left as it is:\n  \
         docker exec -it {} sh\n  \
         docker exec {squid} tail -f /var/log/portreeve/access.log\n  \
         portreeve --state {root} --instance {instance} --uplink {} status\n  \
         portreeve{own} demo --remove",
        agents::container(instance, agent),
        cast::network(instance),
    ));
}
