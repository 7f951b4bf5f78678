//! Docker's command line, and the one place that starts a process.
//!
//! The command line is the interface because it knows contexts, remote engines and credential
//! helpers; the environment is handed on as it is, so `DOCKER_HOST` and `DOCKER_CONTEXT` mean what
//! they always mean. Every call is a [`DockerCommand`], which prints as a line one can paste.

mod command;
mod error;
mod process;

pub use self::command::DockerCommand;
pub use self::error::DockerError;

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

use self::process::Finished;

/// What a command that ran to its end has printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// The exit code; 128 plus the signal for a command that a signal ended.
    pub status: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// Whether the exit code is 0.
    pub fn success(&self) -> bool {
        self.status == 0
    }
}

/// One line of a command that is still running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// On standard output.
    Stdout(&'a str),
    /// On standard error.
    Stderr(&'a str),
}

/// Something that performs Docker commands: the real one, or a recording in tests.
pub trait Docker {
    /// Runs a command to its end, whatever its exit code, and gives each line to `on_line` as it
    /// appears. An error means that there is no answer at all: no binary, no engine, no end.
    fn stream(
        &self,
        command: &DockerCommand,
        on_line: &mut dyn FnMut(Line<'_>),
    ) -> Result<Output, DockerError>;

    /// Runs a command that may go on for ever, and gives each line to `on_line`, which can end it.
    /// Nothing is kept but the end of what it complains of. Its input stays open as long as it runs.
    fn follow(
        &self,
        command: &DockerCommand,
        on_line: &mut dyn FnMut(Line<'_>) -> ControlFlow<()>,
    ) -> Result<(), DockerError> {
        self.stream(command, &mut |line| {
            let _ = on_line(line);
        })?;
        Ok(())
    }

    /// Runs a command whose failure is an answer too, as that of `docker inspect` is.
    fn try_run(&self, command: &DockerCommand) -> Result<Output, DockerError> {
        self.stream(command, &mut |_| {})
    }

    /// Runs a command that must succeed.
    fn run(&self, command: &DockerCommand) -> Result<Output, DockerError> {
        let output = self.try_run(command)?;
        if output.success() {
            return Ok(output);
        }
        Err(DockerError::failed(command, &output))
    }
}

/// Runs a command that must succeed and print JSON.
pub fn query<T: serde::de::DeserializeOwned>(
    docker: &dyn Docker,
    command: &DockerCommand,
) -> Result<T, DockerError> {
    read_json(command, &docker.run(command)?)
}

/// Reads the output of a command as JSON.
pub fn read_json<T: serde::de::DeserializeOwned>(
    command: &DockerCommand,
    output: &Output,
) -> Result<T, DockerError> {
    serde_json::from_str(&output.stdout).map_err(|source| DockerError::Unexpected {
        command: command.to_string(),
        source,
    })
}

/// The `docker` command of this machine.
#[derive(Clone, Debug)]
pub struct DockerCli {
    program: OsString,
}

impl Default for DockerCli {
    fn default() -> Self {
        Self::new("docker")
    }
}

impl DockerCli {
    /// A command other than the `docker` of the search path.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
        }
    }
}

impl Docker for DockerCli {
    fn stream(
        &self,
        command: &DockerCommand,
        on_line: &mut dyn FnMut(Line<'_>),
    ) -> Result<Output, DockerError> {
        let mut child = Command::new(&self.program);
        child.args(command.args());
        match process::run(child, command.input(), command.timeout(), on_line) {
            Ok(Finished::Ended(output)) if !output.success() && is_unreachable(&output.stderr) => {
                Err(DockerError::unreachable(command, &output))
            }
            Ok(Finished::Ended(output)) => Ok(output),
            Ok(Finished::TimedOut(output)) => Err(DockerError::timeout(command, &output)),
            Err(source) => Err(DockerError::start(&self.program, source)),
        }
    }

    fn follow(
        &self,
        command: &DockerCommand,
        on_line: &mut dyn FnMut(Line<'_>) -> ControlFlow<()>,
    ) -> Result<(), DockerError> {
        let mut child = Command::new(&self.program);
        child.args(command.args());
        let ended = process::follow(child, on_line);
        match ended.map_err(|source| DockerError::start(&self.program, source))? {
            Some(output) if is_unreachable(&output.stderr) => {
                Err(DockerError::unreachable(command, &output))
            }
            Some(output) if !output.success() => Err(DockerError::failed(command, &output)),
            _ => Ok(()),
        }
    }
}

/// Whether the complaint is the client's about its engine: not there, or closed to this user.
fn is_unreachable(stderr: &str) -> bool {
    let complaints = [
        "Cannot connect to the Docker daemon",
        "permission denied while trying to connect to the",
        "error during connect:",
        "failed to connect to the docker API",
    ];
    stderr
        .lines()
        .any(|line| complaints.iter().any(|text| line.contains(text)))
}

/// The version of the engine, which is the cheapest question that only a live engine answers.
pub fn engine_version(docker: &dyn Docker) -> Result<String, DockerError> {
    let command = DockerCommand::new(["version", "--format", "{{.Server.Version}}"]);
    Ok(docker.run(&command)?.stdout.trim().to_owned())
}

/// Runs a program of our own, such as the script that makes a base image, to its end.
pub fn run_program(
    program: &str,
    args: &[String],
    timeout: Duration,
    on_line: &mut dyn FnMut(Line<'_>),
) -> Result<(), DockerError> {
    let mut child = Command::new(program);
    child.args(args);
    let words = std::iter::once(program).chain(args.iter().map(String::as_str));
    let command = crate::shell_word::join(words);
    match process::run(child, None, timeout, on_line) {
        Ok(Finished::Ended(output)) if output.success() => Ok(()),
        Ok(Finished::Ended(output)) => Err(DockerError::program(command, &output)),
        Ok(Finished::TimedOut(output)) => Err(DockerError::slow(command, timeout, &output)),
        Err(source) => Err(DockerError::start(program.as_ref(), source)),
    }
}

/// Becomes the given command: terminal, signals and exit code are its own from here on.
///
/// It returns only when the command cannot be started.
pub fn become_command(program: &str, args: &[String]) -> DockerError {
    let source = Command::new(program).args(args).exec();
    DockerError::start(program.as_ref(), source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_engine_is_told_from_a_failed_command() {
        assert!(is_unreachable(
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker \
             daemon running?"
        ));
        assert!(is_unreachable(
            "permission denied while trying to connect to the Docker daemon socket at unix:///x"
        ));
        assert!(!is_unreachable("Error: No such object: coder"));
    }
}
