//! Text to files, as a black box.
#![expect(clippy::disallowed_methods, reason = "the tests read the fixtures")]

mod fixtures;
