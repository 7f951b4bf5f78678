//! What the user sees: the one place that prints.
//!
//! Results go to standard output, everything about the work itself to standard error, so that a
//! result can be piped. A reader that has gone away (`| head`) is no error.

use std::fmt::Display;
use std::io::{self, Write as _};

use crate::error::Error;

/// Prints a part of the result.
pub fn result(text: impl Display) {
    // Colours are stripped where the output is no terminal; see `colour`.
    let _ = writeln!(anstream::AutoStream::auto(io::stdout().lock()), "{text}");
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

/// Says what is probably not meant.
pub fn warning(message: impl Display, help: impl Display) {
    note(format_args!("warning: {message}\n  help: {help}"));
}

/// Says why the command stopped, and what to do.
pub fn error(error: &Error) {
    note(format_args!("error: {error}\n  help: {}", error.remedy()));
}
