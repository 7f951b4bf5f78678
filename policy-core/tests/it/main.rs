//! Text to trees, trees to text, and text to diagnostics.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the tests and their helpers read what the tests themselves wrote"
)]

mod deciding;
mod diagnostics;
mod fixtures;
mod grammar;
mod helper;
mod lists_agree;
mod printing;
mod properties;
mod reading;
