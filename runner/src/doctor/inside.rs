//! What is tried from inside an agent's network, in a container at an address of the agent's own.

use std::net::Ipv4Addr;
use std::path::Path;

use policy_render::deployment::{AgentPlan, Deployment, SHARED_NETWORK};

use crate::command::args;
use crate::demo::probe::{self, Answer, Ask, Asker};
use crate::deployed;
use crate::docker::DockerCommand;
use crate::error::Error;
use crate::files;
use crate::image;
use crate::leases::Keep;
use crate::logs::DNS_LOG;
use crate::session::Session;
use crate::up::Installation;

use super::Check;

/// How many of the host's listeners are tried.
const MAX_LISTENERS: usize = 12;
/// The floor: refused by the proxy itself, whatever the policy says.
const CLOSED: &str = "169.254.169.254";
/// Nothing listens there; a host that is in reach refuses.
const ANY_PORT: u16 = 1;

/// What must be true of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Word(&'static str),
    /// Not even a refusal.
    Silence,
}

struct Question {
    check: &'static str,
    ask: Ask,
    wanted: Wanted,
    remedy: &'static str,
}

pub(super) fn examine(
    installation: &Installation<'_>,
    wanted: &[String],
) -> Result<Vec<Check>, Error> {
    let Some(deployment) = deployed::current(installation.state)? else {
        return Ok(Vec::new());
    };
    for name in wanted {
        deployed::agent(&deployment, name)?;
    }
    let is_wanted = |agent: &&AgentPlan| {
        wanted.is_empty()
            || wanted
                .iter()
                .any(|name| name.eq_ignore_ascii_case(&agent.name))
    };
    let hosts = host_addresses(installation)?;
    let mut checks = Vec::new();
    for agent in deployment.agents.iter().filter(is_wanted) {
        let found = match args::open(installation.state, &agent.name, Keep::WhileThisProcessLives) {
            Ok(session) => agent_checks(installation, &deployment, agent, &session, &hosts)?,
            Err(Error::Lease(error)) => {
                vec![Check::bad("probe", error.to_string(), error.remedy())]
            }
            Err(error) => return Err(error),
        };
        checks.extend(found.into_iter().map(|check| check.of(&agent.name)));
    }
    Ok(checks)
}

fn agent_checks(
    installation: &Installation<'_>,
    deployment: &Deployment,
    agent: &AgentPlan,
    session: &Session,
    hosts: &[Ipv4Addr],
) -> Result<Vec<Check>, Error> {
    let nonce = session.address.to_bits() ^ std::process::id();
    let names = ["wire", "libc"].map(|by| format!("doctor-{nonce:08x}-{by}.portreeve.invalid"));
    let questions = questions(deployment, agent, &names, hosts);
    let asker = Asker {
        plan: agent,
        proxy_port: deployment.proxy_port,
    };
    let name = format!("portreeve-{}.doctor", installation.state.instance());
    // It goes when its input ends, so also when we do; an earlier one that hangs must not stop us.
    let remove = DockerCommand::new(["rm", "--force", &name]);
    installation.docker.try_run(&remove)?;
    let run = DockerCommand::new([
        "run",
        "--rm",
        "--interactive",
        "--no-healthcheck",
        "--read-only",
        "--name",
        &name,
    ]);
    let run = run
        .with(session.confinement())
        .arg(image::tag())
        .with(["perl", "-"]);
    let asks = questions.iter().map(|question| &question.ask).enumerate();
    let answers = probe::ask_by(installation.docker, run, &name, Some(&asker), asks);
    installation.docker.try_run(&remove)?;
    let answers = answers?;
    let mut checks: Vec<Check> = Vec::new();
    for (number, question) in questions.iter().enumerate() {
        let check = judged(question, answers.get(&number));
        // One line for each promise that holds, and one for each way in which it does not.
        let known = checks
            .iter_mut()
            .find(|known| known.name == check.name && known.ok);
        match known {
            Some(known) if check.ok => {
                known.found.push_str("; ");
                known.found.push_str(&check.found);
            }
            _ => checks.push(check),
        }
    }
    checks.push(logged(installation, session, &names)?);
    Ok(checks)
}

fn questions(
    deployment: &Deployment,
    agent: &AgentPlan,
    names: &[String; 2],
    hosts: &[Ipv4Addr],
) -> Vec<Question> {
    let [wire, libc] = names;
    let question = |check, ask, wanted, remedy| Question {
        check,
        ask,
        wanted,
        remedy,
    };
    let connection = |address, port| Ask::Connection { address, port };
    let restart = "run `portreeve up FILE`; `portreeve status` shows which service is down";
    let mut questions = vec![
        question(
            "proxy-answers",
            Ask::Tunnel {
                host: CLOSED.to_owned(),
                port: 443,
            },
            Wanted::Word("403"),
            restart,
        ),
        question(
            "names-lead-nowhere",
            Ask::Name {
                server: agent.proxy,
                name: wire.clone(),
            },
            Wanted::Word("rcode 3"),
            restart,
        ),
        question(
            "names-lead-nowhere",
            Ask::Library { name: libc.clone() },
            Wanted::Word("rcode 3"),
            "start agents by `portreeve args` or `wrap`, which mount the resolver file",
        ),
    ];
    // The bridge's own address, and the host's others: by what it listens on and by any port.
    let bridge = deployment.network_of(agent).gateway;
    let mut ports = listeners();
    ports.insert(0, ANY_PORT);
    for address in std::iter::once(bridge).chain(hosts.iter().copied()) {
        questions.extend(ports.iter().map(|port| question("host-is-closed", connection(address, *port), Wanted::Silence,
            "remove this agent's containers and its network, and run `portreeve up FILE`, which makes it \
             without an address on the host; until then bind what listens there to one address")));
    }
    // Squid's addresses on the networks of others.
    if agent.network != SHARED_NETWORK {
        let others = deployment
            .agents
            .iter()
            .filter(|other| other.network != agent.network);
        for other in others.take(2) {
            for address in [other.proxy, other.first_address] {
                questions.push(question(
                    "neighbours-are-out-of-reach",
                    connection(address, deployment.proxy_port),
                    Wanted::Silence,
                    "look for a route or a firewall rule between Docker's bridges, and for \
                     `net.bridge.bridge-nf-call-iptables=0`",
                ));
            }
        }
    }
    if let Some(port) = agent.cdp_port {
        questions.push(question("browser-answers", Ask::Browser { address: agent.proxy, port }, Wanted::Word("200"),
            "start Chrome on the host with `--remote-debugging-port`; it listens on loopback alone, so let \
             `socat TCP-LISTEN:9222,bind=ADDRESS,fork TCP:127.0.0.1:9222` relay from the host's address \
             that containers reach"));
    }
    questions
}

fn judged(question: &Question, answer: Option<&Answer>) -> Check {
    let word = answer.map_or("no answer", |answer| answer.word.as_str());
    let ok = match question.wanted {
        Wanted::Word(wanted) => word == wanted,
        Wanted::Silence => word == "silent",
    };
    Check::is(
        question.check,
        ok,
        format!("{}: {word}", question.ask),
        question.remedy,
    )
}

/// The resolver that was asked is ours: it has written both questions down, with who asked.
fn logged(
    installation: &Installation<'_>,
    session: &Session,
    names: &[String; 2],
) -> Result<Check, Error> {
    let container = installation.state.instance().container();
    let command = DockerCommand::new(["exec", &container, "tail", "-n", "2000", DNS_LOG]);
    let log = installation.docker.try_run(&command)?.stdout;
    let source = format!(" from {}", session.address);
    let lost: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| {
            !log.lines()
                .any(|line| line.contains(&format!(" {name} ")) && line.ends_with(&source))
        })
        .collect();
    Ok(Check::is(
        "names-are-logged",
        lost.is_empty(),
        if lost.is_empty() {
            "both questions are in the resolver's log".to_owned()
        } else {
            format!("not in the resolver's log: {}", lost.join(", "))
        },
        "another resolver was asked: start agents by `portreeve args` or `wrap`, and run `portreeve up FILE`",
    ))
}

/// The host's addresses on the networks of the proxy's container: those that are no agent's.
fn host_addresses(installation: &Installation<'_>) -> Result<Vec<Ipv4Addr>, Error> {
    let name = installation.state.instance().container();
    let format = "{{range .NetworkSettings.Networks}}{{println .Gateway}}{{end}}";
    let command = DockerCommand::new(["container", "inspect", "--format", format, &name]);
    let output = installation.docker.run(&command)?;
    let mut found: Vec<Ipv4Addr> = output
        .stdout
        .lines()
        .filter_map(|line| line.trim().parse().ok())
        .collect();
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The ports that this machine listens on at every IPv4 address, where it is the engine's host.
fn listeners() -> Vec<u16> {
    let table = files::read_if_there(Path::new("/proc/net/tcp"))
        .ok()
        .flatten();
    let text = String::from_utf8_lossy(&table.unwrap_or_default()).into_owned();
    let mut ports: Vec<u16> = text.lines().filter_map(listener).collect();
    ports.sort_unstable();
    ports.dedup();
    ports.truncate(MAX_LISTENERS);
    ports
}

/// A line of `/proc/net/tcp`: `N: ADDRESS:PORT REMOTE STATE …` in hexadecimal; 0A is listening.
fn listener(line: &str) -> Option<u16> {
    let mut words = line.split_whitespace().skip(1);
    let (local, _, state) = (words.next()?, words.next()?, words.next()?);
    let port = local.strip_prefix("00000000:").filter(|_| state == "0A")?;
    u16::from_str_radix(port, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_every_address_is_found() {
        let line = |local: &str, state: &str| {
            format!("   0: {local} 00000000:0000 {state} 00000000:00000000 00:00000000")
        };
        assert_eq!(listener(&line("00000000:280F", "0A")), Some(10255));
        assert_eq!(listener(&line("0100007F:280F", "0A")), None);
        assert_eq!(listener(&line("00000000:280F", "01")), None);
        assert_eq!(listener("  sl  local_address rem_address   st"), None);
    }

    #[test]
    fn a_refusal_is_no_silence() {
        let question = Question {
            check: "host-is-closed",
            ask: Ask::Connection {
                address: Ipv4Addr::LOCALHOST,
                port: 1,
            },
            wanted: Wanted::Silence,
            remedy: "close it",
        };
        let answer = |word: &str| Answer {
            word: word.to_owned(),
            text: String::new(),
        };
        assert!(judged(&question, Some(&answer("silent"))).ok);
        for word in ["refused", "connected"] {
            let check = judged(&question, Some(&answer(word)));
            assert_eq!(
                (check.ok, check.remedy.as_deref()),
                (false, Some("close it")),
                "{word}"
            );
        }
        assert!(!judged(&question, None).ok);
    }
}
