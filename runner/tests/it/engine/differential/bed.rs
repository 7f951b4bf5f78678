//! One Squid of the real image with nothing but a loopback, on which every address is answered.
//!
//! There is no interface to leave by: whatever a policy opens, or a mistake of ours, ends in
//! `world.pl`. So agents may have any address, and a LAN grant any network.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use policy_core::decide::{Decision, Host};
use policy_core::ir::{Policy, Route};
use policy_render::file_set::{FileSet, SQUID_CONF};
use portreeve::gateway_mode::GatewayMode;
use portreeve::image;
use portreeve::wanted::{Setting, Uplink};

use super::super::{Live, eventually};
use super::compare::{Answers, Expected, Observed};
use super::policies::RESOLVER;
use super::requests::Ask;

const WORLD: &str = include_str!("world.pl");
const ACCESS_LOG: &str = "/var/log/portreeve/access.log";

pub(super) struct Bed {
    live: Live,
    /// How much of the log has been read.
    read: usize,
    is_up: bool,
    n_enforced: usize,
}

/// What a batch of requests came to.
pub(super) struct Batch {
    /// By the request's number.
    pub(super) observed: BTreeMap<usize, Observed>,
    /// What came out of Squid: to whom, and the first line.
    pub(super) served: Vec<String>,
}

impl Bed {
    pub(super) fn new(live: Live) -> Self {
        live.make_image();
        Self {
            live,
            read: 0,
            is_up: false,
            n_enforced: 0,
        }
    }

    /// Puts files in force; `changed` is what a test has made of `squid.conf`.
    fn enforce(&mut self, files: &FileSet, changed: Option<&str>) {
        self.n_enforced += 1;
        // Another file is another generation.
        let id = match changed {
            Some(_) => format!("{}{:02x}", files.generation(), self.n_enforced),
            None => files.generation(),
        };
        let config = self.config();
        let folder = config.join("generations").join(&id);
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in files.iter() {
            let text = changed.filter(|_| name == SQUID_CONF).unwrap_or(text);
            let path = folder.join(name);
            fs::write(&path, text).unwrap();
            // Whatever the mask of whoever runs the tests, Squid's user reads it.
            fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        }
        for folder in [&folder, &config.join("generations"), &config] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let proxy = self.live.proxy();
        self.live
            .docker(&["exec", &proxy, "portreeve-ctl", "switch", &id]);
    }

    fn config(&self) -> PathBuf {
        self.live.bed.path().join("config")
    }

    /// Starts the container, which serves nothing yet: Squid comes into a namespace that is whole.
    fn start(&mut self) {
        let proxy = self.live.proxy();
        let config = self.config();
        fs::create_dir_all(&config).unwrap();
        let setting = Setting {
            instance: self.live.instance.parse().unwrap(),
            uplink: Uplink::Existing("none".to_owned()),
            image: image::tag(),
            config,
            gateway_mode: GatewayMode::Inhibited,
        };
        let create = setting.create_container();
        let words: Vec<&str> = create.args().iter().map(String::as_str).collect();
        self.live.docker(&words);
        self.live.docker(&["start", &proxy]);
        self.is_up = true;
        // Every address there is becomes one of the loopback's.
        let (network, label) = (format!("container:{proxy}"), self.live.label());
        let route = ["ip", "route", "add", "local", "default", "dev", "lo"];
        let run = [
            "run",
            "--rm",
            "--user=0",
            "--cap-drop=ALL",
            "--cap-add=NET_ADMIN",
        ];
        let on = [
            "--no-healthcheck",
            "--network",
            &network,
            "--label",
            &label,
            &image::tag(),
        ];
        self.live.docker(&[&run[..], &on[..], &route[..]].concat());
    }

    /// Puts files in force, asks everything, and gathers what came of it.
    pub(super) fn ask(
        &mut self,
        policy: &Policy,
        (files, changed): (&FileSet, Option<&str>),
        asks: &[(Ask, Expected<'_>)],
        answers: &Answers,
    ) -> Batch {
        if !self.is_up {
            self.start();
        }
        let mut world = World::start(&self.live);
        // Squid tries the gateway when it starts, and believes for a while what it finds.
        world.set_up(&stage(policy, answers));
        self.enforce(files, changed);
        let output = world.play(&questions(policy, asks));
        let mut observed: BTreeMap<usize, Observed> = BTreeMap::new();
        let mut served = Vec::new();
        for line in output.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            match fields[..] {
                ["answer", number, status, seen] => {
                    let entry = observed.entry(number.parse().unwrap()).or_default();
                    status.clone_into(&mut entry.status);
                    entry.seen = Some(seen.to_owned()).filter(|seen| seen != "-");
                }
                ["served", what] => served.push(what.to_owned()),
                _ => panic!("{line}"),
            }
        }
        let by_source: BTreeMap<String, usize> = asks
            .iter()
            .map(|(ask, _)| (ask.source.to_string(), ask.number))
            .collect();
        for line in self.new_lines(asks.len()).lines() {
            let source = line.split(' ').nth(1).unwrap_or_default();
            let number = by_source
                .get(source)
                .unwrap_or_else(|| panic!("whose line: {line}"));
            let entry = observed.entry(*number).or_default();
            entry.lines.push(line.to_owned());
        }
        Batch { observed, served }
    }

    /// What has been added to the log, once it has so many lines. A tunnel is written down when
    /// it has ended.
    fn new_lines(&mut self, n_lines: usize) -> String {
        let proxy = self.live.proxy();
        let from = format!("+{}", self.read + 1);
        let mut text = String::new();
        eventually("the log is complete", || {
            let output = self
                .live
                .try_docker(&["exec", &proxy, "tail", "-c", &from, ACCESS_LOG]);
            text = String::from_utf8(output.stdout).unwrap();
            text.lines().count() >= n_lines
        });
        self.read += text.len();
        text
    }
}

/// `world.pl`, at work.
struct World {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl World {
    fn start(live: &Live) -> Self {
        let (network, label) = (format!("container:{}", live.proxy()), live.label());
        let mut child = Command::new("docker")
            .args(["run", "--rm", "--interactive", "--no-healthcheck"])
            .args(["--cap-drop=ALL", "--network", &network, "--label", &label])
            .args([&image::tag(), "perl", "-e", WORLD])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("docker starts");
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            stdin,
            stdout,
        }
    }

    fn set_up(&mut self, stage: &str) {
        self.stdin.write_all(stage.as_bytes()).unwrap();
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n", "world.pl says why above");
    }

    fn play(mut self, questions: &str) -> String {
        self.stdin.write_all(questions.as_bytes()).unwrap();
        drop(self.stdin);
        let mut output = String::new();
        self.stdout.read_to_string(&mut output).unwrap();
        assert!(self.child.wait().unwrap().success(), "{output}");
        output
    }
}

/// What must be there before Squid is.
fn stage(policy: &Policy, answers: &Answers) -> String {
    let mut stage = format!("resolver\t{RESOLVER}\n");
    for (name, addresses) in answers {
        let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        stage += &format!("name\t{name}\t{}\n", addresses.join(","));
    }
    let (gateway, port) = (policy.gateway.address, policy.gateway.port);
    stage += &format!("gateway\t{gateway}\t{port}\n");
    for cdp in policy.agents.iter().filter_map(|agent| agent.cdp.as_ref()) {
        stage += &format!("listen\t{}\n", cdp.host_port);
    }
    stage + "ready\n"
}

/// What is asked, and the ports on which that leads to the LAN.
fn questions(policy: &Policy, asks: &[(Ask, Expected<'_>)]) -> String {
    let mut questions = String::new();
    let proxy_port = policy.network.proxy_port;
    for (ask, expected) in asks {
        if let Some((parsed, verdict)) = expected
            && verdict.decision == Decision::Allow(Route::Direct)
        {
            questions += &format!("listen\t{}\n", parsed.port);
        }
        let (number, source, proxy) = (ask.number, ask.source, ask.proxy);
        let bytes = policy_render::hex(&ask.bytes());
        questions += &format!("ask\t{number}\t{source}\t{proxy}\t{proxy_port}\t{bytes}\n");
    }
    questions
}

/// Whether a request would be dialled on a port on which the proxy's own processes listen: where
/// there is one namespace, they listen on the LAN's addresses too.
pub(super) fn is_taken(policy: &Policy, expected: &Expected<'_>) -> bool {
    let Some((parsed, verdict)) = expected else {
        return false;
    };
    let listens = policy.agents.iter().filter_map(|agent| agent.cdp.as_ref());
    let mut listens = listens.map(|cdp| cdp.listen.get());
    verdict.decision == Decision::Allow(Route::Direct)
        && matches!(Host::read(&parsed.host), Host::Address(_))
        && (parsed.port == 53
            || parsed.port == policy.network.proxy_port.get()
            || (31000..=31099).contains(&parsed.port)
            || listens.any(|listen| listen == parsed.port))
}
