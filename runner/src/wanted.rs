//! What must be on the engine for a policy to be in force, as the commands that make it.
//!
//! A container and a network carry the digest of the command that made them, so a change of any
//! option shows as a difference, whichever version of this program made it.

use std::path::PathBuf;

use ipnet::Ipv4Net;
use policy_render::deployment::{Deployment, NetworkPlan};
use policy_render::hex;
use sha2::{Digest as _, Sha256};

use crate::docker::DockerCommand;
use crate::names::{Instance, LABEL_DIGEST, LABEL_STATE};

/// The user of every process in the container: Debian's `proxy`.
const USER: &str = "13:13";
/// The only writable folder besides the logs.
const RUN_TMPFS: &str = "/run/portreeve:uid=13,gid=13,mode=0755";
/// The name under which the Docker host is asked for.
pub const HOST_NAME: &str = "host.docker.internal";

/// The image a container was made from, as we named it; the engine only knows its id.
pub const LABEL_IMAGE: &str = "portreeve.image";

/// Kernel settings of the container's network namespace (`docker run --sysctl`).
const SYSCTLS: [&str; 7] = [
    // Squid and dnsmasq run without any capability and bind 53.
    "net.ipv4.ip_unprivileged_port_start=0",
    // Nothing is routed between the agents' networks.
    "net.ipv4.ip_forward=0",
    // A source address must belong to the network it comes from.
    "net.ipv4.conf.all.rp_filter=1",
    "net.ipv4.conf.default.rp_filter=1",
    // Connections that wait for an old generation go to the new one.
    "net.ipv4.tcp_migrate_req=1",
    // All tunnels go to one gateway address and port, which soon has no free port left.
    "net.ipv4.tcp_tw_reuse=1",
    // Squid without ::1 ignores every IPv6 value in its lists.
    "net.ipv6.conf.lo.disable_ipv6=0",
];

/// Squid's way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uplink {
    /// A network of our own.
    Own,
    /// One that is there already, such as the gateway's.
    Existing(String),
}

/// One instance, as it should be, apart from what a policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The instance.
    pub instance: Instance,
    /// Squid's way out.
    pub uplink: Uplink,
    /// The image, by tag.
    pub image: String,
    /// The folder that is mounted at `/etc/portreeve`.
    pub config: PathBuf,
}

impl Setting {
    /// The name of the uplink network.
    pub fn uplink_name(&self) -> String {
        match &self.uplink {
            Uplink::Own => self.instance.uplink_network(),
            Uplink::Existing(name) => name.clone(),
        }
    }

    /// The name of an internal network.
    pub fn network_name(&self, plan: &NetworkPlan) -> String {
        self.instance.agent_network(plan)
    }

    /// Makes our own uplink network: an ordinary bridge.
    pub fn create_uplink(&self) -> DockerCommand {
        let create = DockerCommand::new(["network", "create"]);
        self.labelled(create, &[])
            .arg(self.instance.uplink_network())
    }

    /// Makes a network that holds the egress subnet while the uplink is made: Docker chooses the
    /// uplink's addresses, and must not choose these.
    pub fn create_placeholder(&self, subnet: Ipv4Net) -> DockerCommand {
        let options = ["--internal".to_owned(), format!("--subnet={subnet}")];
        let create = DockerCommand::new(["network", "create"]);
        self.labelled(create, &options)
            .arg(self.instance.placeholder_network())
    }

    /// Makes the internal network of an agent, or of all agents. The bridge has no address on the
    /// host (`inhibit_ipv4`), so nothing that listens there can be reached through it.
    pub fn create_network(&self, plan: &NetworkPlan) -> DockerCommand {
        let options = [
            "--internal".to_owned(),
            format!("--subnet={}", plan.subnet),
            format!("--gateway={}", plan.gateway),
            "--opt=com.docker.network.bridge.inhibit_ipv4=true".to_owned(),
        ];
        let create = DockerCommand::new(["network", "create"]);
        self.labelled(create, &options).arg(self.network_name(plan))
    }

    /// The digest that [`Self::create_network`] labels its network with.
    pub fn network_digest(&self, plan: &NetworkPlan) -> String {
        label_value(&self.create_network(plan))
    }

    /// Makes Squid's container, without starting it.
    pub fn create_container(&self) -> DockerCommand {
        let mut options = vec![
            format!("--user={USER}"),
            "--read-only".to_owned(),
            "--cap-drop=ALL".to_owned(),
            "--security-opt=no-new-privileges".to_owned(),
            format!("--tmpfs={RUN_TMPFS}"),
            "--restart=unless-stopped".to_owned(),
            "--log-opt=max-size=1m".to_owned(),
            format!("--network={}", self.uplink_name()),
            format!("--add-host={HOST_NAME}:host-gateway"),
            format!("--volume={}:/etc/portreeve:ro", self.config.display()),
            format!(
                "--volume={}:/var/log/portreeve",
                self.instance.logs_volume()
            ),
        ];
        options.extend(SYSCTLS.iter().map(|setting| format!("--sysctl={setting}")));
        let create = DockerCommand::new(["create", "--name", &self.instance.container()]);
        options.push(format!("--label={LABEL_IMAGE}={}", self.image));
        self.labelled(create, &options).arg(&self.image)
    }

    /// The digest that [`Self::create_container`] labels its container with.
    pub fn container_digest(&self) -> String {
        label_value(&self.create_container())
    }

    /// A throw-away container that tries a generation for good: nothing depends on it, and it has
    /// no network.
    pub fn check_generation(&self, id: &str) -> DockerCommand {
        self.throw_away(
            "none",
            &["--tmpfs=/var/log/portreeve:uid=13,gid=13".to_owned()],
        )
        .with(["--entrypoint=portreeve-ctl", &self.image, "check", id])
    }

    /// A throw-away container on the uplink that runs a shell script.
    pub fn run_on_uplink(&self, script: &str, argument: &str) -> DockerCommand {
        let host = format!("--add-host={HOST_NAME}:host-gateway");
        self.throw_away(&self.uplink_name(), &[host]).with([
            "--entrypoint=sh",
            &self.image,
            "-c",
            script,
            "sh",
            argument,
        ])
    }

    /// How the open connections that a policy forbids are found and ended. The second command alone
    /// needs a privilege, and has it for as long as it runs; it reads which connections from its
    /// standard input.
    pub fn cut(&self) -> Cut {
        let name = self.instance.container();
        let list = DockerCommand::new(["exec", &name, "portreeve-ctl", "requests"]);
        let end = DockerCommand::new(["run", "--rm", "--interactive", "--user=0", "--read-only"])
            .with(["--no-healthcheck", "--cap-drop=ALL", "--cap-add=NET_ADMIN"])
            .with([
                "--security-opt=no-new-privileges".to_owned(),
                format!("--network=container:{name}"),
                format!("--label={}", self.instance.label()),
            ])
            .with(["--entrypoint=ss", &self.image, "--kill", "--tcp"])
            .with(["--numeric", "--no-header", "--filter=-"]);
        Cut { list, end }
    }

    fn throw_away(&self, network: &str, options: &[String]) -> DockerCommand {
        DockerCommand::new([
            "run",
            "--rm",
            "--user",
            USER,
            "--read-only",
            "--cap-drop=ALL",
        ])
        .with([
            "--security-opt=no-new-privileges",
            &format!("--tmpfs={RUN_TMPFS}"),
        ])
        .with([
            format!("--network={network}"),
            format!("--label={}", self.instance.label()),
        ])
        .with([format!(
            "--volume={}:/etc/portreeve:ro",
            self.config.display()
        )])
        .with(["--sysctl=net.ipv4.ip_unprivileged_port_start=0"])
        .with(["--sysctl=net.ipv6.conf.lo.disable_ipv6=0"])
        .with(options.to_vec())
    }

    /// Adds the options, and the labels that say whose the object is and what made it.
    fn labelled(&self, command: DockerCommand, options: &[String]) -> DockerCommand {
        let made_by = command.with(options.to_vec());
        let digest: String = hex(&Sha256::digest(made_by.to_string()))
            .chars()
            .take(16)
            .collect();
        made_by
            .with([format!("--label={}", self.instance.label())])
            .with([format!("--label={LABEL_STATE}={}", self.config.display())])
            .with([format!("--label={LABEL_DIGEST}={digest}")])
    }
}

/// How open connections are found and ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Prints those of earlier generations.
    pub list: DockerCommand,
    /// Ends those that a filter names, which it reads.
    pub end: DockerCommand,
}

/// The value of the digest label of a command made by [`Setting::labelled`].
fn label_value(command: &DockerCommand) -> String {
    let lead = format!("--label={LABEL_DIGEST}=");
    let value = command
        .args()
        .iter()
        .find_map(|arg| arg.strip_prefix(&lead));
    value.unwrap_or_default().to_owned()
}

/// A setting and what a policy adds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The instance.
    pub setting: &'a Setting,
    /// Networks and addresses.
    pub deployment: &'a Deployment,
    /// The deployment in force, if any.
    pub before: Option<&'a Deployment>,
    /// The generation to run.
    pub generation: &'a str,
    /// Whether the files of the generation on disk, if it is there, are its own.
    pub generation_is_intact: bool,
    /// Whether the manifest on disk is the new one.
    pub manifest_is_current: bool,
    /// Whether the ledger on disk is the new one.
    pub ledger_is_current: bool,
    /// Whether an open connection of an earlier generation is one that the policy forbids.
    pub has_revoked: bool,
}
