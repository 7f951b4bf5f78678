//! Text to files, as a black box.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails on what cannot be, in its helpers too"
)]
mod case;
mod fixtures;
mod grid;
mod implied;
mod mutations;
mod naive;
mod properties;
