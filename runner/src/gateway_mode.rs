//! How this engine makes a network on which the host has no address.
//!
//! From Engine 28 on the gateway mode `isolated` says so; older ones inhibit the bridge's address,
//! which means the same for IPv4. An engine that does not know the option takes any value of it
//! without a word, and some that know it have no `isolated`. So it is asked twice: a value that
//! nobody has must be refused, and then `isolated` must be taken. The answer is kept in the state
//! folder, for the version of the engine that gave it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::apply::remove_own;
use crate::docker::{Docker, DockerCommand, engine_version};
use crate::error::Error;
use crate::files;
use crate::state::State;

/// The option of `docker network create`.
const OPTION: &str = "com.docker.network.bridge.gateway_mode_ipv4";
/// A value of it that no engine has.
const UNKNOWN: &str = "portreeve-asks";
/// The format of the file.
const VERSION: u32 = 1;

/// How the host is kept off an internal network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GatewayMode {
    /// The network is isolated from the host, which the engine knows as such.
    Isolated,
    /// The bridge gets no IPv4 address.
    #[default]
    Inhibited,
}

/// What an engine has answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Answer {
    version: u32,
    engine: String,
    gateway_mode: GatewayMode,
}

impl GatewayMode {
    /// The options that make such a network. The older one always stands there: on an engine that
    /// does not know the other, a network made by its successor still gives the host no address.
    pub fn options(self) -> Vec<String> {
        let mut options = vec!["--opt=com.docker.network.bridge.inhibit_ipv4=true".to_owned()];
        if self == Self::Isolated {
            options.push(format!("--opt={OPTION}=isolated"));
        }
        options
    }
}

impl fmt::Display for GatewayMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Isolated => "gateway_mode_ipv4=isolated",
            Self::Inhibited => "inhibit_ipv4",
        })
    }
}

/// What is known without asking: the answer of the engine that was asked last, whatever its version
/// was, since that is how the networks were made.
pub fn remembered(state: &State) -> Result<Option<GatewayMode>, Error> {
    Ok(read(state)?.map(|answer| answer.gateway_mode))
}

/// Whether the engine, at its version, has answered already.
pub fn is_known(docker: &dyn Docker, state: &State) -> Result<bool, Error> {
    let Some(answer) = read(state)? else {
        return Ok(false);
    };
    Ok(answer.engine == engine_version(docker)?)
}

/// Asks the engine and remembers what it says. For a moment it has a network of ours without
/// anybody on it.
pub fn ask(docker: &dyn Docker, state: &State) -> Result<GatewayMode, Error> {
    let engine = engine_version(docker)?;
    let knows_the_option = !takes(docker, state, UNKNOWN)?;
    let is_isolated = knows_the_option && takes(docker, state, "isolated")?;
    let gateway_mode = if is_isolated {
        GatewayMode::Isolated
    } else {
        GatewayMode::Inhibited
    };
    let answer = Answer {
        version: VERSION,
        engine,
        gateway_mode,
    };
    files::create_folder(state.root())?;
    files::write(&state.engine(), serde_json::to_string(&answer)?.as_bytes())?;
    Ok(gateway_mode)
}

/// Whether the engine makes a network with this value of the option.
fn takes(docker: &dyn Docker, state: &State, value: &str) -> Result<bool, Error> {
    let network = state.instance().placeholder_network();
    let remove = || remove_own(docker, state, "network", &network);
    remove()?;
    let made = docker.try_run(&create(state, &network, value));
    // Whatever came of it, nothing stays.
    remove()?;
    Ok(made?.success())
}

/// Makes a network that only asks.
fn create(state: &State, network: &str, value: &str) -> DockerCommand {
    DockerCommand::new(["network", "create", "--internal"])
        .with(GatewayMode::Inhibited.options())
        .with([
            format!("--opt={OPTION}={value}"),
            format!("--label={}", state.instance().label()),
        ])
        .arg(network)
}

/// A file that cannot be read is no answer: it is written anew with the next one.
fn read(state: &State) -> Result<Option<Answer>, Error> {
    let bytes = files::read_if_there(&state.engine())?;
    let answer = bytes.and_then(|bytes| serde_json::from_slice::<Answer>(&bytes).ok());
    Ok(answer.filter(|answer| answer.version == VERSION))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use crate::docker::{DockerError, Line, Output};

    use super::*;

    /// An engine of which only the option's values are known; nothing where it does not know the
    /// option at all.
    struct Engine {
        version: &'static str,
        values: Option<&'static [&'static str]>,
        commands: RefCell<Vec<String>>,
    }

    impl Docker for Engine {
        fn stream(
            &self,
            command: &DockerCommand,
            _: &mut dyn FnMut(Line<'_>),
        ) -> Result<Output, DockerError> {
            let text = command.to_string();
            let value = text
                .split_once(&format!("{OPTION}="))
                .map(|(_, rest)| rest.split(' ').next().unwrap_or_default());
            let knows = |value: &str| self.values.is_none_or(|values| values.contains(&value));
            let status = i32::from(value.is_some_and(|value| !knows(value)));
            let stdout = if text.starts_with("docker version") {
                self.version.to_owned()
            } else if text.contains("network ls") {
                "made\n".to_owned()
            } else {
                String::new()
            };
            self.commands.borrow_mut().push(text);
            Ok(Output {
                status,
                stdout,
                stderr: String::new(),
            })
        }
    }

    fn engine(version: &'static str, values: Option<&'static [&'static str]>) -> Engine {
        let commands = RefCell::default();
        Engine {
            version,
            values,
            commands,
        }
    }

    #[test]
    fn only_an_engine_that_refuses_nonsense_and_takes_isolated_isolates() {
        let temporary = tempfile::tempdir().unwrap();
        let state = State::locate(Some(temporary.path()), Some("t")).unwrap();
        for (version, values, mode) in [
            ("20.10.24", None, GatewayMode::Inhibited),
            (
                "27.5.1",
                Some(&["nat", "routed"][..]),
                GatewayMode::Inhibited,
            ),
            (
                "28.0.0",
                Some(&["nat", "routed", "isolated"][..]),
                GatewayMode::Isolated,
            ),
        ] {
            let engine = engine(version, values);
            assert!(!is_known(&engine, &state).unwrap(), "{version}");
            assert_eq!(ask(&engine, &state).unwrap(), mode, "{version}");
            assert!(is_known(&engine, &state).unwrap(), "{version}");
            assert_eq!(remembered(&state).unwrap(), Some(mode));
            // What was made is removed, each time.
            let commands = engine.commands.borrow();
            let count = |what: &str| commands.iter().filter(|text| text.contains(what)).count();
            assert_eq!(count("network rm made"), 2 * count("network create"));
        }
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_asked_for_again() {
        let temporary = tempfile::tempdir().unwrap();
        let state = State::locate(Some(temporary.path()), Some("t")).unwrap();
        let old = engine("20.10.24", None);
        for text in [
            "",
            "{",
            "{\"version\":2,\"engine\":\"20.10.24\",\"gateway_mode\":\"isolated\"}",
        ] {
            files::write(&state.engine(), text.as_bytes()).unwrap();
            assert_eq!(remembered(&state).unwrap(), None, "{text}");
            assert!(!is_known(&old, &state).unwrap());
        }
    }
}
