//! The project's own commands: `cargo xtask ci`, `tidy` and `fuzz`.
//!
//! Only the standard library is used, so that the one command works on a fresh checkout with
//! nothing but a Rust toolchain.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal: printing is what it is for"
)]

mod ci;
mod fuzz;
mod step;
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  ci                     everything that must hold before a change goes in
  tidy                   only the rules about the repository itself
  fuzz TARGET [SECONDS]  fuzz one target of fuzz/fuzz_targets (60 seconds unless told)
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["ci"] => ci::run(&root()),
        ["tidy"] => tidy::run(&root()),
        ["fuzz", target] => fuzz::run(&root(), target, "60"),
        ["fuzz", target, seconds] => fuzz::run(&root(), target, seconds),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\nerror: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository: the folder above this crate.
fn root() -> PathBuf {
    let crate_folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    crate_folder
        .parent()
        .map_or_else(|| crate_folder.clone(), PathBuf::from)
}
