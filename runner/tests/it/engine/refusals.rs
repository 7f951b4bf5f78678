//! What an agent is told when it is refused, as Squid sends it.

use serde_json::{Value, json};

use super::Live;

const POLICY: &str = r#"policy 1
network { subnet 172.30.250.0/26 }
agent coder {
  access list
  allow github.com
  deny  gist.github.com because "exfiltration path (see T-4)"
  deny  odd.github.com  because "50% <b>${x}\ ; don't; @Squid{%>a} é"
  deny  long.github.com because "REASON"
  deny  bare.github.com
}
agent researcher {
  access full
  deny .paste.example because "what the other one never hears of"
}
"#;

/// Sends what is in `$1` to the proxy that the agent is told of, and gives the answer.
const ASK: &str = r#"p=${PROXY:-${HTTPS_PROXY##*[@/]}}
exec 3<>"/dev/tcp/${p%:*}/${p##*:}" && printf %s "$1" >&3 && timeout 10 cat <&3"#;

/// Head and body of an answer.
fn ask(live: &Live, container: &str, request: &str) -> (String, String) {
    let request = format!("{request}\r\nConnection: close\r\n\r\n");
    let answer = live.docker(&["exec", container, "bash", "-c", ASK, "ask", &request]);
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    (head.to_owned(), body.trim_end().to_owned())
}

/// The page in both forms and the header, which must say the same.
#[track_caller]
fn refused(live: &Live, container: &str, request: &str) -> Value {
    let (head, text) = ask(live, container, &format!("{request}\r\nAccept: */*"));
    let json = format!("{request}\r\nAccept: text/html, application/json;q=0.9");
    let (json_head, body) = ask(live, container, &json);
    for (head, kind) in [
        (&head, "text/plain; charset=utf-8"),
        (&json_head, "application/json"),
    ] {
        assert!(head.starts_with("HTTP/1.1 403 "), "{request:?}: {head}");
        let types: Vec<&str> = head
            .lines()
            .filter_map(|line| line.strip_prefix("Content-Type: "))
            .collect();
        assert_eq!(types, [kind], "{request:?}");
    }
    let page: Value = serde_json::from_str(&body).expect(&body);
    let told = |name: &str| page.get(name).and_then(Value::as_str).expect(&body);
    assert_eq!(
        text,
        format!(
            "portreeve denies {} to {}: rule {} ({})",
            told("request"),
            told("agent"),
            told("rule"),
            told("because")
        )
    );
    let header = format!(
        "\r\nX-Portreeve: deny; agent={}; rule={}; because={}",
        told("agent"),
        told("rule"),
        told("because")
    );
    assert!(head.contains(&header), "{header:?} in {head}");
    page
}

#[test]
fn a_refusal_says_who_asked_for_what_and_what_decided_as_text_or_json() {
    let Some(live) = Live::new("refusals") else {
        return;
    };
    let live = live.with_uplink(&["--internal", "--subnet", "198.18.126.0/28"]);
    live.up(&POLICY.replace("REASON", &"why ".repeat(60)));
    let manifest = live.bed.read("state/config/current/manifest.json");
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let key_of = |line: u64| {
        let agents = manifest["statements"].as_object().unwrap().values();
        let mut statements = agents.flat_map(|agent| agent.as_object().unwrap());
        let found = statements.find(|(_, place)| place["line"] == line);
        found.expect("a statement of that line").0.clone()
    };
    let (coder, researcher) = (live.agent("coder", "one"), live.agent("researcher", "two"));

    let tunnel = |host: &str| format!("CONNECT {host} HTTP/1.1\r\nHost: {host}");
    let long = "why ".repeat(40) + "...";
    for (container, agent, request, shown, rule, because) in [
        (
            &coder,
            "coder",
            tunnel("gist.github.com:443"),
            "",
            key_of(6),
            "exfiltration path (see T-4)",
        ),
        (
            &coder,
            "coder",
            tunnel("odd.github.com:443"),
            "",
            key_of(7),
            "50? ?b???x?? ? dont? @Squid???a? ?",
        ),
        (
            &coder,
            "coder",
            tunnel("long.github.com:443"),
            "",
            key_of(8),
            &long,
        ),
        (
            &coder,
            "coder",
            tunnel("bare.github.com:443"),
            "",
            key_of(9),
            "the policy denies it",
        ),
        (
            &coder,
            "coder",
            tunnel("www.paste.example:443"),
            "",
            "default-deny".into(),
            "nothing allows it",
        ),
        (
            &researcher,
            "researcher",
            tunnel("www.paste.example:443"),
            "",
            key_of(13),
            "what the other one never hears of",
        ),
        (
            &coder,
            "coder",
            tunnel("169.254.169.254:443"),
            "",
            "floor".into(),
            "no statement can open this destination",
        ),
        (
            &coder,
            "coder",
            tunnel("10.1.2.3:443"),
            "",
            "private".into(),
            "a private address needs a lan statement",
        ),
        (
            &coder,
            "coder",
            tunnel("github.1:443"),
            "",
            "malformed".into(),
            "this is not a host that can be read",
        ),
        (
            &coder,
            "coder",
            tunnel("github.com:22"),
            "",
            "safe-ports".into(),
            "not one of the safe ports",
        ),
        (
            &coder,
            "coder",
            tunnel("github.com:80"),
            "",
            "ssl-ports".into(),
            "not a port for CONNECT",
        ),
        (
            &coder,
            "coder",
            "GET ftp://github.com/ HTTP/1.1\r\nHost: github.com".into(),
            "GET ftp://github.com/",
            "scheme".into(),
            "only http and CONNECT pass",
        ),
        (
            &coder,
            "coder",
            "GET http://portreeve:3128/squid-internal-mgr/menu HTTP/1.1\r\nHost: x".into(),
            "GET http://portreeve:3128/squid-internal-mgr/menu",
            "manager".into(),
            "the proxy has no pages of its own",
        ),
        (
            &researcher,
            "researcher",
            tunnel("nowhere.invalid:443"),
            "",
            "unresolved".into(),
            "this name does not resolve",
        ),
        (
            &coder,
            "coder",
            "GET http://x.example/a\"b'<script>%22%0a\\{}&?secret=1 HTTP/1.1\r\nHost: x.example"
                .into(),
            "GET http://x.example/a%22b%27%3Cscript%3E%2522%250a%5C%7B%7D&?",
            "default-deny".into(),
            "nothing allows it",
        ),
        (
            &coder,
            "coder",
            "M'&|^` http://x.example/ HTTP/1.1\r\nHost: x.example".into(),
            "M&#39;&amp;|^` http://x.example/",
            "default-deny".into(),
            "nothing allows it",
        ),
    ] {
        let page = refused(&live, container, &request);
        let shown = match shown {
            "" => request.split(" HTTP").next().unwrap(),
            shown => shown,
        };
        assert_eq!(
            page,
            json!({"by": "portreeve", "verdict": "deny", "request": shown, "agent": agent, "rule": rule, "because": because}),
        );
    }

    // A stranger hears of no agent.
    let uplink = live.uplink().to_owned();
    let stranger = live.neighbour("stranger", &uplink, "", &["sleep", "600"]);
    let format = format!("{{{{(index .NetworkSettings.Networks \"{uplink}\").IPAddress}}}}");
    let address = live.docker(&["inspect", "--format", &format, &live.proxy()]);
    let request = format!(
        "{}\r\nConnection: close\r\n\r\n",
        tunnel("gist.github.com:443")
    );
    let proxy = format!("PROXY={address}:3128");
    let answer = live.docker(&[
        "exec", "--env", &proxy, &stranger, "bash", "-c", ASK, "ask", &request,
    ]);
    assert!(answer.ends_with("portreeve denies CONNECT gist.github.com:443 to -: rule unknown-source (this address belongs to no agent)"), "{answer}");
    assert!(
        !answer.contains("coder") && !answer.contains("T-4"),
        "{answer}"
    );
}
