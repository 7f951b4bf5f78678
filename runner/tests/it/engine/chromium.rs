//! CDP with a real Chromium: two agents share the host's browser, each by its own port, and a third gets nothing.
//!
//! The browser is Debian's, in a container that plays the host; Playwright drives it from inside of the agents'.

mod bed;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use self::bed::{Seat, Shared};
use super::eventually;

const BROWSE: &str = include_str!("chromium/browse.py");
const HOLD: &str = include_str!("chromium/hold.py");

/// Served on the host's loopback, where only its browser gets to.
const PAGE: &str = "http://127.0.0.1:8000/";
const TITLE: &str = "a page of the host";

/// How many connections a forwarder has open at once, and how many an agent tries.
const BOUND: usize = 64;
const TRIED: usize = 80;

/// What stands before a command so that it has these variables of the agent's.
const VARIABLES: [(&str, &[&str]); 3] = [
    ("as given", &["env"]),
    ("none", &["env", "-i", "PATH=/usr/bin:/bin"]),
    ("no exception", &["env", "-u", "NO_PROXY", "-u", "no_proxy"]),
];

impl Shared {
    /// Drives the browser from an agent's container: the browser's id, when all of it went well.
    #[track_caller]
    fn browse(&self, seat: &Seat, port: u16, (which, variables): (&str, &[&str])) -> String {
        let own = format!("{}:{port}", seat.proxy);
        let endpoint = format!("http://{own}");
        let exec = ["exec", &seat.container];
        let script = ["python3", "-c", BROWSE, &endpoint, PAGE];
        let said = self.live.docker(&[&exec, variables, &script].concat());
        let [socket, by_discovery, by_socket]: [String; 3] = serde_json::from_str(&said).unwrap();
        assert_eq!([by_discovery, by_socket], [TITLE; 2], "variables: {which}");
        let id = socket.strip_prefix(&format!("ws://{own}/devtools/browser/"));
        id.unwrap_or_else(|| panic!("{own} answers {socket}"))
            .to_owned()
    }

    /// The status that curl is answered with; 000 when there is no answer.
    fn status(&self, seat: &Seat, words: &[&str]) -> String {
        let exec = ["exec", &seat.container];
        let curl = [
            "curl",
            "--silent",
            "--max-time",
            "4",
            "--output",
            "/dev/null",
        ];
        let curl = [&exec, &curl[..], &["--write-out", "%{http_code}"], words].concat();
        String::from_utf8(self.live.try_docker(&curl).stdout).unwrap()
    }

    /// How many connections the relay on the host has from containers.
    fn at_the_host(&self) -> usize {
        let table = ["exec", &self.browser, "cat", "/proc/net/tcp"];
        let table = self.live.docker(&table);
        let arrived = |line: &&str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [_, local, _, state, ..] = words[..] else {
                return false;
            };
            // In hexadecimal: port 9222, established, and not of the relay to the browser.
            local.ends_with(":2406") && state == "01" && !local.starts_with("0100007F")
        };
        table.lines().filter(arrived).count()
    }

    /// Opens connections from an agent's container to each of some places.
    fn hold(&self, seat: &Seat, places: &[String]) -> Child {
        let n_connections = TRIED.to_string();
        let mut holder = Command::new("docker")
            .args(["exec", "--interactive", &seat.container])
            .args(["python3", "-c", HOLD, &n_connections])
            .args(places)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("docker starts");
        let mut line = String::new();
        let mut said = BufReader::new(holder.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), (TRIED * places.len()).to_string());
        holder
    }

    /// The command line of the forwarder that runs for a port.
    fn forwarder(&self, port: u16) -> Vec<String> {
        let running = self
            .live
            .docker(&["top", &self.live.proxy(), "-eo", "pid,args"]);
        let listens = format!("TCP4-LISTEN:{port},");
        let line = running.lines().find(|line| line.contains(&listens));
        let line = line.unwrap_or_else(|| panic!("nothing listens on {port}:\n{running}"));
        let words = line.split_whitespace().skip(1);
        words.map(str::to_owned).collect()
    }

    /// Starts a changed one beside it.
    fn start(&self, forwarder: &[String], changes: &[(&str, &str)]) {
        let changed = |word: &String| {
            let change = |word: String, (from, to): &(&str, &str)| word.replace(from, to);
            changes.iter().fold(word.clone(), change)
        };
        let words: Vec<String> = forwarder.iter().map(changed).collect();
        let words = words.iter().map(String::as_str);
        let proxy = self.live.proxy();
        let exec = ["exec", "--detach", &proxy].into_iter();
        self.live.docker(&exec.chain(words).collect::<Vec<_>>());
    }
}

#[test]
fn two_agents_drive_one_chromium_by_playwright_and_nobody_gets_past_the_own_port() {
    let Some(shared) = Shared::new("chromium") else {
        return;
    };
    let Shared {
        reader,
        writer,
        stranger,
        host,
        ..
    } = &shared;
    let mut browsers = Vec::new();
    for variables in VARIABLES {
        browsers.push(shared.browse(reader, 9301, variables));
        browsers.push(shared.browse(writer, 9302, variables));
    }
    browsers.dedup();
    assert_eq!(browsers.len(), 1, "they share one browser: {browsers:?}");

    let at = |place: &str, port: u16| format!("http://{place}:{port}/json/version");
    let (own, others) = (at(&reader.proxy, 9301), at(&reader.proxy, 9302));
    let name = at("evil.example", 9301);
    let by_name = ["--header", "Host: evil.example"];
    let rows: [(&Seat, &str, &str, [&str; 2]); 11] = [
        (reader, "its own", &own, ["200", "200"]),
        (reader, "the other's port", &others, ["000", "403"]),
        (
            reader,
            "the other's proxy",
            &at(&writer.proxy, 9302),
            ["000", "403"],
        ),
        (
            reader,
            "the other's proxy, own port",
            &at(&writer.proxy, 9301),
            ["000", "403"],
        ),
        (
            reader,
            "the browser itself",
            &at(host, 9222),
            ["000", "403"],
        ),
        (reader, "a name with its port", &name, ["000", "403"]),
        (writer, "its own", &at(&writer.proxy, 9302), ["200", "200"]),
        (
            writer,
            "the other's port",
            &at(&writer.proxy, 9301),
            ["000", "403"],
        ),
        (
            stranger,
            "the one's port",
            &at(&stranger.proxy, 9301),
            ["000", "403"],
        ),
        (
            stranger,
            "the other's port",
            &at(&stranger.proxy, 9302),
            ["000", "403"],
        ),
        (
            stranger,
            "the browser itself",
            &at(host, 9222),
            ["000", "403"],
        ),
    ];
    for (seat, what, url, expected) in rows {
        let proxy = format!("http://{}:3128", seat.proxy);
        let found = [
            shared.status(seat, &["--noproxy", "*", url]),
            shared.status(seat, &["--noproxy", "", "--proxy", &proxy, url]),
        ];
        assert_eq!(found, expected, "{}: {what}", seat.container);
    }
    // Without its range a forwarder answers whoever comes: it is what keeps the stranger out.
    let forwarder = shared.forwarder(9301);
    let range = forwarder.iter().flat_map(|word| word.split(','));
    let range = range
        .filter(|option| option.starts_with("range="))
        .collect::<String>();
    shared.start(
        &forwarder,
        &[("LISTEN:9301", "LISTEN:9397"), (&range, "reuseaddr")],
    );
    eventually("the open forwarder answers the stranger", || {
        let open = at(&stranger.proxy, 9397);
        shared.status(stranger, &["--noproxy", "*", &open]) == "200"
    });
    // A page whose name leads to the agent's port is kept out by the browser, which sees that name: nothing on the way
    // puts another one in its place.
    let direct = [&["--noproxy", "*", &own], &by_name[..]].concat();
    assert_eq!(shared.status(reader, &direct), "500");
}

#[test]
fn an_agents_connections_to_the_browser_are_counted_and_end_when_idle_and_cost_no_other_agent() {
    let Some(shared) = Shared::new("chromium-bounds") else {
        return;
    };
    let Shared { reader, writer, .. } = &shared;
    let forwarder = shared.forwarder(9301);
    let unbounded = [("LISTEN:9301", "LISTEN:9398"), (",max-children=64", "")];
    shared.start(&forwarder, &unbounded);
    let hasty = [("LISTEN:9301", "LISTEN:9399"), ("3600", "2")];
    shared.start(&forwarder, &hasty);
    eventually("the changed forwarders listen", || {
        let running = shared
            .live
            .docker(&["exec", &shared.live.proxy(), "cat", "/proc/net/tcp"]);
        [":24B6 ", ":24B7 "]
            .iter()
            .all(|port| running.contains(port))
    });

    // As many as there are bounds for arrive, and all of them without one: the ones that wait came first.
    let places = [9301, 9398].map(|port| format!("{}:{port}", reader.proxy));
    let mut holder = shared.hold(reader, &places);
    eventually("the connections are at the host", || {
        shared.at_the_host() >= BOUND + TRIED
    });
    assert_eq!(shared.at_the_host(), BOUND + TRIED);
    // Who holds all of its own takes none from another.
    shared.browse(writer, 9302, VARIABLES[0]);

    // The end of an idle connection, by the same command line with two seconds in place of an hour. Nothing is sent, and
    // the answer is an end of file; the ones above have been idle for as long and are there.
    let wait =
        "import socket, sys; sys.exit(len(socket.create_connection((sys.argv[1], 9399)).recv(1)))";
    shared.live.docker(&[
        "exec",
        &reader.container,
        "python3",
        "-c",
        wait,
        &reader.proxy,
    ]);
    assert_eq!(shared.at_the_host(), BOUND + TRIED);

    // A place that comes free is taken by who waits, and in the end all is as before.
    drop(holder.stdin.take());
    holder.wait().unwrap();
    eventually("the connections end", || shared.at_the_host() == 0);
    shared.browse(reader, 9301, VARIABLES[0]);
}
