//! Text to files, as a black box.

#![expect(
    clippy::expect_used,
    reason = "the helpers read what the tests themselves wrote"
)]

mod case;
mod fixtures;
