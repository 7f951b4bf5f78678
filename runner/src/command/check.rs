//! `check FILE…`: everything that is wrong with each policy, all at once.

use crate::cli::{CheckArgs, CheckFormat, Deny, Global};
use crate::edit;
use crate::error::Error;
use crate::exit::Exit;
use crate::facts_file;
use crate::load::{self, Loaded};
use crate::report::{self, Counts};
use crate::ui;

/// Runs the command.
pub fn run(args: &CheckArgs, global: &Global) -> Result<Exit, Error> {
    let facts = facts_file::facts(global.facts.as_deref())?;
    let mut checked = Vec::new();
    let mut unreadable = false;
    for file in &args.files {
        // The other files are checked all the same.
        match load::load(file) {
            Ok(Loaded { sources, report }) => {
                let report = policy_core::compile(&sources, report, &facts).report;
                if report.has_errors() {
                    edit::remind(file);
                }
                checked.push((sources, report));
            }
            Err(error) => {
                ui::error(&error.into());
                unreadable = true;
            }
        }
    }
    let counts = checked
        .iter()
        .map(|(_, report)| Counts::of(report))
        .fold(Counts::default(), |sum, counts| sum + counts);
    let reports: Vec<_> = checked.iter().map(|(s, r)| (s, r)).collect();
    match args.format {
        CheckFormat::Human => {
            for (sources, report) in &checked {
                ui::part(report::human(sources, report));
            }
            if !checked.is_empty() {
                ui::result(counts);
            }
        }
        CheckFormat::Json => ui::raw(&report::json(&reports)?),
        CheckFormat::Sarif => ui::raw(&report::sarif(&reports, !unreadable)?),
        CheckFormat::Github => ui::raw(&report::github(&reports)),
    }
    let denied = args.deny == Some(Deny::Warnings) && counts.warnings > 0;
    Ok(match counts.errors {
        _ if unreadable => Exit::Unreachable,
        0 if !denied => Exit::Fine,
        _ => Exit::Findings,
    })
}
