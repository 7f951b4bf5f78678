//! The life of an installation on the real engine, as an operator sees it.
//!
//! Everything carries the label of its run and goes with the guard, also when a test fails. Tests
//! take turns: the engine is slow with networks, and a loaded one proves nothing more.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test bed that cannot be set up has no better answer than to stop"
)]

mod boot;
mod chromium;
mod differential;
mod doctor;
mod doors;
mod failures;
mod foes;
mod gateway;
mod headers;
mod image;
mod killed;
mod leaks;
mod lifecycle;
mod logs;
mod manager;
mod names;
mod nanoclaw;
mod own_engine;
mod refusals;
mod restart;
mod revoking;
mod rotation;
mod sessions;
mod switching;
mod tunnel;
mod watch;

use std::io::Write as _;
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portreeve::docker::DockerCli;

use crate::docker::skipped;
use crate::portreeve::{Bed, Outcome, Run};

static TURN: Mutex<()> = Mutex::new(());

/// How long a condition on the engine may take to come true.
const PATIENCE: Duration = Duration::from_secs(20);

/// One instance, its uplink, and what else the test starts.
pub(crate) struct Live {
    pub(crate) bed: Bed,
    pub(crate) instance: String,
    uplink: Option<String>,
    _turn: MutexGuard<'static, ()>,
}

impl Live {
    /// `None` when tests with an engine are left out on purpose.
    pub(crate) fn new(test: &str) -> Option<Self> {
        if skipped(test) {
            return None;
        }
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let instance = format!("it-{test}-{}", std::process::id());
        let live = Self {
            bed: Bed::new(),
            instance,
            uplink: None,
            _turn: turn,
        };
        live.docker(&["version"]);
        Some(live)
    }

    /// Gives the proxy a way out on which the test has neighbours of its own.
    pub(crate) fn with_uplink(mut self, options: &[&str]) -> Self {
        let name = format!("{}-lan", self.instance);
        let label = self.label();
        let create = ["network", "create", "--label", &label];
        self.docker(&[&create, options, &[&name]].concat());
        self.uplink = Some(name);
        self
    }

    /// The same, on a network that nobody else has; gives the third number of its addresses, which
    /// the test uses for those of its policy, too.
    pub(crate) fn with_free_uplink(mut self) -> (Self, u8) {
        let name = format!("{}-lan", self.instance);
        let label = self.label();
        for number in 100..200 {
            let subnet = format!("198.18.{number}.0/24");
            let create = [
                "network", "create", "--label", &label, "--subnet", &subnet, &name,
            ];
            if self.try_docker(&create).status.success() {
                self.uplink = Some(name);
                return (self, number);
            }
        }
        panic!("no free network out of 198.18.100.0 to 198.18.199.0");
    }

    pub(crate) fn uplink(&self) -> &str {
        self.uplink.as_deref().expect("the test has an uplink")
    }

    pub(crate) fn label(&self) -> String {
        format!("portreeve-test={}", self.instance)
    }

    /// The program, on this instance.
    pub(crate) fn run<'a>(&'a self, args: &[&'a str]) -> Run<'a> {
        let uplink = self
            .uplink
            .iter()
            .flat_map(|name| ["--uplink", name.as_str()]);
        let args = args.iter().copied();
        // Options stand before a command that is wrapped.
        let run = self.bed.run(uplink.chain(args));
        run.env("PORTREEVE_INSTANCE", &self.instance)
    }

    /// Writes the policy and puts it in force.
    pub(crate) fn up(&self, policy: &str) -> Outcome {
        self.bed.file("p.reeve", policy);
        self.run(&["up", "p.reeve"]).exits(0)
    }

    /// Makes the proxy's image, for those who run from it before there is a proxy.
    pub(crate) fn make_image(&self) {
        let docker = DockerCli::default();
        if !portreeve::image::exists(&docker, &portreeve::image::tag()).unwrap() {
            portreeve::image::build(&docker, &mut |_| {}).unwrap();
        }
    }

    /// A container of the proxy's image that runs something else, on a network at an address.
    pub(crate) fn neighbour(
        &self,
        name: &str,
        network: &str,
        ip: &str,
        command: &[&str],
    ) -> String {
        self.neighbour_of(&portreeve::image::tag(), name, network, ip, command)
    }

    /// The same, of another image.
    pub(crate) fn neighbour_of(
        &self,
        image: &str,
        name: &str,
        network: &str,
        ip: &str,
        command: &[&str],
    ) -> String {
        let name = format!("{}-{name}", self.instance);
        let label = self.label();
        let mut args = vec!["run", "--detach", "--no-healthcheck", "--name", &name];
        args.extend(["--label", &label, "--network", network]);
        if !ip.is_empty() {
            args.extend(["--ip", ip]);
        }
        args.push(image);
        args.extend(command);
        self.docker(&args);
        name
    }

    /// A container of an agent, made by `wrap`; it sleeps.
    pub(crate) fn agent(&self, agent: &str, name: &str) -> String {
        self.agent_of(&portreeve::image::tag(), agent, name)
    }

    /// The same, of another image.
    pub(crate) fn agent_of(&self, image: &str, agent: &str, name: &str) -> String {
        let name = format!("{}-{name}", self.instance);
        let started = self.wrap_of(image, agent, &name, &["sleep", "600"]);
        assert_eq!(started.code, 0, "{}", started.stderr);
        name
    }

    /// What `wrap` says when it starts a container of an agent that runs a command.
    pub(crate) fn wrap(&self, agent: &str, name: &str, command: &[&str]) -> Outcome {
        self.wrap_of(&portreeve::image::tag(), agent, name, command)
    }

    fn wrap_of(&self, image: &str, agent: &str, name: &str, command: &[&str]) -> Outcome {
        let label = self.label();
        let docker = ["docker", "run", "--detach", "--no-healthcheck"];
        let named = ["--name", name, "--label", &label, image];
        self.run(&[&["wrap", agent, "--"], &docker[..], &named, command].concat())
            .outcome()
    }

    /// The name of Squid's container.
    pub(crate) fn proxy(&self) -> String {
        format!("portreeve-{}", self.instance)
    }

    /// Where an agent finds the proxy.
    pub(crate) fn proxy_of(&self, agent: &str) -> String {
        self.option_of(agent, "--dns")
    }

    /// The value of an option of the line that `args` prints; it takes an address of the agent's.
    pub(crate) fn option_of(&self, agent: &str, option: &str) -> String {
        let line = self.run(&["args", agent]).exits(0).stdout;
        let mut words = line.split_whitespace();
        words.find(|word| *word == option).unwrap();
        words.next().unwrap().to_owned()
    }

    /// What `portreeve-ctl` says in it.
    pub(crate) fn ctl(&self, verb: &str) -> String {
        self.docker(&["exec", &self.proxy(), "portreeve-ctl", verb])
    }

    /// A Docker command that must succeed; gives what it printed.
    #[track_caller]
    pub(crate) fn docker(&self, args: &[&str]) -> String {
        let output = self.try_docker(args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "docker {args:?}: {stderr} (PORTREEVE_SKIP_DOCKER=1 leaves these tests out)"
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn try_docker(&self, args: &[&str]) -> Output {
        Command::new("docker")
            .args(args)
            .output()
            .expect("docker starts")
    }

    /// Everything of this run on the engine: containers and networks, by name.
    pub(crate) fn left(&self) -> Vec<String> {
        let own = format!("label=portreeve.instance={}", self.instance);
        let containers = ["ps", "--all", "--filter", &own, "--format", "{{.Names}}"];
        let networks = ["network", "ls", "--filter", &own, "--format", "{{.Name}}"];
        let names = [self.docker(&containers), self.docker(&networks)].join("\n");
        names
            .lines()
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let labels = [
            self.label(),
            format!("portreeve.instance={}", self.instance),
        ];
        let ids = |args: &[&str]| -> Vec<String> {
            let output = self.try_docker(args);
            String::from_utf8_lossy(&output.stdout)
                .split_whitespace()
                .map(str::to_owned)
                .collect()
        };
        let filters = labels.map(|label| format!("label={label}"));
        for filter in &filters {
            for id in ids(&["ps", "--all", "--quiet", "--filter", filter]) {
                self.try_docker(&["rm", "--force", "--volumes", &id]);
            }
        }
        for filter in &filters {
            for id in ids(&["network", "ls", "--quiet", "--filter", filter]) {
                self.try_docker(&["network", "rm", &id]);
            }
        }
        self.try_docker(&["volume", "rm", &format!("portreeve-{}-logs", self.instance)]);
    }
}

/// A subnet for a policy that nobody else is likely to use at the same time.
pub(crate) fn subnet() -> String {
    format!("172.30.{}.0/24", 128 + std::process::id() % 96)
}

/// Not `eprint`, which the test harness swallows.
pub(crate) fn tell(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Waits until something is true of the engine.
#[track_caller]
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(100));
    }
}
