//! What the user sees: the one place that prints.
//!
//! Results go to standard output, everything about the work itself to standard error, so that a
//! result can be piped. Colours are stripped where the output is no terminal, unless NO_COLOR or
//! CLICOLOR_FORCE says otherwise. A reader that has gone away (`| head`) is no error.

use std::fmt::Display;
use std::io::{self, Write as _};

use policy_core::diagnostic::visible;

use crate::error::Error;

/// The width of a terminal of old, and of what is written to a file.
const DEFAULT_WIDTH: usize = 80;
/// Below, every line would be one word.
const MIN_WIDTH: usize = 40;
/// Above, lines are hard to read.
const MAX_WIDTH: usize = 120;

/// Prints a part of the result.
pub fn result(text: impl Display) {
    let _ = writeln!(anstream::AutoStream::auto(io::stdout().lock()), "{text}");
}

/// Prints a part of the result that brings its own line ends.
pub fn part(text: impl Display) {
    let _ = write!(anstream::AutoStream::auto(io::stdout().lock()), "{text}");
}

/// Prints a part of the result as it is, without a line end.
pub fn raw(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes());
    let _ = stdout.flush();
}

/// How many columns a result may have: those of the terminal, or of COLUMNS where there is none.
pub fn width() -> usize {
    let of_terminal = rustix::termios::tcgetwinsize(io::stdout()).ok();
    let of_terminal = of_terminal.map(|size| usize::from(size.ws_col));
    let told = || std::env::var("COLUMNS").ok()?.parse().ok();
    let is_known = |width: &usize| *width > 0;
    let width = of_terminal.filter(is_known).or_else(told).filter(is_known);
    width.unwrap_or(DEFAULT_WIDTH).clamp(MIN_WIDTH, MAX_WIDTH)
}

/// Says what is going on.
pub fn note(text: impl Display) {
    let _ = writeln!(anstream::AutoStream::auto(io::stderr().lock()), "{text}");
}

/// Like [`note`], for text that brings its own line ends.
pub fn note_part(text: impl Display) {
    let _ = write!(anstream::AutoStream::auto(io::stderr().lock()), "{text}");
}

/// Says what is probably not meant.
pub fn warning(message: impl Display, help: impl Display) {
    note(format_args!("warning: {message}\n  help: {help}"));
}

/// Says why the command stopped, and what to do.
pub fn error(error: &Error) {
    note(format_args!(
        "error: {}\n  help: {}",
        plain(error),
        plain(error.remedy())
    ));
}

/// Lines that others may have had a part in, such as paths and the output of commands: they move no
/// cursor.
fn plain(text: impl Display) -> String {
    let text = text.to_string();
    let lines: Vec<_> = text.lines().map(visible).collect();
    lines.join("\n")
}
