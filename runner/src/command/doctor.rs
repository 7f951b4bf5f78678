//! `doctor`: tries each promise for real. Exit code 1 says that one is not kept.

use serde::Serialize;

use crate::cli::{DoctorArgs, Format};
use crate::doctor::{Check, examine};
use crate::error::Error;
use crate::exit::Exit;
use crate::style::{DIM, GREEN, PLAIN, RED};
use crate::ui;
use crate::up::Installation;

/// The format of the JSON output.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    instance: String,
    healthy: bool,
    checks: &'a [Check],
}

/// Runs the command.
pub fn run(installation: &Installation<'_>, args: &DoctorArgs) -> Result<Exit, Error> {
    let checks = examine(installation, &args.agents)?;
    let healthy = checks.iter().all(|check| check.ok);
    match args.format {
        Format::Human => human(&checks),
        Format::Json => {
            let document = Document {
                version: VERSION,
                instance: installation.state.instance().to_string(),
                healthy,
                checks: &checks,
            };
            ui::result(serde_json::to_string_pretty(&document)?);
        }
    }
    Ok(if healthy { Exit::Fine } else { Exit::Findings })
}

fn human(checks: &[Check]) {
    for check in checks {
        let (colour, word) = if check.ok {
            (GREEN, "ok")
        } else {
            (RED, "WRONG")
        };
        let agent = check.agent.as_deref().unwrap_or_default();
        let (name, found) = (check.name, &check.found);
        ui::result(format_args!(
            "{colour}{word:<6}{PLAIN}{agent:<16} {name}: {DIM}{found}{PLAIN}"
        ));
        if let Some(remedy) = &check.remedy {
            ui::result(format_args!("      help: {remedy}"));
        }
    }
    let wrong = checks.iter().filter(|check| !check.ok).count();
    match wrong {
        0 => ui::result("every promise is kept"),
        n => ui::result(format_args!(
            "{n} of {} are not as they should be",
            checks.len()
        )),
    }
}
