//! One call of `docker`, as a value: planned, shown, recorded and performed alike.

use std::fmt;
use std::time::Duration;

use crate::shell_word;

/// How long a command may take when nothing else is said. Starting a container on a busy engine
/// takes seconds, never a minute.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

/// The arguments of one `docker` call, what it is given to read, and how long it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DockerCommand {
    args: Vec<String>,
    input: Option<Vec<u8>>,
    timeout: Duration,
}

impl DockerCommand {
    /// `docker` with these arguments.
    pub fn new<I: IntoIterator<Item: Into<String>>>(args: I) -> Self {
        Self {
            args: args.into_iter().map(Into::into).collect(),
            input: None,
            timeout: DEFAULT_TIMEOUT,
        }
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// With more arguments.
    #[must_use]
    pub fn with<I: IntoIterator<Item: Into<String>>>(mut self, args: I) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// With something to read on its standard input, which is never shown.
    #[must_use]
    pub fn stdin(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// With another limit; a command that takes longer is killed.
    #[must_use]
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The arguments after `docker`.
    pub fn args(&self) -> &[String] {
        &self.args
    }

    /// What it reads.
    pub fn input(&self) -> Option<&[u8]> {
        self.input.as_deref()
    }

    /// How long it may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }
}

impl fmt::Display for DockerCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let args = self.args.iter().map(String::as_str);
        f.write_str(&shell_word::join(std::iter::once("docker").chain(args)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_prints_as_a_line_for_the_shell() {
        let command = DockerCommand::new(["ps", "-aq"])
            .with(["--filter", "label=portreeve.instance=x"])
            .arg("--format={{.ID}}");
        assert_eq!(
            command.to_string(),
            "docker ps -aq --filter label=portreeve.instance=x '--format={{.ID}}'"
        );
    }
}
