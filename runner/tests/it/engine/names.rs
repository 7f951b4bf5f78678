//! Where names lead, asked of a real resolver: what `access full` looks up, and what nobody does.

use super::{Live, eventually};

const RECORDER: &str = include_str!("recorder.pl");
const POLICY: &str = "policy 1
gateway onecli { address 198.18.83.10:10255 }
network { subnet 172.30.241.0/26 }
agent list { access list
 allow listed.example
 lan 198.18.83.20:8838
}
agent open { access full
 deny  refused.example
 allow listed.example
}
agent small { }
";
const LIST: &str = "172.30.241.10";
const OPEN: &str = "172.30.241.18";
const SMALL: &str = "172.30.241.26";

/// A name, what the resolver says of it, and what becomes of a request for it.
const NAMES: [(&str, &str, &str); 14] = [
    (
        "public.example",
        "--host-record=public.example,198.51.100.7",
        "allow",
    ),
    (
        "both.example",
        "--host-record=both.example,198.51.100.7,2606:4700::1111",
        "allow",
    ),
    (
        "alias.example",
        "--cname=alias.example,public.example",
        "allow",
    ),
    (
        "private.example",
        "--host-record=private.example,10.1.2.3",
        "deny private",
    ),
    (
        "shared.example",
        "--host-record=shared.example,100.64.0.1",
        "deny private",
    ),
    (
        "loop.example",
        "--host-record=loop.example,127.0.0.1",
        "deny floor",
    ),
    (
        "meta.example",
        "--host-record=meta.example,169.254.169.254",
        "deny floor",
    ),
    (
        "own.example",
        "--host-record=own.example,172.30.241.18",
        "deny floor",
    ),
    (
        "mixed.example",
        "--host-record=mixed.example,198.51.100.7\n--host-record=mixed.example,192.168.1.1",
        "deny private",
    ),
    (
        "inward.example",
        "--cname=inward.example,private.example",
        "deny private",
    ),
    (
        "half.example",
        "--host-record=half.example,198.51.100.7,fd00::5",
        "deny private",
    ),
    (
        "mapped.example",
        "--host-record=mapped.example,198.51.100.7,::ffff:10.0.0.1",
        "deny private",
    ),
    (
        "empty.example",
        "--txt-record=empty.example,nothing",
        "deny unresolved",
    ),
    (
        "nobody.example",
        "--address=/nobody.example/",
        "deny unresolved",
    ),
];

struct Resolver {
    live: Live,
    resolver: String,
    gateway: String,
}

impl Resolver {
    fn new() -> Option<Self> {
        let live = Live::new("names")?.with_uplink(&["--subnet", "198.18.83.0/24"]);
        live.bed.file(
            "facts.json",
            r#"{"version":1,"resolvers":["198.18.83.53"],"gateway_addresses":["198.18.83.10"],"host_address":"198.18.83.30"}"#,
        );
        live.make_image();
        let records: Vec<&str> = NAMES
            .iter()
            .flat_map(|(_, record, _)| record.lines())
            .collect();
        let dnsmasq = [
            "dnsmasq",
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--no-resolv",
            "--no-hosts",
            "--user=",
            "--pid-file=",
            "--log-queries",
            "--log-facility=-",
            "--local-ttl=0",
            // A resolver behind it that is not there; and one that everything else is no name for.
            "--server=/silent.example/198.18.83.99",
            "--local=/#/",
            "--addn-hosts=/tmp/changing",
        ];
        let resolver = live.neighbour(
            "resolver",
            live.uplink(),
            "198.18.83.53",
            &[
                &["sh", "-c", "touch /tmp/changing; exec \"$@\"", "sh"][..],
                &dnsmasq[..],
                &records[..],
            ]
            .concat(),
        );
        let recorder = ["perl", "-e", RECORDER, "10255"];
        let gateway = live.neighbour("gateway", live.uplink(), "198.18.83.10", &recorder);
        live.bed.file("p.reeve", POLICY);
        let up = ["--facts", "facts.json", "up", "p.reeve"];
        live.run(&up).exits(0);
        Some(Self {
            live,
            resolver,
            gateway,
        })
    }

    fn log(&self) -> Vec<String> {
        let path = "/var/log/portreeve/access.log";
        let proxy = self.live.proxy();
        let text = self.live.docker(&["exec", &proxy, "cat", path]);
        text.lines().map(str::to_owned).collect()
    }

    /// Makes the name lead somewhere else from now on.
    fn change(&self, address: &str) {
        let script = "echo \"$1 changing.example\" >/tmp/changing; kill -HUP 1";
        self.live
            .docker(&["exec", &self.resolver, "sh", "-c", script, "sh", address]);
    }

    /// The names that were asked for, in order, by anybody.
    fn queries(&self) -> Vec<String> {
        let output = self.live.try_docker(&["logs", &self.resolver]);
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let names = text.lines().filter_map(|line| {
            line.split_once(": query[")?
                .1
                .split(' ')
                .nth(1)
                .map(str::to_owned)
        });
        names.collect()
    }

    /// Asks through the proxy, and gives what the log says of it: verdict and rule.
    fn ask(&self, agent: &str, proxy: &str, method: &str, target: &str) -> String {
        let request = format!("{method} {target} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n");
        let script =
            format!("exec 3<>/dev/tcp/{proxy}/3128; printf '%b' '{request}' >&3; head -n 1 <&3");
        let known = self.log().len();
        let script = ["exec", agent, "timeout", "20", "bash", "-c", &script];
        let told = self.live.docker(&script);
        let mut line = None;
        eventually("the request is logged", || {
            let log = self.log();
            let mut fresh = log.iter().skip(known);
            line = fresh.find(|line| line.contains(target)).cloned();
            line.is_some()
        });
        let line = line.unwrap();
        let mut fields = line.split(' ').skip(3);
        let (verdict, rule) = (fields.next().unwrap(), fields.next().unwrap());
        let status = if verdict == "allow" { " 200 " } else { " 403 " };
        assert!(told.contains(status), "{told}: {line}");
        format!("{verdict} {rule}")
    }
}

#[test]
fn a_name_that_leads_inside_is_refused_and_no_other_request_asks_for_one() {
    let Some(bed) = Resolver::new() else { return };
    let live = &bed.live;
    let (list, open, small) = (
        live.agent("list", "list"),
        live.agent("open", "open"),
        live.agent("small", "small"),
    );
    bed.change("198.51.100.7");

    // Nobody's name is looked up for a request that is refused, nor for one that a LAN grant or a
    // list decides. Squid measures hosts that it was allowed to reach, and resolves those; the
    // answer is of no use to it.
    let before = bed.queries();
    for (agent, proxy, method, target) in [
        (&list, LIST, "CONNECT", "secret-1.evil.example:443"),
        (&list, LIST, "GET", "http://secret-2.evil.example/"),
        (&list, LIST, "CONNECT", "10.0.0.1:443"),
        (&small, SMALL, "CONNECT", "secret-3.evil.example:443"),
        (&small, SMALL, "GET", "http://secret-4.evil.example/"),
        (&small, SMALL, "CONNECT", "listed.example:443"),
        (&open, OPEN, "CONNECT", "secret-5.evil.example:8443"),
        (&open, OPEN, "GET", "http://secret-6.evil.example:22/"),
        (&open, OPEN, "CONNECT", "secret-7:443"),
        (&open, OPEN, "CONNECT", "secret-8.0x1f:443"),
        (&open, OPEN, "CONNECT", "secret-9.localhost:443"),
        (&open, OPEN, "CONNECT", "secret_.-10.evil.example:443"),
        (&open, OPEN, "CONNECT", "refused.example:443"),
        (&open, OPEN, "GET", "ftp://secret-11.evil.example/"),
        (&open, OPEN, "CONNECT", "198.51.100.8:8443"),
        (&open, OPEN, "CONNECT", "10.0.0.1:443"),
    ] {
        let verdict = bed.ask(agent, proxy, method, target);
        assert!(verdict.starts_with("deny "), "{target}: {verdict}");
    }
    assert_eq!(bed.queries(), before);

    for (name, _, expected) in NAMES {
        let verdict = bed.ask(&open, OPEN, "CONNECT", &format!("{name}:443"));
        assert!(verdict.starts_with(expected), "{name}: {verdict}");
        let queries = bed.queries();
        assert!(
            queries.iter().any(|asked| asked == name),
            "{name}: {queries:?}"
        );
    }
    // A resolver that does not answer opens nothing.
    assert_eq!(
        bed.ask(&open, OPEN, "CONNECT", "silent.example:443"),
        "deny unresolved"
    );
    assert!(
        bed.ask(&list, LIST, "CONNECT", "listed.example:443")
            .starts_with("allow ")
    );

    // A name that changes its mind is believed for two seconds and no longer.
    assert!(
        bed.ask(&open, OPEN, "CONNECT", "changing.example:443")
            .starts_with("allow ")
    );
    bed.change("10.1.2.3");
    eventually("the new answer counts", || {
        bed.ask(&open, OPEN, "CONNECT", "changing.example:443") == "deny private"
    });
    bed.change("198.51.100.7");
    eventually("the old answer counts again", || {
        bed.ask(&open, OPEN, "CONNECT", "changing.example:443")
            .starts_with("allow ")
    });

    // What was asked for is what agents with full access asked for, and what was allowed.
    let known = |name: &String| {
        NAMES.iter().any(|(known, _, _)| known == name)
            || ["silent.example", "changing.example", "listed.example"].contains(&name.as_str())
    };
    let queries = bed.queries();
    let others: Vec<&String> = queries.iter().filter(|name| !known(name)).collect();
    assert!(others.is_empty(), "{others:?}");
    let asked = live.docker(&["logs", &bed.gateway]);
    assert!(
        !asked.contains("private.example") && asked.contains("public.example"),
        "{asked}"
    );
    super::tell(&format!(
        "names: {} queries, all for names of agents with full access\n",
        queries.len()
    ));
}
