//! Text to trees, trees to text, and text to diagnostics.

mod deciding;
mod diagnostics;
mod fixtures;
mod helper;
mod lists_agree;
mod printing;
mod properties;
mod reading;
