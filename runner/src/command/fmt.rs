//! `fmt FILE…`: policies in their one canonical form.
//!
//! A file with mistakes is left as it is, and so is one that is canonical already. Only the given
//! files are looked at, not what they include.

use std::path::Path;

use policy_core::sources::Sources;
use policy_core::span::{FileId, MAX_FILE_LEN};

use crate::cli::FmtArgs;
use crate::compile;
use crate::error::Error;
use crate::exit::Exit;
use crate::files::{self, FileError};
use crate::report::patch;
use crate::ui;

/// The name of standard input, which goes to standard output.
const STANDARD_INPUT: &str = "-";

/// How many lines around a change `--diff` shows.
const N_NEIGHBOURS: usize = 3;

/// Runs the command. The worst that befell one of the files is the result.
pub fn run(args: &FmtArgs) -> Result<Exit, Error> {
    let mut worst = Exit::Fine;
    for file in &args.files {
        let exit = one(args, file).unwrap_or_else(|error| {
            // The other files are formatted all the same.
            let error = error.into();
            ui::error(&error);
            error.exit()
        });
        worst = worst.max(exit);
    }
    Ok(worst)
}

fn one(args: &FmtArgs, path: &Path) -> Result<Exit, FileError> {
    let is_filter = path == Path::new(STANDARD_INPUT);
    let text = match is_filter {
        true => files::read_standard_input(MAX_FILE_LEN)?,
        false => files::read_regular(path, MAX_FILE_LEN)?,
    };
    let name = match is_filter {
        true => "<stdin>".to_owned(),
        false => path.to_string_lossy().into_owned(),
    };
    let formatted = match policy_core::format::format(FileId(0), &text) {
        Ok(formatted) => formatted,
        Err(report) => {
            let (sources, _) = Sources::single(&name, &text);
            compile::tell(&sources, &report);
            return Ok(Exit::Findings);
        }
    };
    if args.check || args.diff {
        if formatted == text {
            return Ok(Exit::Fine);
        }
        if args.diff {
            ui::part(patch::of(&name, &text, &formatted, N_NEIGHBOURS));
        }
        if args.check {
            ui::result(format_args!("would change: {name}"));
        }
        return Ok(Exit::Findings);
    }
    if is_filter {
        ui::raw(&formatted);
    } else if formatted != text {
        files::replace(path, formatted.as_bytes())?;
        ui::note(format_args!("formatted {name}"));
    }
    Ok(Exit::Fine)
}
