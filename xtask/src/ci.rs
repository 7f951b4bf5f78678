//! `cargo xtask ci`: the one command. It stops at the first failure.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::step::{Step, cargo};
use crate::tidy;

/// Runs every step in order and lists their times.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let mut times: Vec<(&str, Duration)> = Vec::new();
    for step in before_tidy() {
        times.push((step.name, step.run(root)?));
    }
    times.push(("tidy", timed_tidy(root)?));
    for step in after_tidy() {
        times.push((step.name, step.run(root)?));
    }
    for step in deny_where_possible() {
        times.push((step.name, step.run(root)?));
    }
    println!("\nall steps passed");
    for (name, took) in &times {
        println!("{:>8.1} s  {name}", took.as_secs_f64());
    }
    let total: Duration = times.iter().map(|(_, took)| took).sum();
    println!("{:>8.1} s  in all", total.as_secs_f64());
    Ok(())
}

fn before_tidy() -> Vec<Step> {
    vec![
        Step::cargo("format", "fmt --all -- --check"),
        // `--all-targets` holds the benches too, so they cannot rot; linking them is not worth it.
        Step::cargo(
            "clippy",
            "clippy --workspace --all-targets --all-features -- -D warnings",
        ),
    ]
}

fn after_tidy() -> Vec<Step> {
    // One target folder for both workspaces: most dependencies are built once.
    let fuzz = |name, command: &str| {
        let (command, rest) = command.split_once(' ').unwrap_or((command, ""));
        let place = "--manifest-path fuzz/Cargo.toml";
        match command {
            "fmt" => Step::cargo(name, &format!("fmt {place} {rest}")),
            _ => Step::cargo(
                name,
                &format!("{command} {place} --target-dir target {rest}"),
            ),
        }
    };
    vec![
        Step::cargo("test", "test --workspace --all-features"),
        Step::cargo("docs", "doc --workspace --no-deps --all-features")
            .with("RUSTDOCFLAGS", "-D warnings"),
        fuzz("fuzz format", "fmt -- --check"),
        fuzz(
            "fuzz clippy",
            "clippy --all-targets --features targets -- -D warnings",
        ),
        fuzz("fuzz replay", "test -- --nocapture"),
    ]
}

/// `cargo deny` is not part of the toolchain, and advisories live in a repository on the network:
/// where either is missing, that is said and the rest goes on.
fn deny_where_possible() -> Vec<Step> {
    let mut steps = Vec::new();
    if !cargo_succeeds(&["deny", "--version"]) {
        println!("\n== deny: left out, cargo-deny is not installed (cargo install cargo-deny)");
        return steps;
    }
    steps.push(Step::cargo(
        "deny",
        "deny --all-features check bans licenses sources",
    ));
    if cargo_succeeds(&["deny", "fetch", "db"]) {
        let check = "deny --all-features check --disable-fetch advisories";
        steps.push(Step::cargo("advisories", check));
    } else {
        println!("\n== advisories: left out, `cargo deny fetch db` cannot reach the database");
    }
    steps
}

fn cargo_succeeds(words: &[&str]) -> bool {
    let asked = Command::new(cargo())
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success())
}

fn timed_tidy(root: &Path) -> Result<Duration, String> {
    println!("\n== tidy: cargo xtask tidy");
    let start = Instant::now();
    tidy::run(root)?;
    let took = start.elapsed();
    println!("== tidy: {:.1} s", took.as_secs_f64());
    Ok(took)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_step_hides_warnings() {
        let steps: Vec<String> = before_tidy()
            .iter()
            .chain(&after_tidy())
            .map(Step::shown)
            .collect();
        for step in &steps {
            let lints = step.contains(" clippy ") || step.contains(" doc ");
            assert!(!lints || step.contains("-D warnings"), "{step}");
        }
        assert!(steps.contains(&"cargo test --workspace --all-features".to_owned()));
    }
}
