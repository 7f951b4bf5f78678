//! What the user sees: the one place that prints.
//!
//! Results go to standard output, everything about the work itself to standard error, so that a
//! result can be piped. Colours are stripped where the output is no terminal, unless NO_COLOR or
//! CLICOLOR_FORCE says otherwise. A reader that has gone away (`| head`) is no error.

use std::fmt::Display;
use std::io::{self, Write as _};

use crate::error::Error;

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
    note(format_args!("error: {error}\n  help: {}", error.remedy()));
}
