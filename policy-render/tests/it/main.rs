//! Text to files, as a black box.

mod case;
mod fixtures;
