//! What can go wrong with a Docker command, and what to do about it.

use std::ffi::OsStr;
use std::io;
use std::time::Duration;

use thiserror::Error;

use super::{DockerCommand, Output};
use crate::exit::Exit;

/// How many lines of a failed command's output a message repeats.
const TAIL_LINES: usize = 12;

/// Why a Docker command gave no usable answer. Commands are written as one could paste them.
#[derive(Debug, Error)]
pub enum DockerError {
    /// The binary is missing or cannot be started.
    #[error("`{program}` cannot be started: {source}")]
    Start {
        /// The binary.
        program: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The client found no engine, or may not talk to it.
    #[error("the Docker engine does not answer\n  command: {command}\n{tail}")]
    Unreachable {
        /// The command.
        command: String,
        /// The end of what it printed, indented.
        tail: String,
    },
    /// The command ended with another exit code than 0.
    #[error("a command failed with exit code {status}\n  command: {command}\n{tail}")]
    Failed {
        /// The command.
        command: String,
        /// Its exit code.
        status: i32,
        /// The end of what it printed, indented.
        tail: String,
    },
    /// The command did not end in time and was killed.
    #[error("a command took longer than {seconds} s\n  command: {command}\n{tail}")]
    Timeout {
        /// The command.
        command: String,
        /// Its limit.
        seconds: u64,
        /// The end of what it printed, indented.
        tail: String,
    },
    /// The command printed something else than it always did.
    #[error("a Docker command printed what cannot be read: {source}\n  command: {command}")]
    Unexpected {
        /// The command.
        command: String,
        /// The reader's reason.
        source: serde_json::Error,
    },
}

impl DockerError {
    pub(super) fn start(program: &OsStr, source: io::Error) -> Self {
        let program = program.to_string_lossy().into_owned();
        Self::Start { program, source }
    }

    pub(super) fn unreachable(command: &DockerCommand, output: &Output) -> Self {
        let command = command.to_string();
        let tail = tail(output);
        Self::Unreachable { command, tail }
    }

    /// A command that ended with another exit code than 0.
    pub fn failed(command: &DockerCommand, output: &Output) -> Self {
        Self::Failed {
            command: command.to_string(),
            status: output.status,
            tail: tail(output),
        }
    }

    pub(super) fn timeout(command: &DockerCommand, output: &Output) -> Self {
        Self::slow(command.to_string(), command.timeout(), output)
    }

    pub(super) fn slow(command: String, limit: Duration, output: &Output) -> Self {
        Self::Timeout {
            command,
            seconds: limit.as_secs(),
            tail: tail(output),
        }
    }

    pub(super) fn program(command: String, output: &Output) -> Self {
        Self::Failed {
            command,
            status: output.status,
            tail: tail(output),
        }
    }

    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::Start { program, .. } => format!(
                "install Docker's command line, and see that `{program}` is on the search path"
            ),
            Self::Unreachable { .. } => "start the engine, or name it with DOCKER_HOST or \
                 DOCKER_CONTEXT; `docker version` must show a server"
                .to_owned(),
            Self::Failed { .. } => {
                "run the command by hand to see more; `docker info` shows the engine's state"
                    .to_owned()
            }
            Self::Timeout { .. } => {
                "see whether the engine is stuck or overloaded: `docker ps` must answer at once"
                    .to_owned()
            }
            Self::Unexpected { .. } => {
                "see that `docker` is Docker's own command line; `docker version` tells".to_owned()
            }
        }
    }

    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        Exit::Unreachable
    }
}

/// The last lines of what a command printed, on standard error if there are any.
fn tail(output: &Output) -> String {
    let text = match output.stderr.trim() {
        "" => output.stdout.trim(),
        stderr => stderr,
    };
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(TAIL_LINES);
    let kept = lines.iter().skip(skipped).map(|line| format!("  | {line}"));
    kept.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_and_the_end_of_its_output() {
        let stderr: String = (1..=20).map(|n| format!("line {n}\n")).collect();
        let output = Output {
            status: 125,
            stderr,
            ..Output::default()
        };
        let error = DockerError::failed(&DockerCommand::new(["run", "a b"]), &output);
        let text = error.to_string();
        assert!(text.contains("docker run 'a b'"), "{text}");
        assert!(text.contains("exit code 125"), "{text}");
        assert!(text.ends_with("  | line 20"), "{text}");
        assert!(!text.contains("line 8\n"), "{text}");
    }
}
