//! Beside NanoClaw: its egress lockdown, OneCLI's arguments, and the guide from the one to the other.

use serde_json::Value;

use super::{Live, eventually, subnet};
use crate::nanoclaw::{guide, install, words};

/// A server that writes down what it is asked, and in whose name.
const RECORDER: &str = include_str!("recorder.pl");
/// `x:aoc_token`, as a client sends it.
const AUTHORIZATION: &str = "Proxy-Authorization:%20Basic%20eDphb2NfdG9rZW4=";
/// Asks through the proxy of the environment, with the credentials in it.
const ASK: &str = r#"proxy=${http_proxy#http://}; who=${proxy%@*}; proxy=${proxy##*@}
exec 3<>"/dev/tcp/${proxy%:*}/${proxy##*:}"
printf 'GET %s HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic %s\r\nConnection: close\r\n\r\n' \
    "$1" "$(printf %s "$who" | base64)" >&3; timeout 10 cat <&3"#;
/// Asks OneCLI as an agent under the lockdown does.
const ASK_ALIAS: &str = r#"exec 3<>/dev/tcp/host.docker.internal/10255
printf 'GET http://api.anthropic.com/ HTTP/1.1\r\n\r\n' >&3; timeout 10 cat <&3"#;

/// What OneCLI and NanoClaw's container runner put in front of an image.
fn onecli_args(live: &Live) -> Vec<String> {
    let ca = "/tmp/onecli-gateway-ca.pem";
    let mount = format!("{}/ca.pem:{ca}:ro", live.bed.path().display());
    let mut args = vec!["--label".to_owned(), live.label()];
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"] {
        let value = format!("{name}=http://x:aoc_token@host.docker.internal:10255");
        args.extend(["-e".to_owned(), value]);
    }
    for variable in ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "GIT_SSL_CAINFO"] {
        args.extend(["-e".to_owned(), format!("{variable}={ca}")]);
    }
    args.extend(["-v".to_owned(), mount]);
    let runner = "-e NODE_USE_ENV_PROXY=1 --add-host=host.docker.internal:host-gateway \
                  --cap-drop=ALL --security-opt no-new-privileges --init --pids-limit 512";
    args.extend(words(runner));
    args
}

/// A container that stands for OneCLI, on the lockdown's network under its names.
fn start_onecli(live: &Live, network: &str) -> String {
    let name = format!("{}-onecli", live.instance);
    let (label, image) = (live.label(), portreeve::image::tag());
    let run = ["run", "--detach", "--no-healthcheck", "--name", &name];
    let net = ["--label", &label, "--network", network];
    let aliases = [
        "--network-alias",
        "host.docker.internal",
        "--network-alias",
        "gateway",
    ];
    let server = ["perl", "-e", RECORDER, "10255"];
    live.docker(&[&run, &net[..], &aliases, &[&image], &server].concat());
    name
}

#[test]
fn the_lockdowns_network_is_left_alone_and_its_onecli_serves_as_gateway() {
    let Some(live) = Live::new("lockdown") else {
        return;
    };
    live.make_image();
    // As NanoClaw makes `nanoclaw-egress`, under a name of this run.
    let live = live.with_uplink(&["--internal", "--subnet", "198.18.127.0/28"]);
    let network = live.uplink().to_owned();
    let onecli = start_onecli(&live, &network);
    let locked = live.neighbour("locked", &network, "", &["sleep", "600"]);
    let inspected = || live.docker(&["network", "inspect", &network]);
    let serves = || live.docker(&["exec", &locked, "bash", "-c", ASK_ALIAS]);
    eventually("OneCLI answers under its alias", || {
        let ask = ["exec", &locked, "bash", "-c", ASK_ALIAS];
        live.try_docker(&ask).stdout.ends_with(b"ok")
    });
    let before = inspected();

    // Beside it, on networks of our own.
    let policy = format!(
        "policy 1\nnetwork {{ subnet {} }}\nagent coder {{}}\nagent reviewer {{}}\n",
        subnet()
    );
    live.bed.file("p.reeve", &policy);
    let ours = |line: &str| {
        let run = live.bed.run(line.split(' '));
        run.env("PORTREEVE_INSTANCE", &live.instance).exits(0);
        assert_eq!(inspected(), before, "{line}");
        assert!(serves().ends_with("ok"), "{line}");
    };
    for line in [
        "up p.reeve",
        "agent access coder full --policy p.reeve",
        "agent remove reviewer --policy p.reeve",
        "up p.reeve",
        "down",
    ] {
        ours(line);
    }

    // On it, as the way out.
    live.bed.file("ca.pem", "no certificate at all\n");
    let device = live.neighbour(
        "device",
        &network,
        "198.18.127.9",
        &["perl", "-e", RECORDER, "8000"],
    );
    let before = inspected();
    live.up(&format!(
        "policy 1\nnetwork {{ subnet {} }}\ngateway onecli {{ address gateway:10255 }}\n\
         agent coder {{ lan 198.18.127.9:8000 }}\n",
        subnet()
    ));
    let name = format!("{}-coder", live.instance);
    let given = onecli_args(&live);
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    let image = portreeve::image::tag();
    let run = [
        "docker",
        "run",
        "--detach",
        "--no-healthcheck",
        "--name",
        &name,
    ];
    let line = [
        &["wrap", "coder", "--"],
        &run[..],
        &given,
        &[&image, "sleep", "600"],
    ];
    live.run(&line.concat()).exits(0);
    let ask = |url: &str| live.docker(&["exec", &name, "bash", "-c", ASK, "ask", url]);
    eventually("OneCLI answers through Squid", || {
        ask("http://api.anthropic.com/").ends_with("ok")
    });
    assert!(ask("http://198.18.127.9:8000/").ends_with("ok"));
    assert!(ask("http://elsewhere.example/").contains(" 403 "));
    let (onecli_saw, device_saw) = (
        live.docker(&["logs", &onecli]),
        live.docker(&["logs", &device]),
    );
    let own = onecli_saw
        .lines()
        .rev()
        .find(|line| line.contains(AUTHORIZATION));
    assert!(
        own.is_some_and(|line| line.contains("http://api.anthropic.com/")),
        "{onecli_saw}"
    );
    assert!(!onecli_saw.contains("elsewhere"), "{onecli_saw}");
    assert!(device_saw.contains("8000 "), "{device_saw}");
    assert!(
        !device_saw
            .to_ascii_lowercase()
            .contains("proxy-authorization"),
        "{device_saw}"
    );

    // The driver of newer versions makes a container first, and starts it then.
    let made = format!("{}-made", live.instance);
    let create = [
        "docker",
        "create",
        "--rm",
        "--no-healthcheck",
        "--name",
        &made,
    ];
    let line = [
        &["wrap", "coder", "--"],
        &create[..],
        &given,
        &[&image, "bash", "-c", ASK],
    ];
    let asked = ["ask", "http://made.api.anthropic.com/"];
    live.run(&[&line.concat()[..], &asked].concat()).exits(0);
    assert!(live.docker(&["start", "--attach", &made]).ends_with("ok"));
    let onecli_saw = live.docker(&["logs", &onecli]);
    let own = onecli_saw
        .lines()
        .find(|line| line.contains("http://made.api.anthropic.com/"));
    assert!(
        own.is_some_and(|line| line.contains(AUTHORIZATION)),
        "{onecli_saw}"
    );

    // `args` behind OneCLI's variables: the last one of a name is the one that Docker takes.
    let args = [
        "args",
        "coder",
        "--credentials",
        "x:aoc_token",
        "--format",
        "json",
    ];
    let told: Value = serde_json::from_str(&live.run(&args).exits(0).stdout).unwrap();
    let own: Vec<&str> = told["args"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let endpoint = format!("http://x:aoc_token@{}:3128", live.proxy_of("coder"));
    for (order, expected) in [
        ([&given[..], &own[..]], endpoint.as_str()),
        (
            [&own[..], &given[..]],
            "http://x:aoc_token@host.docker.internal:10255",
        ),
    ] {
        let run = ["run", "--rm", "--no-healthcheck"];
        let env = live.docker(&[&run[..], &order.concat(), &[&image, "env"]].concat());
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"] {
            let line = format!("{name}={expected}");
            assert!(env.lines().any(|own| own == line), "{line}\n{env}");
        }
    }
    live.docker(&["rm", "--force", &name]);
    live.run(&["down"]).exits(0);
    assert_eq!(inspected(), before);
    assert!(serves().ends_with("ok"));
}

#[test]
fn every_command_of_the_guide_runs_in_its_order() {
    let Some(live) = Live::new("guide") else {
        return;
    };
    live.make_image();
    let live = live.with_uplink(&["--subnet", "198.18.127.16/28"]);
    let network = live.uplink().to_owned();
    let onecli = start_onecli(&live, &network);
    install(&live.bed);
    let mut n_run = 0;
    for line in guide() {
        let line = line.replace("onecli_default", &network);
        let words = words(&line);
        let (program, args) = words.split_first().unwrap();
        assert_eq!(program, "portreeve", "{line}");
        let run = live.bed.run(args.iter().map(String::as_str));
        let outcome = run.env("PORTREEVE_INSTANCE", &live.instance).outcome();
        let said = format!("{line}\n{}{}", outcome.stdout, outcome.stderr);
        assert_eq!(outcome.code, 0, "{said}");
        if line.contains("nanoclaw import") {
            // Where this engine has OneCLI and room, as the guide says to write it.
            let own = format!(
                "\ngateway onecli {{ address {onecli}:10255 }}\nnetwork {{ subnet {} }}\n",
                subnet()
            );
            live.bed
                .file("policy.reeve", &(live.bed.read("policy.reeve") + &own));
        }
        n_run += 1;
    }
    assert_eq!(n_run, 11);
    live.run(&["down"]).exits(0);
}
