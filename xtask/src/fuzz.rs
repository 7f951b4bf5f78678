//! `cargo xtask fuzz`: coverage-guided fuzzing with the pinned stable compiler.
//!
//! The coverage pass of LLVM is part of every rustc; only the option that names it is unstable.
//! Asking for the pass by hand gives libFuzzer what it needs, so no nightly is installed. There
//! is no address sanitizer that way, which safe code can do without.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::step::Step;

/// What makes a binary report its coverage to libFuzzer.
const RUSTFLAGS: &str = "--cfg fuzzing -Cdebug-assertions -Coverflow-checks -Ccodegen-units=1 \
    -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Fuzzes `target` for `seconds`.
pub(crate) fn run(root: &Path, target: &str, seconds: &str) -> Result<(), String> {
    let source = root.join("fuzz/fuzz_targets").join(format!("{target}.rs"));
    if !source.is_file() {
        let known = targets(root)?.join(", ");
        return Err(format!("no fuzz target `{target}`; there are: {known}"));
    }
    let seconds: u32 = seconds
        .parse()
        .map_err(|_| format!("`{seconds}` is no number of seconds"))?;
    // What libFuzzer finds stays out of git until someone moves it into `fuzz/corpus`.
    let found = format!("target/fuzz-corpus/{target}");
    let artifacts = format!("fuzz/artifacts/{target}/");
    let seeds = format!("fuzz/corpus/{target}");
    for folder in [&found, &artifacts, &seeds] {
        fs::create_dir_all(root.join(folder))
            .map_err(|error| format!("cannot make {folder}: {error}"))?;
    }
    let host = host()?;
    let mut step = Step::cargo("fuzz", "run --release --manifest-path fuzz/Cargo.toml")
        .with("RUSTFLAGS", RUSTFLAGS);
    // With a target named, build scripts and macros are built without the flags.
    let words = [
        "--target-dir target --features targets,link",
        &format!("--target {host} --bin {target} --"),
        // The seeds of one target are good food for the others too.
        &format!("{found} fuzz/corpus"),
        if root.join("fixtures").is_dir() {
            "fixtures"
        } else {
            ""
        },
        &format!("-artifact_prefix={artifacts} -max_total_time={seconds}"),
        "-max_len=4096 -timeout=10 -print_final_stats=1",
    ];
    step.args.extend(
        words
            .iter()
            .flat_map(|line| line.split_whitespace())
            .map(String::from),
    );
    step.run(root).map(|_| ())
}

/// The names of all fuzz targets, in order.
fn targets(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("fuzz/fuzz_targets");
    let entries =
        fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| Some(entry.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

/// The triple of the machine we run on.
fn host() -> Result<String, String> {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .map_err(|error| format!("cannot start `rustc -vV`: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(String::from)
        .ok_or_else(|| "`rustc -vV` names no host".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_target_is_refused_with_the_known_ones() {
        let message = run(&crate::root(), "no_such_target", "1").unwrap_err();
        assert!(message.contains("there are: "), "{message}");
        assert!(message.contains("host_pattern"), "{message}");
    }

    #[test]
    fn the_host_is_known() {
        assert!(host().unwrap().contains('-'));
    }
}
