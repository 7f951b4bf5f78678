//! Asking from inside a container: questions go in as lines, answers come out as lines.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use policy_render::deployment::AgentPlan;

use super::cast;
use super::error::DemoError;
use crate::docker::{Docker, DockerCommand};
use crate::error::Error;

/// The script; it reads the questions from its own end.
const PROBER: &str = include_str!("prober.pl");
/// Twice what the prober itself allows.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A plain request through the proxy.
    Plain {
        /// For what.
        host: String,
        /// On which port.
        port: u16,
    },
    /// A tunnel through the proxy, and a request inside it.
    Tunnel {
        /// Where to.
        host: String,
        /// On which port.
        port: u16,
    },
    /// A connection that passes the proxy by.
    Connection {
        /// Where to.
        address: Ipv4Addr,
        /// On which port.
        port: u16,
    },
    /// What a browser's client does: discovery, then a WebSocket.
    Browser {
        /// Where.
        address: Ipv4Addr,
        /// On which port.
        port: u16,
    },
    /// A question to a resolver.
    Name {
        /// Which one.
        server: Ipv4Addr,
        /// About what.
        name: String,
    },
    /// The same by way of the C library.
    Library {
        /// About what.
        name: String,
    },
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain { host, port } => write!(f, "GET http://{host}:{port}/ through the proxy"),
            Self::Tunnel { host, port } => write!(f, "CONNECT {host}:{port} through the proxy"),
            Self::Connection { address, port } => write!(f, "connect to {address}:{port}"),
            Self::Browser { address, port } => {
                write!(f, "discover the browser at {address}:{port}")
            }
            Self::Name { server, name } => write!(f, "ask {server} for {name}"),
            Self::Library { name } => write!(f, "look up {name}"),
        }
    }
}

impl Ask {
    /// The line for the prober; the path is the question's own, so that logs tell them apart.
    fn line(&self, number: usize, from: Option<&Asker<'_>>) -> String {
        let rest = match self {
            Self::Plain { host, port } => proxied("get", from, host, *port, number),
            Self::Tunnel { host, port } => proxied("connect", from, host, *port, number),
            Self::Connection { address, port } => format!("tcp\t{address}\t{port}"),
            Self::Browser { address, port } => format!("cdp\t{address}\t{port}"),
            Self::Name { server, name } => format!("dns\t{server}\t{name}"),
            Self::Library { name } => format!("libc\t-\t{name}"),
        };
        format!("{number}\t{rest}\n")
    }
}

fn proxied(kind: &str, from: Option<&Asker<'_>>, host: &str, port: u16, number: usize) -> String {
    let Some(Asker { plan, proxy_port }) = from else {
        return format!("tcp\t{host}\t{port}");
    };
    let credentials = cast::credentials(&plan.name);
    let proxy = plan.proxy;
    format!(
        "{kind}\t{proxy}\t{proxy_port}\t{credentials}\t{host}\t{port}\t{}",
        path(number)
    )
}

/// The path that a question asks for.
pub fn path(number: usize) -> String {
    format!("/{number}")
}

/// The agent that asks.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// Its addresses.
    pub plan: &'a AgentPlan,
    /// Squid's port.
    pub proxy_port: u16,
}

/// What came of it: a word that the prober knows, and what the other side said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// An HTTP status, `rcode N`, `connected`, `refused`, `silent` or `wrong`.
    pub word: String,
    /// For people.
    pub text: String,
}

/// Asks all questions at once in `container`, and gives the answers by number.
pub fn ask<'a>(
    docker: &dyn Docker,
    container: &str,
    from: Option<&Asker<'_>>,
    questions: impl Iterator<Item = (usize, &'a Ask)>,
) -> Result<BTreeMap<usize, Answer>, Error> {
    let command = DockerCommand::new(["exec", "--interactive", container, "perl", "-"]);
    ask_by(docker, command, container, from, questions)
}

/// The same by a command that runs `perl -` on its input.
pub fn ask_by<'a>(
    docker: &dyn Docker,
    command: DockerCommand,
    container: &str,
    from: Option<&Asker<'_>>,
    questions: impl Iterator<Item = (usize, &'a Ask)>,
) -> Result<BTreeMap<usize, Answer>, Error> {
    let mut script = PROBER.to_owned();
    for (number, ask) in questions {
        script.push_str(&ask.line(number, from));
    }
    let output = docker.run(&command.stdin(script).within(TIMEOUT))?;
    output
        .stdout
        .lines()
        .map(|line| read(container, line))
        .collect()
}

fn read(agent: &str, line: &str) -> Result<(usize, Answer), Error> {
    let fields: Vec<&str> = line.splitn(3, '\t').collect();
    if let [number, word, text] = fields.as_slice()
        && let Ok(number) = number.parse()
    {
        let answer = Answer {
            word: (*word).to_owned(),
            text: text.trim().to_owned(),
        };
        return Ok((number, answer));
    }
    Err(DemoError::Prober {
        agent: agent.to_owned(),
        line: line.to_owned(),
    }
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_keeps_what_the_other_side_said() {
        let (number, answer) = read("coder", "3\t200\tweb port=80").unwrap();
        assert_eq!(
            (number, &*answer.word, &*answer.text),
            (3, "200", "web port=80")
        );
        assert!(read("coder", "perl: not found").is_err());
    }
}
