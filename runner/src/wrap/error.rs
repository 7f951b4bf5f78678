//! Why a command line is not run.

use thiserror::Error;

use crate::exit::Exit;
use crate::files::FileError;
use crate::proxy_env::ProxyError;

/// What is wrong with a command line given to `wrap`.
#[derive(Debug, Error)]
pub enum WrapError {
    /// It begins with something else than `docker`.
    #[error("the command begins with `{program}`, not with `docker`")]
    NotDocker {
        /// Its first word.
        program: String,
    },
    /// It starts no container.
    #[error("`{command}` starts no container")]
    NotRun {
        /// Its first words.
        command: String,
    },
    /// It names an engine of its own.
    #[error("`{flag}` before the subcommand may lead to another engine than the one we ask")]
    Engine {
        /// The flag.
        flag: String,
    },
    /// A flag that no version we know has.
    #[error("`{flag}` is no known flag of `docker run`, so the image cannot be found")]
    UnknownFlag {
        /// The flag.
        flag: String,
    },
    /// The line ends behind a flag that wants a value.
    #[error("`{flag}` has no value")]
    NoValue {
        /// The flag.
        flag: String,
    },
    /// The line ends before the image.
    #[error("the command names no image")]
    NoImage,
    /// A flag that would take the container out of the policy's reach.
    #[error("`{flag}` {reason}")]
    Refused {
        /// The flag, with its value where that matters.
        flag: String,
        /// What it would do.
        reason: &'static str,
        /// What to write instead.
        remedy: &'static str,
    },
    /// A proxy variable.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// A file of `--env-file`.
    #[error(transparent)]
    EnvFile(#[from] FileError),
}

impl WrapError {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::NotDocker { .. } => {
                "write `portreeve wrap AGENT -- docker run …`; for rights, run `portreeve` itself \
                 with sudo"
            }
            Self::NotRun { .. } => "give a `docker run` or `docker create` command",
            Self::Engine { .. } => "choose the engine with DOCKER_HOST or DOCKER_CONTEXT",
            Self::UnknownFlag { .. } => {
                "see that it is spelled right; a flag newer than this version of portreeve cannot \
                 be used under it"
            }
            Self::NoValue { .. } => "give it one, or leave it out",
            Self::NoImage => "name the image behind the flags",
            Self::Refused { remedy, .. } => remedy,
            Self::Proxy(error) => return error.remedy(),
            Self::EnvFile(error) => return error.remedy(),
        }
        .to_owned()
    }

    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::EnvFile(_) => Exit::Unreachable,
            _ => Exit::Usage,
        }
    }
}
