//! Squid's own doors, knocked at by an agent: what is not a plain question for an allowed host.
//!
//! Every request goes out byte by byte. Three things are compared with the table: what the agent is
//! told, what the log says, and, for all rows together, what the gateway and the LAN were asked.

mod rows;

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};

use self::rows::{Ends, ROWS};
use super::{Live, eventually};

const ASKER: &str = include_str!("asker.pl");
const RECORDER: &str = include_str!("recorder.pl");

const POLICY: &str = "policy 1
gateway onecli { address 198.18.81.10:10255 }
network { subnet 172.30.242.0/26 }
agent a { access list
 allow github.com
 lan 198.18.81.20:8838
 cdp 9301
}
agent b { access full
 cdp 9302
}
";
/// Squid's addresses on the networks of the two, and where it is on its way out.
const SELF: &str = "172.30.242.10";
const OTHER: &str = "172.30.242.18";
const UPLINK: &str = "198.18.81.2";

/// The installation, with a gateway and a device of the LAN that write down what they are asked.
struct Doors {
    live: Live,
    agent: String,
    gateway: String,
    device: String,
}

impl Doors {
    fn new(test: &str) -> Option<Self> {
        let live = Live::new(test)?.with_uplink(&["--subnet", "198.18.81.0/24"]);
        live.make_image();
        let recorder = |name, address, ports: &[&str]| {
            let command = [&["perl", "-e", RECORDER][..], ports].concat();
            live.neighbour(name, live.uplink(), address, &command)
        };
        let gateway = recorder("gateway", "198.18.81.10", &["10255"]);
        let device = recorder("device", "198.18.81.20", &["80", "443", "8838"]);
        live.up(POLICY);
        let agent = live.agent("a", "a");
        Some(Self {
            live,
            agent,
            gateway,
            device,
        })
    }

    /// What came back for each request, as text in which a byte is a character.
    fn ask(&self, from: &str, asks: &[(&str, u16, String)]) -> Vec<String> {
        let mut child = Command::new("docker")
            .args(["exec", "--interactive", from, "perl", "-e", ASKER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = String::new();
        for (address, port, text) in asks {
            lines += &format!("{address} {port} {}\n", policy_render::hex(&bytes(text)));
        }
        let mut stdin = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        let answers: Vec<String> = text.lines().map(unhex).collect();
        assert_eq!(answers.len(), asks.len(), "{text}");
        answers
    }

    /// What a neighbour was asked so far, in order.
    fn asked(&self, neighbour: &str) -> Vec<String> {
        let text = self.live.docker(&["logs", neighbour]);
        text.lines().skip(1).map(str::to_owned).collect()
    }

    /// The log without connections that ended before there was a request on them.
    fn log(&self) -> Vec<String> {
        let path = "/var/log/portreeve/access.log";
        let text = self.live.docker(&["exec", &self.live.proxy(), "cat", path]);
        let lines = text.lines();
        let lines = lines.filter(|line| !line.contains("error:transaction-end-before-headers"));
        lines.map(str::to_owned).collect()
    }
}

/// A character is a byte.
fn bytes(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect()
}

fn unhex(line: &str) -> String {
    if line == "-" {
        return "refused connection".to_owned();
    }
    let digits: Vec<char> = line.chars().collect();
    let byte = |pair: &[char]| {
        let text: String = pair.iter().collect();
        char::from(u8::from_str_radix(&text, 16).unwrap())
    };
    digits.chunks(2).map(byte).collect()
}

/// The status of the only answer, or what there was instead.
fn status(answer: &str) -> &str {
    let status = answer
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3));
    status.unwrap_or(if answer.is_empty() {
        "closed"
    } else {
        "no HTTP"
    })
}

fn filled(text: &str) -> String {
    let long = "a".repeat(70_000);
    let many: String = (0..20_000).map(|n| format!("X-{n}: y\r\n")).collect();
    text.replace("{SELF}", SELF)
        .replace("{OTHER}", OTHER)
        .replace("{UPLINK}", UPLINK)
        .replace("{LONG}", &long)
        .replace("{MANY}", &many)
}

#[test]
fn squids_own_doors_are_shut_and_no_two_readers_see_two_requests() {
    let Some(doors) = Doors::new("doors") else {
        return;
    };
    let uplink = doors.live.docker(&[
        "inspect",
        "--format",
        &format!(
            "{{{{(index .NetworkSettings.Networks \"{}\").IPAddress}}}}",
            doors.live.uplink()
        ),
        &doors.live.proxy(),
    ]);
    assert_eq!(uplink, UPLINK, "the rows speak of it");
    let asks: Vec<(&str, u16, String)> = ROWS
        .iter()
        .map(|(request, _)| (SELF, 3128, filled(request)))
        .collect();
    let answers = doors.ask(&doors.agent, &asks);
    let log = doors.log();
    assert_eq!(log.len(), ROWS.len(), "{log:#?}");
    let mut wrong = Vec::new();
    let mut expected = Vec::new();
    let mut counts = [0; 3];
    for (((request, ends), answer), line) in ROWS.iter().zip(&answers).zip(&log) {
        let told = status(answer);
        // time source agent verdict rule result/status method url route/peer bytes
        let fields: Vec<&str> = line.split(' ').skip(2).take(3).collect();
        let fields = fields.join(" ");
        let (at, holds) = match *ends {
            Ends::Refused(rule) => (0, told == "403" && fields == format!("a deny {rule}")),
            Ends::Unread(status) => (1, told == status && fields == "- - -"),
            Ends::Squid(status) => (1, told == status && fields.starts_with("a allow ")),
            Ends::Passes(what) => {
                expected.push(what);
                (2, told == "200" && fields.starts_with("a allow "))
            }
        };
        counts[at] += 1;
        if !holds {
            let request: String = request.chars().take(90).collect();
            wrong.push(format!("{request:?}: {ends:?}, but {told}, {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The gateway was asked for exactly that, and for nothing that was smuggled or invented.
    let asked = doors.asked(&doors.gateway);
    let heads: Vec<String> = asked
        .iter()
        .map(|line| {
            let request = line.splitn(3, ' ').nth(2).unwrap_or_default();
            request
                .split("%20HTTP/1.1")
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    assert_eq!(heads, expected, "{asked:#?}");
    let smuggled: Vec<&String> = asked
        .iter()
        .filter(|line| line.contains("evil.example/"))
        .collect();
    // One carries it as the body of its own, in a chunk that is as long as it says.
    assert!(
        smuggled.iter().all(|line| line
            .contains("Transfer-Encoding:%20chunked%0d%0a%0d%0a48%0d%0aGET%20http://evil")),
        "{smuggled:#?}"
    );
    assert_eq!(smuggled.len(), 1, "{smuggled:#?}");
    assert_eq!(doors.asked(&doors.device), Vec::<String>::new());
    super::tell(&format!(
        "doors: {} refused by a rule, {} not read or answered by Squid, {} passed on as they were decided\n",
        counts[0], counts[1], counts[2]
    ));
}

#[test]
fn neither_the_gateway_nor_the_lan_learns_who_asks_and_only_the_gateway_gets_the_credentials() {
    let Some(doors) = Doors::new("headers") else {
        return;
    };
    let own = "Via: 1.0 mine\r\nX-Forwarded-For: 198.51.100.99\r\n\
               Proxy-Authorization: Basic c2VjcmV0\r\nProxy-Connection: keep-alive\r\n\r\n";
    let request = |line: &str, host: &str| {
        let text = format!("{line} HTTP/1.1\r\nHost: {host}\r\n{own}");
        (SELF, 3128, text)
    };
    let asks = [
        request("GET http://github.com/1", "github.com"),
        request("CONNECT github.com:443", "github.com:443"),
        request("POST http://198.18.81.20:8838/2", "198.18.81.20:8838"),
        request("GET http://198.18.81.20:8838/3", "198.18.81.20:8838"),
    ];
    let answers = doors.ask(&doors.agent, &asks);
    for answer in &answers {
        let answer = answer.to_ascii_lowercase();
        assert!(
            answer.starts_with("http/1.1 200 ") || answer.starts_with("http/1.1 411 "),
            "{answer}"
        );
        for header in ["\nvia:", "\nx-cache", "\ncache-status:", "portreeve"] {
            assert!(!answer.contains(header), "{answer}");
        }
    }
    let tunnel = "CONNECT 198.18.81.20:8838 HTTP/1.1\r\nHost: 198.18.81.20:8838\r\n\
                  Proxy-Authorization: Basic c2VjcmV0\r\n\r\n";
    doors.ask(&doors.agent, &[(SELF, 3128, tunnel.to_owned())]);
    let gateway = doors.asked(&doors.gateway);
    let device = doors.asked(&doors.device);
    assert_eq!(
        (gateway.len(), device.is_empty()),
        (2, false),
        "{gateway:?} {device:?}"
    );
    for line in gateway.iter().chain(&device) {
        let folded = line.to_ascii_lowercase();
        for told in [
            "via:",
            "forwarded",
            "172.30.",
            "mine",
            "198.51.100.99",
            "portreeve",
            "squid",
        ] {
            assert!(!folded.contains(told), "{told}: {line}");
        }
        // The connection comes from Squid, whoever asked.
        assert!(line.contains(&format!(" {UPLINK} ")), "{line}");
    }
    let is_told = |line: &String| line.contains("Proxy-Authorization:%20Basic%20c2VjcmV0");
    assert!(gateway.iter().all(is_told), "{gateway:?}");
    assert!(
        !device
            .iter()
            .any(|line| line.to_ascii_lowercase().contains("authorization")),
        "{device:?}"
    );
}

#[test]
fn on_the_uplink_squid_answers_no_one_and_in_its_namespace_nothing_is_routed() {
    let Some(doors) = Doors::new("uplink") else {
        return;
    };
    let (live, device) = (&doors.live, doors.device.as_str());
    let request = "GET http://github.com/ HTTP/1.1\r\nHost: github.com\r\n\r\n".to_owned();
    // A question for a name as DNS has it over TCP.
    let query =
        "\0\u{1c}\0\u{1}\u{1}\0\0\u{1}\0\0\0\0\0\0\u{6}github\u{3}com\0\0\u{1}\0\u{1}".to_owned();
    let asks = [
        (UPLINK, 3128, request.clone()),
        (UPLINK, 53, query.clone()),
        (UPLINK, 9301, request.clone()),
        (UPLINK, 9302, request.clone()),
        (UPLINK, 31_000, request.clone()),
        (UPLINK, 31_010, request.clone()),
    ];
    let answers = doors.ask(device, &asks);
    let answers: Vec<&str> = answers
        .iter()
        .map(|answer| match answer.as_str() {
            "refused connection" => "refused connection",
            answer => status(answer),
        })
        .collect();
    assert_eq!(
        answers,
        [
            "403",
            "closed",
            "closed",
            "closed",
            "refused connection",
            "refused connection"
        ]
    );
    let log = doors.log();
    let line = log.last().unwrap();
    assert!(
        line.contains(" 198.18.81.20 - deny unknown-source "),
        "{line}"
    );
    // The same questions are answered where agents are.
    let answers = doors.ask(&doors.agent, &[(SELF, 3128, request), (SELF, 53, query)]);
    assert_eq!(status(&answers[0]), "200");
    assert!(answers[1].contains("github"), "{answers:?}");
    // Over UDP the uplink is asked last, when an answer would have had its time.
    let udp = "use Socket; socket my $s, PF_INET, SOCK_DGRAM, 0; \
               setsockopt $s, SOL_SOCKET, SO_RCVTIMEO, pack 'l! l!', 3, 0; \
               send $s, pack('n6', 1, 0x100, 1, 0, 0, 0) . \"\\6github\\3com\\0\\0\\1\\0\\1\", 0, \
               pack_sockaddr_in(53, inet_aton $ARGV[0]); \
               print defined(recv $s, my $answer, 512, 0) ? 'answered' : 'silent'";
    let ask = |from: &str, at: &str| live.docker(&["exec", from, "perl", "-e", udp, at]);
    assert_eq!(ask(&doors.agent, SELF), "answered");
    assert_eq!(ask(device, UPLINK), "silent");

    let proxy = live.proxy();
    let setting =
        |name: &str| live.docker(&["exec", &proxy, "cat", &format!("/proc/sys/net/{name}")]);
    assert_eq!(setting("ipv4/ip_forward"), "0");
    assert_eq!(setting("ipv6/conf/all/forwarding"), "0");
    assert_eq!(setting("ipv4/conf/all/accept_source_route"), "0");
    // The stricter of this and the interface's own counts.
    assert_eq!(setting("ipv4/conf/all/rp_filter"), "1");
    let addresses = live.docker(&["exec", &proxy, "ip", "-6", "-oneline", "address"]);
    assert!(
        addresses.lines().all(|line| line.contains(" lo ")),
        "{addresses}"
    );
    // No agent's network has an address on the host, nor a way that leads anywhere.
    for network in ["a-172.30.242.8", "b-172.30.242.16"] {
        let name = format!("{proxy}.{network}");
        let format = "{{.Internal}} {{index .Options \"com.docker.network.bridge.inhibit_ipv4\"}} {{.EnableIPv6}}";
        let told = live.docker(&["network", "inspect", "--format", format, &name]);
        assert_eq!(told, "true true false");
    }
    let host: Ipv4Addr = "172.30.242.9".parse().unwrap();
    eventually("the bridge has no address", || {
        let try_it = format!("exec 3<>/dev/tcp/{host}/22 || exec 3<>/dev/tcp/{host}/2375");
        !live
            .try_docker(&["exec", &doors.agent, "timeout", "4", "bash", "-c", &try_it])
            .status
            .success()
    });
}
