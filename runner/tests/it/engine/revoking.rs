//! A change that takes something away ends what is open of it, and nothing else.

use super::switching::PEERS;
use super::tunnel::Tunnel;
use super::{Live, eventually};

struct World {
    live: Live,
    number: u8,
}

impl World {
    fn up(&self, agents: &str) {
        self.live.bed.file("p.reeve", &self.text(agents));
        self.live
            .run(&["up", "p.reeve", "--facts", "facts.json"])
            .exits(0);
    }

    fn text(&self, agents: &str) -> String {
        let number = self.number;
        let agents = agents.replace("PEER", &format!("198.18.{number}.10"));
        format!(
            "policy 1\ngateway onecli {{ address 198.18.{number}.10:8000 }}\n\
             network {{ subnet 172.30.{number}.0/24 }}\n{agents}"
        )
    }
}

/// One server plays the gateway on 8000, a device on 8001, and a browser of the host on 9222.
fn world(test: &str, agents: &str) -> Option<World> {
    let (live, number) = Live::new(test)?.with_free_uplink();
    let (peer, names) = (format!("198.18.{number}.10"), format!("198.18.{number}.53"));
    let facts = format!(r#"{{"version":1,"host_address":"{peer}","resolvers":["{names}"]}}"#);
    live.bed.file("facts.json", &facts);
    let world = World { live, number };
    world.up(agents);
    let serve = "for p in 8000 8001 9222; do perl -e \"$0\" upstream $p & done; wait";
    let live = &world.live;
    live.neighbour("peer", live.uplink(), &peer, &["bash", "-c", serve, PEERS]);
    let all = format!("--address=/#/198.18.{}.40", world.number);
    let options = ["--no-resolv", "--no-hosts", "--user=", "--pid-file=", &all];
    let resolver = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null"];
    let resolver = [&resolver[..], &options].concat();
    live.neighbour("names", live.uplink(), &names, &resolver);
    eventually("the server answers", || {
        let reach = format!("exec 3<>/dev/tcp/{peer}/8001");
        let exec = ["exec", &live.proxy(), "timeout", "3", "bash", "-c", &reach];
        live.try_docker(&exec).status.success()
    });
    Some(world)
}

const WRITER: &str = "agent writer {\n  lan PEER:8001\n  cdp 9302\n}\n";

#[test]
fn what_the_new_policy_forbids_is_cut_whenever_it_was_opened_and_the_rest_lives() {
    let coder = |rest: &str| format!("agent coder {{\n{rest}}}\n{WRITER}");
    let direct = "  lan PEER:8001\n  cdp 9301\n";
    let full = coder(&format!("  access full\n{direct}"));
    let Some(world) = world("revoke", &full) else {
        return;
    };
    let live = &world.live;
    let (at_coder, at_writer) = (live.proxy_of("coder"), live.proxy_of("writer"));
    let (one, other) = (live.agent("coder", "coder"), live.agent("writer", "writer"));
    let device = format!("198.18.{}.10:8001", world.number);

    let mut listed = Tunnel::hold(&one, &at_coder, "listed.example:443");
    let unlisted = Tunnel::hold(&one, &at_coder, "unlisted.example:443");
    let download = Tunnel::download(&one, &at_coder, "unlisted.example");
    let kept_download = Tunnel::download(&one, &at_coder, "listed.example");
    let mut lan = Tunnel::hold(&one, &at_coder, &device);
    let mut browser = Tunnel::forward(&one, &format!("{at_coder}:9301"));
    let mut neighbours_lan = Tunnel::hold(&other, &at_writer, &device);
    let mut neighbours_browser = Tunnel::forward(&other, &format!("{at_writer}:9302"));

    // A change of something else is noticed by nobody.
    world.up(&[&full, "agent reader { }\n"].concat());
    for tunnel in [
        &mut listed,
        &mut lan,
        &mut browser,
        &mut neighbours_lan,
        &mut neighbours_browser,
    ] {
        assert!(tunnel.echoes("one"));
    }
    assert!(unlisted.is_open() && download.is_open() && kept_download.is_open());

    // A change that fails cuts nothing of what it would have taken away.
    live.docker(&[
        "exec",
        "--detach",
        &live.proxy(),
        "socat",
        "TCP4-LISTEN:9303",
        "/dev/null",
    ]);
    let failing = coder("  access list\n  allow listed.example\n") + "agent reader { cdp 9303 }\n";
    live.bed.file("f.reeve", &world.text(&failing));
    let failed = live
        .run(&["up", "f.reeve", "--facts", "facts.json"])
        .exits(4);
    assert!(
        failed.stderr.contains("9303 does not listen"),
        "{}",
        failed.stderr
    );
    for tunnel in [
        &mut listed,
        &mut lan,
        &mut browser,
        &mut neighbours_lan,
        &mut neighbours_browser,
    ] {
        assert!(tunnel.echoes("two"));
    }
    assert!(unlisted.is_open() && download.is_open() && kept_download.is_open());

    // What the first generation has let pass is found two generations later.
    world.up(&coder(&format!(
        "  access list\n  allow listed.example\n{direct}"
    )));
    println!("the tunnel ends {:?} after `up`", unlisted.ends());
    println!("the download ends {:?} after `up`", download.ends());
    for tunnel in [
        &mut listed,
        &mut lan,
        &mut browser,
        &mut neighbours_lan,
        &mut neighbours_browser,
    ] {
        assert!(tunnel.echoes("three"));
    }
    assert!(kept_download.is_open());

    // And again, when it is the last of its grants.
    world.up(&coder("  access list\n  allow listed.example\n"));
    println!("the LAN tunnel ends {:?} after `up`", lan.ends());
    println!(
        "the browser's connection ends {:?} after `up`",
        browser.ends()
    );
    for tunnel in [&mut listed, &mut neighbours_lan, &mut neighbours_browser] {
        assert!(tunnel.echoes("four"));
    }
    assert!(kept_download.is_open());

    // What a killed `up` has left open is ended by the next one, which finds all else in step.
    live.bed.docker(
        "case \"$3 $4\" in 'portreeve-ctl requests') kill -9 $PPID; exit 9;; esac\n\
         PATH=${PATH#*:} exec docker \"$@\"",
    );
    live.bed.file("p.reeve", &world.text(&coder("")));
    let killed = live
        .run(&["up", "p.reeve", "--facts", "facts.json"])
        .killed();
    assert!(
        killed.stderr.contains("end the open connections"),
        "{}",
        killed.stderr
    );
    std::fs::remove_file(live.bed.path().join("bin/docker")).unwrap();
    assert!(listed.echoes("five"), "it was not revoked by hand");
    let mended = live
        .run(&["up", "p.reeve", "--facts", "facts.json"])
        .exits(0);
    assert!(
        mended.stderr.contains("end the open connections"),
        "{}",
        mended.stderr
    );
    assert!(
        !mended.stderr.contains("switch the running"),
        "{}",
        mended.stderr
    );
    listed.ends();
    kept_download.ends();
    for tunnel in [&mut neighbours_lan, &mut neighbours_browser] {
        assert!(tunnel.echoes("six"));
    }
    live.run(&["status", "p.reeve", "--facts", "facts.json"])
        .exits(0);
}
