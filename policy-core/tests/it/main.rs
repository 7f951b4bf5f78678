//! Text to trees, trees to text, and text to diagnostics.

mod diagnostics;
mod grammar;
mod helper;
mod printing;
mod properties;
mod reading;
