//! `nanoclaw import` and `nanoclaw sync`: from NanoClaw's database and to it.

use nanoclaw::compare;
use nanoclaw::import::import;
use nanoclaw::ips::{self, Ips};
use nanoclaw::rows::Snapshot;
use nanoclaw::sync::{self, Wish};
use nanoclaw::{finding::Finding, open, rows};

use crate::cli::Global;
use crate::cli::nanoclaw::{ImportArgs, NanoclawArgs, SyncArgs, Way};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::nanoclaw::{comparison, finding, plan};
use crate::state::State;
use crate::{compile, facts_file, files, ledger, ui};
use policy_core::diagnostic::visible;

/// Runs the command.
pub fn run(args: &NanoclawArgs, global: &Global) -> Result<Exit, Error> {
    match &args.way {
        Way::Import(args) => take_over(args, global),
        Way::Sync(args) => write_back(args, global),
    }
}

fn take_over(args: &ImportArgs, global: &Global) -> Result<Exit, Error> {
    if !args.force && files::read_if_there(&args.output)?.is_some() {
        ui::note(format_args!(
            "refused: `{}` is there already\n  help: name another file, or replace it with --force",
            args.output.display()
        ));
        return Ok(Exit::Usage);
    }
    let facts = facts_file::facts(global.facts.as_deref())?;
    let opened = open::read_only(&args.database)?;
    let snapshot = rows::read(&opened.connection)?;
    let mut findings = Vec::new();
    let ips = addresses(global, &snapshot, &mut findings)?;
    let imported = import(&snapshot, ips.as_ref(), &facts.providers)?;
    let policy = compare::compile(&imported.text, &facts)?;
    findings.extend(imported.findings.iter().cloned());
    tell(&findings);
    let difference = compare::compare(&imported, &policy);
    ui::part(comparison(&difference, ui::width()));
    files::write(&args.output, imported.text.as_bytes())?;
    ui::note(format_args!(
        "wrote {} agents and {} edges to {}",
        policy.agents.len(),
        policy.edges.len(),
        args.output.display()
    ));
    Ok(Exit::Fine)
}

fn tell(findings: &[Finding]) {
    for found in findings {
        let (message, help) = finding(found);
        ui::warning(message, help);
    }
}

/// What the skill's `ips.json` says, where there is one.
fn addresses(
    global: &Global,
    snapshot: &Snapshot,
    findings: &mut Vec<Finding>,
) -> Result<Option<Ips>, Error> {
    let Some(folder) = &global.state else {
        return Ok(None);
    };
    let found = files::read_if_there(&folder.join(ips::FILE))?;
    Ok(found.map(|bytes| ips::read(&String::from_utf8_lossy(&bytes), snapshot, findings)))
}

fn write_back(args: &SyncArgs, global: &Global) -> Result<Exit, Error> {
    let mut facts = facts_file::facts(global.facts.as_deref())?;
    // Computed listen ports are those in force, where anything is.
    let state = State::locate(global.state.as_deref(), global.instance.as_deref())?;
    facts.ledger = ledger::read(&state.ledger())?;
    let Some(built) = compile::build(&args.file, &facts)? else {
        return Ok(Exit::Findings);
    };
    let now = jiff::Timestamp::now();
    let now = now.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    let wish = Wish {
        policy: &built.policy,
        sources: &built.sources,
        now: &now,
        prune: args.prune,
    };
    let written = match args.dry_run {
        true => sync::dry_run(&args.database, &wish)?,
        false => sync::apply(&args.database, &wish)?,
    };
    tell(&written.findings);
    ui::part(plan(&written));
    let done = match (written.is_empty(), args.dry_run) {
        (true, _) => "the database says this already",
        (false, true) => "nothing was written (--dry-run)",
        (false, false) => "written, in one transaction",
    };
    ui::note(done);
    for stale in &written.stale {
        let session = visible(&stale.session);
        let message = format!(
            "session `{session}` of `{}` runs with the edges as they were",
            stale.agent
        );
        let help = "NanoClaw writes them at its next start of the session (`writeDestinations`); \
                    nothing outside of NanoClaw can: stop its container";
        ui::warning(message, help);
    }
    Ok(Exit::Fine)
}
