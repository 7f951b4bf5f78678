//! Changes of the policy while agents work.

use std::process::{Child, Command, Stdio};

use super::tunnel::Tunnel;
use super::{Live, eventually};

/// Servers and clients, shared with the image's own checks.
pub(super) const PEERS: &str = include_str!("../../../../squid/selftest.pl");

/// Longer than the test.
const LOAD_SECONDS: &str = "900";
const SWITCHES: usize = 20;

/// Two agents that may ask the server beside the proxy and behind the gateway, which it is as well.
fn policy(number: u8, coder: &str, writer: &str) -> String {
    format!(
        "policy 1\ngateway onecli {{ address 198.18.{number}.10:8000 }}\n\
         network {{ subnet 172.30.{number}.0/24 }}\n\
         agent coder {{\n  access list\n  lan 198.18.{number}.10:8001\n{coder}}}\n\
         agent writer {{\n  access list\n  lan 198.18.{number}.10:8001\n{writer}}}\n"
    )
}

/// Clients that ask one thing after another until they are told to stop.
struct Load<'a> {
    live: &'a Live,
    container: &'a str,
    clients: Child,
}

impl<'a> Load<'a> {
    fn start(live: &'a Live, container: &'a str, workers: &str, args: &[&str]) -> Self {
        let perl = [
            "exec",
            container,
            "perl",
            "-e",
            PEERS,
            "load",
            LOAD_SECONDS,
            workers,
        ];
        let clients = Command::new("docker")
            .args(perl)
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .expect("docker starts");
        Self {
            live,
            container,
            clients,
        }
    }

    /// How many failed and how many there were, with what else there is to say.
    fn stop(self) -> (usize, usize, String) {
        self.live
            .docker(&["exec", self.container, "touch", "/tmp/stop"]);
        let output = self.clients.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers: Vec<usize> = text
            .split([' ', ','])
            .filter_map(|word| word.parse().ok())
            .collect();
        let [failed, of, ..] = numbers.as_slice() else {
            panic!("the clients say {text:?}");
        };
        (*failed, *of, text.trim().to_owned())
    }
}

#[test]
fn twenty_changes_under_load_fail_no_request_and_cut_only_what_is_revoked() {
    let Some(live) = Live::new("twenty") else {
        return;
    };
    let (live, number) = live.with_free_uplink();
    let allow = |hosts: &[&str]| {
        hosts
            .iter()
            .map(|host| format!("  allow {host}\n"))
            .collect::<String>()
    };
    let text = |switch: usize| {
        let edit = format!("edit-{switch}.example");
        let coder: &[&str] = match switch {
            ..10 => &["kept.example", "gone.example", &edit],
            _ => &["kept.example", &edit],
        };
        policy(number, &allow(coder), &allow(&["gone.example"]))
    };
    live.up(&text(0));
    let address = format!("198.18.{number}.10");
    let serve = "for p in 8000 8001; do perl -e \"$0\" upstream $p & done; wait";
    live.neighbour(
        "peer",
        live.uplink(),
        &address,
        &["bash", "-c", serve, PEERS],
    );
    let (coder, writer) = (live.agent("coder", "coder"), live.agent("writer", "writer"));
    let (at_coder, at_writer) = (live.proxy_of("coder"), live.proxy_of("writer"));
    eventually("the server answers", || {
        let get = ["exec", &coder, "perl", "-e", PEERS, "get", &at_coder];
        let url = format!("http://{address}:8001/");
        let output = live.try_docker(&[&get[..], &[&url]].concat());
        output.stdout.starts_with(b"200 ")
    });

    let mut kept = Tunnel::hold(&coder, &at_coder, "kept.example:443");
    let mut gone = Tunnel::hold(&coder, &at_coder, "gone.example:443");
    let mut neighbour = Tunnel::hold(&writer, &at_writer, "gone.example:443");
    let server = format!("{address}:8001");
    let steady = Load::start(&live, &coder, "4", &[&at_coder, &server]);
    // One in eight takes 0.7 s between its connection and its request.
    let slow = Load::start(&live, &writer, "8", &[&at_writer, &server, "8"]);
    for switch in 1..=SWITCHES {
        let before = live.ctl("running");
        live.up(&text(switch));
        assert_ne!(live.ctl("running"), before);
        if switch == 10 {
            println!("the revoked tunnel ends {:?} after `up`", gone.ends());
        } else if switch < 10 {
            assert!(gone.echoes("still there"), "switch {switch}");
        }
        assert!(kept.echoes("still there"), "switch {switch}");
        assert!(neighbour.echoes("still there"), "switch {switch}");
    }
    for (what, load) in [("steady", steady), ("slow", slow)] {
        let (failed, of, said) = load.stop();
        println!("{SWITCHES} switches, {what} clients: {said}");
        assert_eq!(failed, 0, "{what}: {said}");
        assert!(of > SWITCHES, "{what}: only {of} requests were made");
    }
    drop((kept, gone, neighbour));
    eventually("the old generations end", || {
        live.ctl("status").matches("squid-").count() == 1
    });
}

#[test]
fn no_more_than_nine_generations_live_and_the_oldest_makes_room() {
    let Some(live) = Live::new("nine") else {
        return;
    };
    let (live, number) = live.with_free_uplink();
    let text = |switch: usize| policy(number, &format!("  allow e{switch}.example\n"), "");
    live.up(&text(0));
    let address = format!("198.18.{number}.10");
    let upstream = ["perl", "-e", PEERS, "upstream", "8001"];
    live.neighbour("peer", live.uplink(), &address, &upstream);
    let coder = live.agent("coder", "coder");
    let proxy = live.proxy_of("coder");
    let mut tunnels = Vec::new();
    for switch in 1..=11 {
        tunnels.push(Tunnel::hold(&coder, &proxy, &format!("{address}:8001")));
        live.up(&text(switch));
    }
    eventually("at most eight old generations are left", || {
        live.ctl("status").matches("squid-").count() <= 9
    });
    for tunnel in tunnels.drain(..3) {
        tunnel.ends();
    }
    for tunnel in &mut tunnels {
        assert!(tunnel.echoes("still there"));
    }
}
