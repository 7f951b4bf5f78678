//! One command of a longer run: shown as it could be pasted, streamed, timed.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A cargo command with a name.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// What the list of times calls it.
    pub(crate) name: &'static str,
    /// Variables set for this command alone.
    pub(crate) env: Vec<(&'static str, String)>,
    /// The words after `cargo`.
    pub(crate) args: Vec<String>,
}

impl Step {
    /// A step that runs `cargo` with the words of `args`, which are split at blanks.
    pub(crate) fn cargo(name: &'static str, args: &str) -> Self {
        Self {
            name,
            env: Vec::new(),
            args: args.split_whitespace().map(String::from).collect(),
        }
    }

    /// The same step with a variable set.
    #[must_use]
    pub(crate) fn with(mut self, key: &'static str, value: &str) -> Self {
        self.env.push((key, value.to_owned()));
        self
    }

    /// The command as one can paste it into a shell at the root of the repository.
    pub(crate) fn shown(&self) -> String {
        let env = self
            .env
            .iter()
            .map(|(key, value)| format!("{key}={}", quoted(value)));
        let words = std::iter::once("cargo".to_owned()).chain(self.args.iter().map(|a| quoted(a)));
        env.chain(words).collect::<Vec<_>>().join(" ")
    }

    /// Runs it in `root` with its output going straight through.
    pub(crate) fn run(&self, root: &Path) -> Result<Duration, String> {
        println!("\n== {}: {}", self.name, self.shown());
        let start = Instant::now();
        let status = Command::new(cargo())
            .args(&self.args)
            .envs(self.env.iter().map(|(key, value)| (key, value)))
            .current_dir(root)
            .status()
            .map_err(|error| format!("cannot start `{}`: {error}", self.shown()))?;
        let took = start.elapsed();
        println!("== {}: {:.1} s", self.name, took.as_secs_f64());
        if status.success() {
            return Ok(took);
        }
        Err(format!(
            "{} failed ({status}); to run it again:\n\n    {}\n",
            self.name,
            self.shown()
        ))
    }
}

/// The cargo that runs us, so that all steps use one toolchain.
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// A word as a POSIX shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_shown_as_one_can_paste_it() {
        let step = Step::cargo("docs", "doc --no-deps").with("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(
            step.shown(),
            "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps"
        );
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn a_failing_command_is_an_error_that_says_how_to_run_it_again() {
        let step = Step::cargo("nonsense", "no-such-command-of-cargo");
        let message = step.run(&crate::root()).unwrap_err();
        assert!(
            message.contains("cargo no-such-command-of-cargo"),
            "{message}"
        );
    }
}
