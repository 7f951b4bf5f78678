//! `up` is killed wherever it changes something, and nobody notices.
//!
//! A point is a Docker command that changes something (the program is killed before it, while the
//! command goes on by itself, or after it), or a system call that changes the state folder. All the
//! while an agent asks for two names in turns: one that only the old policy allows, and one that
//! only the new one does. Each request is decided by one of the two policies, and from the start of
//! the killed `up` to the end of the next one, which converges, the policy changes once.
//!
//! Every run takes a few points of each way; `PORTREEVE_SEED=N` takes others, and
//! `PORTREEVE_KILLS=all` takes all of them, some hundred and fifty in half an hour.

#![expect(
    clippy::indexing_slicing,
    reason = "there are two policies and two ways"
)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Live, eventually, tell};

/// How many points of each way are tried in an ordinary run.
const EVERYDAY: usize = 2;

/// Stands in the place of `docker`: writes down the commands that change something, and kills the
/// program that called it at the one that `docker.point` names.
const SHIM: &str = r#"
real() { PATH=${PATH#*:} docker "$@"; }
case "$*" in
*'network create'* | *'network rm'* | *'network connect'* | *'network disconnect'* | *'portreeve-ctl switch'* | \
    *'container rm'* | create\ * | run\ * | start\ * | stop\ * | rename\ * | rm\ *) ;;
*) PATH=${PATH#*:} exec docker "$@" ;;
esac
echo "$*" >>"$0.log"
read -r point when <"$0.point"
[ "$(wc -l <"$0.log")" = "$point" ] || PATH=${PATH#*:} exec docker "$@"
case $when in
before) kill -s KILL $PPID ;;
during) kill -s KILL $PPID; PATH=${PATH#*:} exec docker "$@" ;;
after) real "$@"; kill -s KILL $PPID ;;
esac
"#;

/// Makes the proxy's container as an older version of ours would have: by another command, which
/// its digest tells.
const OLDER: &str = r#"
case "$*" in create\ *) ;; *) PATH=${PATH#*:} exec docker "$@" ;; esac
for word; do
    shift
    case $word in --label=portreeve.digest=*) word=--label=portreeve.digest=older ;; esac
    set -- "$@" "$word"
done
PATH=${PATH#*:} exec docker "$@"
"#;

/// By which files come, go, change their names, and are made to last.
const CALLS: &str =
    "rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,symlink,symlinkat,linkat,fsync";

/// Where the program is killed.
#[derive(Clone, Debug)]
enum Point {
    /// Around the nth Docker command that changes something, counted from 1.
    Docker {
        at: usize,
        when: &'static str,
        command: String,
    },
    /// Before the nth system call of this name, counted from 1.
    File {
        call: String,
        at: usize,
        what: String,
    },
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Docker { at, when, command } => {
                write!(f, "{when} command {at}: docker {command}")
            }
            Self::File { call, at, what } => write!(f, "before {call} {at}: {what}"),
        }
    }
}

/// The points of a run of `up`, in order.
struct Points(Vec<Point>);

impl Points {
    /// Those of the run that the tracer and the shim have just watched.
    fn of(live: &Live) -> Self {
        let mut points = Vec::new();
        for (at, command) in live.bed.read("bin/docker.log").lines().enumerate() {
            for when in ["before", "during", "after"] {
                let (at, command) = (at + 1, command.chars().take(80).collect());
                points.push(Point::Docker { at, when, command });
            }
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for line in live.bed.read("trace").lines() {
            if let Some((call, what)) = line.split_once('(') {
                let count = counts.entry(call.to_owned()).or_default();
                *count += 1;
                let (call, what) = (call.to_owned(), what.chars().take(80).collect());
                points.push(Point::File {
                    call,
                    at: *count,
                    what,
                });
            }
        }
        Self(points)
    }

    /// The ones to try, spread evenly; all of them when that is asked for.
    fn chosen(self) -> Vec<Point> {
        let all = env::var("PORTREEVE_KILLS").is_ok_and(|kills| kills == "all");
        let wanted = if all { self.0.len() } else { EVERYDAY };
        let seed: usize = env::var("PORTREEVE_SEED").map_or(0, |seed| seed.parse().unwrap());
        let stride = self.0.len().div_ceil(wanted.max(1)).max(1);
        self.0
            .into_iter()
            .skip(seed % stride)
            .step_by(stride)
            .collect()
    }
}

/// `up` under a tracer, killed at `point` if there is one; whether it was killed.
fn traced_up(live: &Live, point: Option<&Point>) -> bool {
    live.bed.docker(SHIM);
    live.bed.file("bin/docker.log", "");
    let mut tracer = vec![
        "strace".to_owned(),
        "--output=trace".to_owned(),
        format!("--trace={CALLS}"),
    ];
    let shim = match point {
        Some(Point::Docker { at, when, .. }) => format!("{at} {when}\n"),
        Some(Point::File { call, at, .. }) => {
            tracer.push(format!("--inject={call}:signal=KILL:when={at}"));
            "none none\n".to_owned()
        }
        None => "none none\n".to_owned(),
    };
    live.bed.file("bin/docker.point", &shim);
    let outcome = live.run(&["up", "p.reeve"]).under(&tracer).outcome();
    fs::remove_file(live.bed.path().join("bin/docker")).unwrap();
    let killed = outcome.code == 128 + 9;
    assert!(
        killed || outcome.code == 0,
        "exit {}: {}",
        outcome.code,
        outcome.stderr
    );
    killed
}

/// An agent that never stops asking.
struct Client<'a> {
    live: &'a Live,
    container: String,
    /// The names that only the first and only the second policy allows.
    names: [&'static str; 2],
}

impl<'a> Client<'a> {
    fn of(live: &'a Live, agent: &str, names: [&'static str; 2]) -> Self {
        let container = format!("{}-client", live.instance);
        let proxy = live.proxy_of(agent);
        let script = include_str!("killed/client.pl");
        let client = ["perl", "-e", script, &proxy, names[0], names[1]];
        let started = live.wrap(agent, &container, &client);
        assert_eq!(started.code, 0, "{}", started.stderr);
        Self {
            live,
            container,
            names,
        }
    }

    /// By which policy each request since `from` was decided; `None` for one that had no answer.
    fn deciders(&self, from: f64) -> Vec<Option<usize>> {
        let log = self
            .live
            .docker(&["logs", "--tail", "5000", &self.container]);
        let mut deciders = Vec::new();
        for line in log.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let [begun, name, status] = words[..] else {
                panic!("the client says {line}")
            };
            if begun.parse::<f64>().unwrap() < from {
                continue;
            }
            let own = usize::from(name == self.names[1]);
            deciders.push(match status {
                "200" => Some(own),
                "403" => Some(1 - own),
                _ => None,
            });
        }
        deciders
    }

    /// Waits until `policy` decides.
    fn awaits(&self, policy: usize) {
        let from = now();
        eventually("the client is answered by the policy in force", || {
            let deciders = self.deciders(from);
            deciders.len() >= 4 && deciders.iter().all(|decider| *decider == Some(policy))
                || deciders
                    .iter()
                    .rev()
                    .take(4)
                    .filter(|decider| **decider == Some(policy))
                    .count()
                    == 4
        });
    }
}

fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("the clock is past 1970").as_secs_f64()
}

/// The gateway, which answers everything, and the two policies of a change.
struct Change {
    policies: [String; 2],
    /// Counts the changes: each one has a statement of its own, so it always has files to write.
    serial: Cell<usize>,
    /// Whether the proxy's container itself is made anew, which cuts everybody off for a while.
    replaces: bool,
}

const NAMES: [&str; 2] = ["old.example", "new.example"];

impl Change {
    fn new(subnet: &str, agents: [&str; 2]) -> Self {
        let policy = |at: usize| {
            format!(
                "policy 1\ngateway onecli {{ address 198.18.12.10:80 }}\nnetwork {{ subnet {subnet} }}\n{}",
                agents[at].replace("NAME", NAMES[at])
            )
        };
        Self {
            policies: [policy(0), policy(1)],
            serial: Cell::new(0),
            replaces: false,
        }
    }

    fn write(&self, live: &Live, policy: usize) {
        self.serial.set(self.serial.get() + 1);
        let serial = format!("s{}.example:80", self.serial.get());
        live.bed
            .file("p.reeve", &self.policies[policy].replace("SERIAL", &serial));
    }

    fn prepare(&self, live: &Live, policy: usize) {
        self.write(live, policy);
        if self.replaces {
            live.docker(&["rm", "--force", &live.proxy()]);
            live.bed.docker(OLDER);
        }
        live.run(&["up", "p.reeve"]).exits(0);
        if self.replaces {
            fs::remove_file(live.bed.path().join("bin/docker")).unwrap();
        }
    }

    /// Goes from one policy to the other and back, killed at one point on each way.
    fn survives_every_point(&self, test: &str) {
        let Some(live) = Live::new(test) else {
            return;
        };
        let live = live.with_uplink(&["--subnet", "198.18.12.0/24"]);
        // From the third policy on there are files of an old one to remove.
        self.prepare(&live, 1);
        self.prepare(&live, 0);
        let web = [
            "perl",
            "-e",
            include_str!("../../../src/demo/stand_ins.pl"),
            "web",
        ];
        live.neighbour("gateway", live.uplink(), "198.18.12.10", &web);
        let client = Client::of(&live, "coder", NAMES);

        let mut ways = Vec::new();
        for to in [1, 0] {
            if self.replaces {
                self.prepare(&live, 1 - to);
            }
            self.write(&live, to);
            assert!(!traced_up(&live, None));
            ways.push(Points::of(&live).chosen().into_iter());
        }
        let (mut n_points, mut n_requests, mut n_unanswered) = (0, 0, 0);
        for way in (0..2).cycle() {
            let Some(point) = ways[way].next() else {
                break;
            };
            let (from, to) = (way, 1 - way);
            if self.replaces {
                self.prepare(&live, from);
            }
            client.awaits(from);
            self.write(&live, to);
            let begun = now();
            assert!(traced_up(&live, Some(&point)), "never came to: {point}");
            live.run(&["up", "p.reeve"]).exits(0);
            live.run(&["status", "p.reeve"]).exits(0);
            client.awaits(to);
            let deciders = client.deciders(begun);
            let unanswered = deciders.iter().filter(|decider| decider.is_none()).count();
            assert!(
                self.replaces || unanswered == 0,
                "{unanswered} requests had no answer; {point}"
            );
            let mut changes: Vec<usize> = deciders.iter().flatten().copied().collect();
            changes.dedup();
            assert!(
                changes == [from, to] || changes == [to],
                "decided by the policies {changes:?} in turns, from {from} to {to}; {point}"
            );
            n_points += 1;
            n_requests += deciders.len();
            n_unanswered += unanswered;
            let count = deciders.len();
            tell(&format!(
                "{count:6} requests, {unanswered} without an answer: {point}\n"
            ));
        }
        tell(&format!(
            "{test}: {n_points} points, {n_requests} requests, {n_unanswered} without an answer\n"
        ));
        assert!(n_points >= EVERYDAY, "{n_points} points");
        settles(&live);
    }
}

/// Nothing of the killed runs is left: one Squid, one container, no file under a passing name.
fn settles(live: &Live) {
    let squids = || {
        live.ctl("status")
            .lines()
            .filter(|line| line.starts_with("squid-"))
            .count()
    };
    eventually("old generations end", || squids() == 1);
    let left = live.left();
    let aside: Vec<&String> = left.iter().filter(|name| name.contains("aside")).collect();
    assert!(aside.is_empty(), "{left:?}");
    let folder = live.bed.path().join("state/config/generations");
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let passing: Vec<_> = names
        .filter(|name| name.to_string_lossy().starts_with('.'))
        .collect();
    assert!(passing.is_empty(), "{passing:?}");
}

#[test]
fn an_edit_that_is_killed_anywhere_is_one_policy_or_the_other() {
    let agents = [
        "agent coder { access list\n allow NAME:80 SERIAL\n cdp\n}\n",
        "agent coder { access list\n allow NAME:80 SERIAL\n cdp 9300\n}\n",
    ];
    Change::new("172.30.236.0/24", agents).survives_every_point("kedit");
}

#[test]
fn an_agent_that_comes_or_goes_while_the_program_is_killed_costs_nobody_a_request() {
    let agents = [
        "agent coder { access list\n allow NAME:80 SERIAL\n}\n",
        "agent coder { access list\n allow NAME:80 SERIAL\n}\nagent writer { cdp }\n",
    ];
    Change::new("172.30.237.0/24", agents).survives_every_point("kagent");
}

#[test]
fn a_new_image_that_is_killed_anywhere_comes_up_at_the_next_try() {
    let agents = ["agent coder { access list\n allow NAME:80 SERIAL\n}\n"; 2];
    let mut change = Change::new("172.30.238.0/24", agents);
    change.replaces = true;
    change.survives_every_point("kimage");
}

#[test]
fn a_first_install_that_is_killed_anywhere_is_completed_by_the_next() {
    let Some(live) = Live::new("kfirst") else {
        return;
    };
    live.bed.file(
        "p.reeve",
        "policy 1\nnetwork { subnet 172.30.239.0/24 }\nagent a { cdp }\nagent b { }\n",
    );
    assert!(!traced_up(&live, None));
    let points = Points::of(&live).chosen();
    for point in &points {
        live.run(&["down"]).exits(0);
        for folder in ["state/config", "state/policies"] {
            fs::remove_dir_all(live.bed.path().join(folder)).ok();
        }
        fs::remove_file(live.bed.path().join("state/ledger.json")).ok();
        assert!(traced_up(&live, Some(point)), "never came to: {point}");
        live.run(&["up", "p.reeve"]).exits(0);
        live.run(&["status", "p.reeve"]).exits(0);
        tell(&format!("{point}\n"));
    }
    tell(&format!("kfirst: {} points\n", points.len()));
    settles(&live);
}
