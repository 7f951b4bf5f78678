//! The fuzz oracles: plain functions that panic when a property does not hold.
//!
//! The targets in `fuzz_targets/` and the replay in `tests/` call the same functions, so they
//! are exercised on every change, with or without a fuzzer. What each one promises is in
//! `README.md`.

mod meaning;
mod spans;
mod text;
mod values;

use policy_core::facts::Facts;

pub use meaning::{compile, decide};
pub use text::{format, parse, print};
pub use values::{host_pattern, name, port};

/// An oracle: it takes any bytes, and panics when its property does not hold for them.
pub type Oracle = fn(&[u8]);

/// What every compile is told: the documented defaults, on a day of its own.
fn facts() -> Facts {
    Facts::on("2026-06-01".parse().expect("a day of the calendar"))
}

/// Every oracle by the name of its fuzz target.
pub const ALL: &[(&str, Oracle)] = &[
    ("compile", compile),
    ("decide", decide),
    ("format", format),
    ("host_pattern", host_pattern),
    ("name", name),
    ("parse", parse),
    ("port", port),
    ("print", print),
];
