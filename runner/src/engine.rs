//! Whether the engine is there, and waiting until it is.

use std::thread;
use std::time::{Duration, Instant};

use crate::docker::{Docker, DockerCommand, DockerError};
use crate::error::Error;

/// A live engine says its version at once; one that has just begun may take its time.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait between two questions.
const POLL: Duration = Duration::from_millis(500);
/// How often it is said that it is still waited for.
const PROGRESS: Duration = Duration::from_secs(10);

/// Asks for something that only a live engine answers.
pub fn answers(docker: &dyn Docker) -> Result<(), DockerError> {
    let version = DockerCommand::new(["version", "--format", "{{.Server.Version}}"]);
    docker.run(&version.within(ANSWER_TIMEOUT)).map(drop)
}

/// Waits for the engine until `end`; `say` is told once in a while for how many seconds. The error
/// is the last answer.
pub fn wait(
    docker: &dyn Docker,
    end: Instant,
    say: &mut dyn FnMut(u64),
) -> Result<(), DockerError> {
    let start = Instant::now();
    let mut said = None::<Instant>;
    loop {
        let Err(error) = answers(docker) else {
            return Ok(());
        };
        let now = Instant::now();
        if now >= end {
            return Err(error);
        }
        if said.is_none_or(|said| now - said >= PROGRESS) {
            say((now - start).as_secs());
            said = Some(now);
        }
        thread::sleep(POLL.min(end - now));
    }
}

/// Whether a failure was the engine's going away: what it says while it ends can be anything, so
/// it is asked again.
pub fn is_away(docker: &dyn Docker, error: &Error) -> bool {
    let about_docker = match error {
        Error::Docker(_) => true,
        Error::Apply(error) => matches!(*error.cause, Error::Docker(_)),
        _ => false,
    };
    about_docker && answers(docker).is_err()
}
