//! `man`: the manual pages, made of the same definitions as `--help`.

use std::io;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use crate::cli::{Cli, ManArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::files::{self, FileError};
use crate::ui;

/// Runs the command.
pub fn run(args: &ManArgs) -> Result<Exit, Error> {
    let mut command = Cli::command().disable_help_subcommand(true);
    // Gives each command its full name.
    command.build();
    match &args.output {
        Some(folder) => {
            files::create_folder(folder)?;
            write(folder, &command)?;
        }
        None => ui::raw(&page(&command).1),
    }
    Ok(Exit::Fine)
}

/// Puts a page for a command, and one for each command below it, into a folder.
fn write(folder: &Path, command: &Command) -> Result<(), FileError> {
    let (name, text) = page(command);
    files::write_if_changed(&folder.join(name), text.as_bytes())?;
    let mut below = command.get_subcommands().filter(|one| !one.is_hide_set());
    below.try_for_each(|one| write(folder, one))
}

/// The name of a page's file, and its text.
fn page(command: &Command) -> (String, String) {
    let source = concat!("portreeve ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).source(source);
    let mut text = Vec::new();
    let rendered: io::Result<()> = man.render(&mut text);
    debug_assert!(rendered.is_ok(), "writing to memory cannot fail");
    (
        man.get_filename(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}
