//! Text to trees, trees to text, and text to diagnostics; and what the model means.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails on what cannot be, in its helpers too"
)]

mod allocating;
mod comparing;
mod damage;
mod deciding;
mod diagnostics;
mod examining;
mod explaining;
mod fixing;
mod fixtures;
mod formatting;
mod grammar;
mod helper;
mod lists_agree;
mod printing;
mod properties;
mod reaching;
mod reading;
mod silencing;
mod trying;
