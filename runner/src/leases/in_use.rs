//! Which addresses of an agent's block are taken on the engine now.
//!
//! Two sources: the agent's network says who is attached to it, with or without our label; our
//! own containers say which address they asked for, started or only created. A container that
//! has ended holds nothing: started again, it fails rather than share an address.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use policy_render::deployment::AgentPlan;
use serde::Deserialize;

use super::{InUse, LeaseError};
use crate::docker::{self, Docker, DockerCommand, DockerError};
use crate::names::Instance;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Network {
    #[serde(default)]
    containers: BTreeMap<String, Endpoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Endpoint {
    name: String,
    #[serde(rename = "IPv4Address")]
    address: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    name: String,
    state: Status,
    network_settings: Settings,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Settings {
    networks: Option<BTreeMap<String, Attachment>>,
}

#[derive(Deserialize)]
struct Attachment {
    #[serde(rename = "IPAddress", default)]
    address: String,
    #[serde(rename = "IPAMConfig", default)]
    asked_for: Option<AskedFor>,
}

#[derive(Deserialize)]
struct AskedFor {
    #[serde(rename = "IPv4Address", default)]
    address: String,
}

/// The addresses of `agent`'s block on `network` that a container holds or is about to hold.
pub fn in_use(
    docker: &dyn Docker,
    instance: &Instance,
    network: &str,
    agent: &AgentPlan,
) -> Result<InUse, LeaseError> {
    let mut held = attached(docker, network)?.ok_or_else(|| LeaseError::NoNetwork {
        agent: agent.name.clone(),
        network: network.to_owned(),
    })?;
    held.extend(asked_for(docker, instance, network)?);
    held.retain(|address, _| agent.block.contains(address));
    Ok(held)
}

/// Who is attached to a network; nothing when there is no such network.
fn attached(docker: &dyn Docker, network: &str) -> Result<Option<InUse>, DockerError> {
    let command = DockerCommand::new(["network", "inspect", network]);
    let output = docker.try_run(&command)?;
    if !output.success() {
        return if is_missing(&output.stderr) {
            Ok(None)
        } else {
            Err(DockerError::failed(&command, &output))
        };
    }
    let networks: Vec<Network> = docker::read_json(&command, &output)?;
    let endpoints = networks.into_iter().flat_map(|network| network.containers);
    let held = endpoints.filter_map(|(_, endpoint)| {
        let net: Ipv4Net = endpoint.address.parse().ok()?;
        Some((net.addr(), format!("container `{}`", endpoint.name)))
    });
    Ok(Some(held.collect()))
}

/// What our containers asked for on a network.
fn asked_for(
    docker: &dyn Docker,
    instance: &Instance,
    network: &str,
) -> Result<InUse, DockerError> {
    let filter = instance.filter();
    let list = DockerCommand::new(["ps", "-aq", "--no-trunc", "--filter", &filter]);
    let ids = docker.run(&list)?.stdout;
    if ids.trim().is_empty() {
        return Ok(InUse::new());
    }
    let inspect =
        DockerCommand::new(["inspect", "--type", "container"]).with(ids.split_whitespace());
    let output = docker.try_run(&inspect)?;
    // A container may go while we look; the others are printed all the same.
    if !output.success() && !is_missing(&output.stderr) {
        return Err(DockerError::failed(&inspect, &output));
    }
    let containers: Vec<Container> = docker::read_json(&inspect, &output)?;
    let mut held = InUse::new();
    for container in containers {
        let status = container.state.status;
        if matches!(status.as_str(), "exited" | "dead" | "removing") {
            continue;
        }
        let networks = container.network_settings.networks.unwrap_or_default();
        let Some(attachment) = networks.get(network) else {
            continue;
        };
        let asked = attachment.asked_for.as_ref().map(|asked| &asked.address);
        for text in std::iter::once(&attachment.address).chain(asked) {
            if let Ok(address) = text.parse::<Ipv4Addr>() {
                let name = container.name.trim_start_matches('/');
                held.insert(address, format!("container `{name}` ({status})"));
            }
        }
    }
    Ok(held)
}

/// Whether each complaint is about something that is not there.
fn is_missing(stderr: &str) -> bool {
    let mut lines = stderr.lines().filter(|line| !line.trim().is_empty());
    lines.clone().next().is_some()
        && lines.all(|line| {
            let line = line.to_ascii_lowercase();
            line.contains("no such") || line.contains("not found")
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker::{Line, Output};

    /// Answers by the first two words of a command.
    struct Canned(Vec<(&'static str, Output)>);

    impl Docker for Canned {
        fn stream(
            &self,
            command: &DockerCommand,
            _on_line: &mut dyn FnMut(Line<'_>),
        ) -> Result<Output, DockerError> {
            let words = command.args().join(" ");
            let answer = self.0.iter().find(|(start, _)| words.starts_with(start));
            Ok(answer.unwrap_or_else(|| panic!("{words}")).1.clone())
        }
    }

    fn says(stdout: &str) -> Output {
        Output {
            stdout: stdout.to_owned(),
            ..Output::default()
        }
    }

    fn complains(status: i32, stdout: &str, stderr: &str) -> Output {
        Output {
            status,
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
        }
    }

    fn agent() -> AgentPlan {
        serde_json::from_str(
            r#"{"name":"coder","id":"c","network":"coder","block":"172.30.0.8/29",
                "first_address":"172.30.0.11","last_address":"172.30.0.14","sessions":4,
                "proxy":"172.30.0.10","cdp_port":null}"#,
        )
        .unwrap()
    }

    const NETWORK: &str = r#"[{"Name":"portreeve-t.coder","Containers":{
        "aa":{"Name":"stray","IPv4Address":"172.30.0.13/29"},
        "bb":{"Name":"portreeve-t","IPv4Address":"172.30.0.10/29"}}}]"#;

    fn container(name: &str, status: &str, address: &str, asked: &str) -> String {
        format!(
            r#"{{"Name":"/{name}","State":{{"Status":"{status}"}},"NetworkSettings":{{"Networks":
            {{"portreeve-t.coder":{{"IPAddress":"{address}","IPAMConfig":{asked}}}}}}}}}"#
        )
    }

    #[test]
    fn attached_created_and_foreign_containers_hold_their_addresses() {
        let asked = |n: u8| format!(r#"{{"IPv4Address":"172.30.0.{n}"}}"#);
        let inspect = format!(
            "[{},{},{},{}]",
            container("run", "running", "172.30.0.11", &asked(11)),
            container("new", "created", "", &asked(12)),
            container("old", "exited", "", &asked(14)),
            container("odd", "running", "", "null"),
        );
        let docker = Canned(vec![
            ("network inspect", says(NETWORK)),
            ("ps -aq", says("a\nb\nc\nd\ne\n")),
            (
                "inspect --type",
                complains(1, &inspect, "Error: No such container: e\n"),
            ),
        ]);
        let instance = "t".parse().unwrap();
        let held = in_use(&docker, &instance, "portreeve-t.coder", &agent()).unwrap();
        let lines: Vec<String> = held.iter().map(|(a, who)| format!("{a} {who}")).collect();
        assert_eq!(
            lines,
            [
                "172.30.0.10 container `portreeve-t`",
                "172.30.0.11 container `run` (running)",
                "172.30.0.12 container `new` (created)",
                "172.30.0.13 container `stray`",
            ]
        );
    }

    #[test]
    fn a_missing_network_is_told_from_a_failing_engine() {
        let instance = "t".parse().unwrap();
        let answer = |stderr| Canned(vec![("network inspect", complains(1, "[]", stderr))]);
        let missing = answer("Error: No such network: portreeve-t.coder\n");
        let error = in_use(&missing, &instance, "portreeve-t.coder", &agent()).unwrap_err();
        assert!(matches!(error, LeaseError::NoNetwork { .. }), "{error}");
        let broken = answer("Error response from daemon: something else\n");
        let error = in_use(&broken, &instance, "portreeve-t.coder", &agent()).unwrap_err();
        assert!(matches!(error, LeaseError::Docker(_)), "{error}");
    }
}
