//! Edits as a caller of the crate sees them.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test without its case has no better answer than to stop"
)]

mod edits;
mod fixtures;
mod generated;
mod halves;
mod helper;
mod refusals;
