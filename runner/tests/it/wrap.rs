//! `wrap` as tables: what comes out, and what is refused.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers read lines that the tests themselves wrote"
)]

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use portreeve::proxy_env::Endpoints;
use portreeve::session::Session;
use portreeve::wrap::{self, Guarded, Surroundings, WrapError, Wrapped};

fn session(cdp_port: Option<u16>) -> Session {
    Session {
        network: "portreeve-t.coder-172.30.0.8".to_owned(),
        address: Ipv4Addr::new(172, 30, 0, 11),
        endpoints: Endpoints {
            proxy: Ipv4Addr::new(172, 30, 0, 10),
            proxy_port: 3128,
            cdp_port,
        },
        resolv_conf: PathBuf::from("/s/agents/coder/resolv.conf"),
        instance_label: "portreeve.instance=t".to_owned(),
        agent: "coder".to_owned(),
    }
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

fn wrapped(words: &[String], cdp_port: Option<u16>) -> Result<Wrapped, WrapError> {
    let sockets = [PathBuf::from("/var/run/docker.sock")];
    let surroundings = Surroundings {
        guarded: Guarded {
            folder: Path::new("/srv"),
            sockets: &sockets,
            state: Path::new("/var/lib/portreeve"),
        },
        variable: &|name| match name {
            "HTTPS_PROXY" => Some("http://env:tok@198.51.100.1:1".to_owned()),
            _ => None,
        },
        read: &|_| {
            Ok(
                "# a comment\n  HTTP_PROXY=http://file:tok@198.51.100.1:1\nA=1\nall_proxy=\n"
                    .to_owned(),
            )
        },
    };
    let canonical = |path: &Path| (path == "/srv/link").then(|| PathBuf::from("/var/run"));
    let checked = wrap::check_on(words, surroundings, &canonical)?;
    let session = session(cdp_port);
    let variables = checked.variables(session.endpoints)?;
    Ok(checked.wrap(&session, variables))
}

fn wrap(line: &str) -> Wrapped {
    wrapped(&words(line), None).unwrap()
}

/// The values of every `-e` in every spelling, in their order.
fn env(wrapped: &Wrapped) -> Vec<&str> {
    let mut values = Vec::new();
    let mut rest = wrapped.words.iter();
    while let Some(word) = rest.next() {
        if ["-e", "--env"].contains(&word.as_str()) {
            values.extend(rest.next().map(String::as_str));
        } else if let Some(value) = word.strip_prefix("--env=") {
            values.push(value);
        } else if let Some(value) = word.strip_prefix("-e") {
            values.push(value.strip_prefix('=').unwrap_or(value));
        }
    }
    values
}

#[test]
fn ours_stand_directly_before_the_image() {
    assert_eq!(
        wrap("docker run --rm -it alpine sh").words.join(" "),
        "docker run --rm -it --network portreeve-t.coder-172.30.0.8 --ip 172.30.0.11 --dns 172.30.0.10 \
         --volume /s/agents/coder/resolv.conf:/etc/resolv.conf:ro --cap-drop NET_RAW \
         --cap-drop NET_ADMIN --security-opt no-new-privileges --label portreeve.instance=t \
         --label portreeve.agent=coder --env AGENT_BROWSER_PROXY=http://172.30.0.10:3128 \
         --env HTTPS_PROXY=http://172.30.0.10:3128 --env HTTP_PROXY=http://172.30.0.10:3128 \
         --env NO_PROXY=localhost,127.0.0.1,::1 --env http_proxy=http://172.30.0.10:3128 \
         --env https_proxy=http://172.30.0.10:3128 --env no_proxy=localhost,127.0.0.1,::1 \
         alpine sh"
    );
}

#[test]
fn onecli_arguments_in_front_keep_their_token_and_their_mounts() {
    let url = "http://x:aoc_token@host.docker.internal:10255";
    let line = format!(
        "docker run --rm --name nanoclaw-v2-main-1 --label nanoclaw-install=abc -e TZ=UTC \
         -e HTTPS_PROXY={url} -e HTTP_PROXY={url} -e https_proxy={url} -e http_proxy={url} \
         -e NODE_EXTRA_CA_CERTS=/tmp/onecli-gateway-ca.pem -e NODE_USE_ENV_PROXY=1 \
         -v /tmp/onecli-gateway-ca.pem:/tmp/onecli-gateway-ca.pem:ro \
         --add-host=host.docker.internal:host-gateway --user 1001:1001 \
         --cap-drop=ALL --security-opt no-new-privileges --init --pids-limit 512 \
         -v /srv/groups/main:/workspace --entrypoint bash agent:latest -c run"
    );
    let out = wrap(&line);
    let rewritten = "http://x:aoc_token@172.30.0.10:3128";
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"] {
        let expected = format!("{name}={rewritten}");
        let values = env(&out);
        let own: Vec<_> = values
            .iter()
            .filter(|v| v.starts_with(&format!("{name}=")))
            .collect();
        assert_eq!(own, [&expected], "{name}");
    }
    let browser = format!("AGENT_BROWSER_PROXY={rewritten}");
    assert!(env(&out).contains(&browser.as_str()));
    let text = out.words.join(" ");
    let untouched = line.replace("host.docker.internal:10255", "172.30.0.10:3128");
    let (flags, _) = untouched.split_once(" agent:latest").unwrap();
    assert!(text.starts_with(flags), "{text}");
    assert!(text.ends_with(" agent:latest -c run"), "{text}");
    assert!(out.warnings.is_empty());
}

#[test]
fn every_spelling_of_a_proxy_variable_is_rewritten_where_it_stands() {
    for flag in ["-e ", "-e", "-e=", "--env ", "--env=", "-ite ", "-ite"] {
        let out = wrap(&format!(
            "docker run {flag}HTTP_PROXY=http://x:t@h:1 alpine"
        ));
        let text = out.words.join(" ");
        let expected = format!("docker run {flag}HTTP_PROXY=http://x:t@172.30.0.10:3128 ");
        assert!(text.starts_with(&expected), "{text}");
        assert_eq!(text.matches("HTTP_PROXY=").count(), 1, "{text}");
        assert!(
            text.contains(" HTTPS_PROXY=http://x:t@172.30.0.10:3128 "),
            "{text}"
        );
    }
}

#[test]
fn variables_of_the_environment_and_of_a_file_are_not_lost() {
    let out = wrap("docker run -e HTTPS_PROXY alpine");
    let own = "HTTPS_PROXY=http://env:tok@172.30.0.10:3128";
    assert_eq!(env(&out).first(), Some(&own));
    let out = wrap("docker run --env-file f alpine");
    let text = out.words.join(" ");
    assert!(
        text.starts_with("docker run --env-file f --network"),
        "{text}"
    );
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "all_proxy"] {
        let expected = format!(" {name}=http://file:tok@172.30.0.10:3128 ");
        assert!(text.contains(&expected), "{name}: {text}");
    }
    assert!(!text.contains("ALL_PROXY"), "{text}");
}

#[test]
fn a_cdp_agent_finds_chrome_around_the_proxy() {
    let out = wrapped(
        &words("docker run -e NO_PROXY=internal.test alpine"),
        Some(9301),
    )
    .unwrap();
    let values = env(&out);
    let no_proxy = "internal.test,localhost,127.0.0.1,::1,172.30.0.10";
    for expected in [
        format!("NO_PROXY={no_proxy}"),
        format!("no_proxy={no_proxy}"),
        "PORTREEVE_CDP_ENDPOINT=http://172.30.0.10:9301".to_owned(),
        "PLAYWRIGHT_MCP_CDP_ENDPOINT=http://172.30.0.10:9301".to_owned(),
    ] {
        assert!(
            values.contains(&expected.as_str()),
            "{expected}: {values:?}"
        );
    }
    let [(warning, _)] = out.warnings.as_slice() else {
        panic!("{:?}", out.warnings);
    };
    assert!(warning.contains("`internal.test`"), "{warning}");
}

#[test]
fn flags_that_undo_the_policy_are_refused_by_name() {
    for flags in [
        "--network bridge",
        "--network=host",
        "--net=none",
        "--net container:x",
        "--ip 172.30.0.12",
        "--ip=172.30.0.12",
        "--ip6 fd00::1",
        "--link-local-ip 169.254.1.1",
        "--network-alias x",
        "--net-alias=x",
        "--dns 198.51.100.53",
        "--privileged",
        "--privileged=true",
        "--use-api-socket",
        "--cap-add NET_RAW",
        "--cap-add=cap_net_admin",
        "--cap-add all",
        "--cap-add SYS_ADMIN",
        "--security-opt seccomp=unconfined",
        "--security-opt apparmor:unconfined",
        "--security-opt no-new-privileges=false",
        "--security-opt=no-new-privileges:false",
        "--pid host",
        "--pid=container:x",
        "--sysctl net.ipv6.conf.all.disable_ipv6=0",
        "--sysctl=net/ipv6/conf/eth0/disable_ipv6=0",
        "-v /var/run/docker.sock:/var/run/docker.sock",
        "-v/var/run:/r:ro",
        "-itv /var/lib/portreeve:/p",
        "--volume=/x:/etc/resolv.conf",
        "--mount type=bind,src=/var/run/docker.sock,dst=/s",
        "--volumes-from x",
        "-l portreeve.agent=other",
        "--label-file labels",
        "--name portreeve-t-squid",
        "--name=/portreeve-t-squid",
        "--mount type=BIND,src=/var/run/docker.sock,dst=/s",
        "--mount type=volume,dst=/s,volume-driver=local,volume-opt=type=none,volume-opt=o=bind,\
         volume-opt=device=/var/run",
        "--mount type=volume,src=x,dst=/s,volume-opt=o=bind",
        "--mount type=bind,\"src=/tmp/x,y/../../var/run/docker.sock\",dst=/s",
        "--mount type=bind,src=\"/var/run\",dst=/s",
        "--mount type=bind,src=/x,dst=/s,frobnicate=1",
        "--mount type=npipe,src=/x,dst=/s",
        "-v ..:/x",
        "-v .:/x/../etc/resolv.conf",
        "-v ./../var/run:/x",
        "-v ./link:/x",
        "-v /srv/link/made-later/../docker.sock:/x",
        "-v /var/lib/docker:/d:ro",
        "-v /proc:/p",
        "-v /sys:/s",
        "-v /etc:/e",
        "-v /run/containerd:/c:ro",
        "--sysctl net.ipv6.conf.all.disable_ipv6=00",
        "--sysctl net.ipv6.//conf.all.disable_ipv6=0",
        "--sysctl /net/ipv6/conf/default/disable_ipv6/=0x0",
        "--sysctl net.ipv6.conf.eth0.100.disable_ipv6=",
        "--device-cgroup-rule a",
        "--device /dev/sda",
        "--device=/dev/vda1:/dev/x:r",
        "--device /dev/nvme0n1",
        "--device /dev/dm-0",
        "--device /dev/mapper/root",
        "--device /dev/mem",
        "--device /dev/kmem",
        "--log-driver syslog",
        "--log-driver=gelf",
        "--security-opt label=disable",
        "--security-opt=label:disable",
        "--security-opt label=type:spc_t",
        "--security-opt apparmor=unconfined",
        "--security-opt systempaths=unconfined",
    ] {
        let line = format!("docker run --rm {flags} alpine");
        let error = wrapped(&words(&line), None).unwrap_err();
        let flag: String = flags
            .split([' ', '='])
            .next()
            .map(
                |flag| match flag.strip_prefix("-itv").or(flag.strip_prefix("-v")) {
                    Some(_) => "-v".to_owned(),
                    None => flag.to_owned(),
                },
            )
            .unwrap();
        let text = error.to_string();
        assert!(matches!(error, WrapError::Refused { .. }), "{line}: {text}");
        assert!(text.starts_with(&format!("`{flag}")), "{line}: {text}");
        assert!(!error.remedy().is_empty());
    }
}

/// Values with which a flag undoes the policy, whatever its spelling. A switch has none.
const REFUSED: [(&str, &[&str]); 24] = [
    (
        "cap-add",
        &[
            "NET_RAW",
            "net_admin",
            "CAP_NET_RAW",
            "ALL",
            "Sys_Admin",
            "PERFMON",
            "MAC_ADMIN",
            "SYS_TIME",
        ],
    ),
    ("cgroupns", &["host"]),
    ("device", &["/dev/sda", "/dev/mem:/dev/x", "/dev/dm-0"]),
    ("device-cgroup-rule", &["a", "b_8:*_rwm"]),
    ("dns", &["198.51.100.53"]),
    ("ip", &["172.30.0.12"]),
    ("ip6", &["fd00::1"]),
    ("ipc", &["host", "container:x"]),
    (
        "label",
        &["portreeve.agent=x", "portreeve.instance=x", "portreeve.x"],
    ),
    ("label-file", &["f"]),
    ("link", &["x", "x:y"]),
    ("link-local-ip", &["169.254.1.1"]),
    (
        "log-driver",
        &["syslog", "gelf", "fluentd", "example/plugin"],
    ),
    ("mac-address", &["02:42:ac:1e:00:0b"]),
    (
        "mount",
        &[
            "type=bind,src=/var/run/docker.sock,dst=/s",
            "type=bind,src=/,dst=/host",
            "src=x,dst=/etc/resolv.conf",
        ],
    ),
    ("name", &["portreeve-t", "/portreeve-t"]),
    (
        "network",
        &[
            "host",
            "bridge",
            "none",
            "container:x",
            "name=x,ip=172.30.0.12",
            "portreeve-t.other-172.30.0.16",
        ],
    ),
    ("network-alias", &["x"]),
    ("pid", &["host", "container:x"]),
    ("privileged", &[]),
    (
        "security-opt",
        &[
            "seccomp=unconfined",
            "seccomp:unconfined",
            "apparmor=unconfined",
            "label=disable",
            "systempaths=unconfined",
            "no-new-privileges=false",
            "no-new-privileges:0",
        ],
    ),
    (
        "sysctl",
        &[
            "net.ipv4.ip_forward=1",
            "net/ipv4/ip_forward=1",
            "net.ipv4.ip_nonlocal_bind=1",
            "net.ipv4.conf.all.proxy_arp=1",
            "net.ipv4.conf.eth0.arp_ignore=0",
            "net.ipv4.neigh.default.base_reachable_time_ms=1",
            "net.ipv6.conf.all.forwarding=1",
            "net.ipv6.conf.eth0.disable_ipv6=0",
            "net.ipv6.conf.all.proxy_ndp=1",
        ],
    ),
    ("use-api-socket", &[]),
    ("userns", &["host"]),
];

/// The rest of what undoes the policy: flags whose short form is checked as well.
const REFUSED_TOO: [(&str, &[&str]); 3] = [
    ("uts", &["host"]),
    (
        "volume",
        &[
            "/var/run/docker.sock:/s",
            "/run/../var/run/docker.sock:/s:ro",
            "/var/run:/r",
            "/:/host:ro",
            "/proc:/p",
            "x:/etc/resolv.conf",
        ],
    ),
    ("volumes-from", &["x", "x:ro"]),
];

/// Flags that leave network, identity and host as they are, whatever their value: a limit, a name, what is run and how it is
/// watched. `runtime` and `gpus` are the operator's own choice of what runs containers.
const HARMLESS: [&str; 75] = [
    "add-host",
    "annotation",
    "attach",
    "blkio-weight",
    "blkio-weight-device",
    "cap-drop",
    "cgroup-parent",
    "cidfile",
    "cpu-count",
    "cpu-percent",
    "cpu-period",
    "cpu-quota",
    "cpu-rt-period",
    "cpu-rt-runtime",
    "cpu-shares",
    "cpus",
    "cpuset-cpus",
    "cpuset-mems",
    "detach-keys",
    "device-read-bps",
    "device-read-iops",
    "device-write-bps",
    "device-write-iops",
    "dns-option",
    "dns-search",
    "domainname",
    "entrypoint",
    "env",
    "env-file",
    "expose",
    "gpus",
    "group-add",
    "health-cmd",
    "health-interval",
    "health-retries",
    "health-start-interval",
    "health-start-period",
    "health-timeout",
    "hostname",
    "io-maxbandwidth",
    "io-maxiops",
    "isolation",
    "kernel-memory",
    "log-opt",
    "memory",
    "memory-reservation",
    "memory-swap",
    "memory-swappiness",
    "oom-score-adj",
    "pids-limit",
    "platform",
    "publish",
    "pull",
    "restart",
    "runtime",
    "shm-size",
    "stop-signal",
    "stop-timeout",
    "storage-opt",
    "tmpfs",
    "ulimit",
    "user",
    "volume-driver",
    "workdir",
    "detach",
    "disable-content-trust",
    "help",
    "init",
    "interactive",
    "no-healthcheck",
    "oom-kill-disable",
    "publish-all",
    "quiet",
    "read-only",
    "rm",
];

/// Switches without any say in the matter.
const HARMLESS_TOO: [&str; 2] = ["sig-proxy", "tty"];

#[test]
fn every_flag_of_docker_run_is_judged_and_each_that_undoes_the_policy_is_refused_in_every_spelling()
{
    let refused = || REFUSED.iter().chain(&REFUSED_TOO);
    let judged = refused().map(|(flag, _)| *flag);
    let judged: BTreeSet<&str> = judged.chain(HARMLESS).chain(HARMLESS_TOO).collect();
    assert_eq!(judged, wrap::flag_names().collect());
    let mut tried = 0;
    for (flag, values) in refused() {
        let mut spelled = Vec::new();
        if values.is_empty() {
            let values = ["", "=true", "=1", "=T", "=True"].map(|value| format!("--{flag}{value}"));
            spelled.extend(values.map(|word| vec![word]));
        }
        for value in *values {
            spelled.push(vec![format!("--{flag}={value}")]);
            spelled.push(vec![format!("--{flag}"), (*value).to_owned()]);
            let short = match *flag {
                "volume" => "v",
                "label" => "l",
                _ => continue,
            };
            spelled.push(vec![format!("-{short}{value}")]);
            spelled.push(vec![format!("-{short}={value}")]);
            spelled.push(vec![format!("-it{short}"), (*value).to_owned()]);
        }
        for words in spelled {
            // Docker takes flags in any order, and the last one of a kind may not excuse the first.
            for place in [
                vec!["docker", "run"],
                vec!["docker", "create", "--rm", "-e", "A=--privileged"],
            ] {
                let line = place
                    .into_iter()
                    .map(str::to_owned)
                    .chain(words.iter().cloned());
                let line: Vec<String> = line.chain(["alpine".to_owned()]).collect();
                let error = wrapped(&line, None).expect_err(&line.join(" "));
                assert!(
                    matches!(error, WrapError::Refused { .. }),
                    "{line:?}: {error}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 250, "{tried}");
}

#[test]
fn harmless_flags_pass() {
    for flags in [
        "--privileged=false",
        "--cap-add CHOWN",
        "--cap-drop ALL",
        "--security-opt seccomp=/etc/profile.json",
        "--security-opt no-new-privileges:true",
        "--pid=",
        "--ipc private",
        "--sysctl net.ipv4.ip_unprivileged_port_start=0",
        "--sysctl net.ipv6.conf.lo.disable_ipv6=0",
        "--add-host host.docker.internal:host-gateway",
        "--dns-search example.com",
        "-v cache:/cache",
        "-v .:/x",
        "-v ./a:/x",
        "-v /tmp:/tmp",
        "-v /etc/ssl/certs:/etc/ssl/certs:ro",
        "--mount type=bind,src=.,dst=/x",
        "--mount type=Volume,src=cache,dst=/cache,volume-nocopy",
        "--mount type=tmpfs,dst=/t,tmpfs-size=1m",
        "--sysctl net.ipv6.conf.all.disable_ipv6=1",
        "--name nanoclaw-portreeve-1",
        "--label nanoclaw-install=abc",
        "--device /dev/kvm",
        "--device /dev/dri",
        "--device /dev/fuse",
        "--log-driver json-file",
        "--log-driver none",
        "--security-opt label=level:s0:c100,c200",
        "--runtime runsc",
        "--gpus all",
        "--sysctl net.ipv4.tcp_keepalive_time=60",
        "--uts=",
        "--cgroupns private",
    ] {
        let line = format!("docker run {flags} alpine");
        let out = wrapped(&words(&line), None).unwrap();
        assert!(
            out.words
                .join(" ")
                .starts_with(&format!("docker run {flags} --network"))
        );
    }
}

#[test]
fn a_proxy_that_cannot_be_read_is_refused_without_its_secret() {
    for value in [
        "http://a:secret@h:x",
        "ftp://a:secret@h",
        "http://a:sec@ret@h:1",
        "a:secret",
    ] {
        let line = format!("docker run -e https_proxy={value} alpine");
        let error = wrapped(&words(&line), None).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("`https_proxy`"), "{text}");
        assert!(!text.contains("sec"), "{text}");
    }
}

#[test]
fn a_published_port_is_kept_with_a_warning() {
    let out = wrap("docker run -dp 80:80 alpine");
    assert!(
        out.words
            .join(" ")
            .starts_with("docker run -dp 80:80 --network")
    );
    assert_eq!(out.warnings.len(), 1);
}

/// What OneCLI puts in front, and what NanoClaw's container runner adds to it.
fn nanoclaw_line(verb: &str, network: &str) -> String {
    let url = "http://x:aoc_token@host.docker.internal:10255";
    let ca = "/tmp/onecli-gateway-ca.pem";
    format!(
        "docker {verb} --rm --name nanoclaw-v2-main-1763900000000 --label nanoclaw-install=abc \
         --label nanoclaw-role=agent -e TZ=UTC -e HTTPS_PROXY={url} -e HTTP_PROXY={url} \
         -e https_proxy={url} -e http_proxy={url} -e NODE_EXTRA_CA_CERTS={ca} \
         -e NODE_USE_ENV_PROXY=1 -e SSL_CERT_FILE={ca} -e CURL_CA_BUNDLE={ca} \
         -e REQUESTS_CA_BUNDLE={ca} -e GIT_TERMINAL_PROMPT=0 -e GIT_HTTP_PROXY_AUTHMETHOD=basic \
         -e GIT_SSL_CAINFO={ca} -e ANTHROPIC_API_KEY=placeholder -v {ca}:{ca}:ro {network}\
         --add-host=host.docker.internal:host-gateway --user 1001:1001 --cap-drop=ALL \
         --security-opt no-new-privileges --init --pids-limit 512 --shm-size 1024m --memory 4g --cpus 2 \
         -v /srv/data/v2-sessions/g/s:/workspace -v /srv/groups/main:/workspace/agent \
         --entrypoint bash nanoclaw-agent:latest -c run"
    )
}

#[test]
fn the_lines_of_nanoclaws_spawner_and_of_its_driver_go_under_the_policy_whole() {
    for verb in ["run", "create", "container run", "container create"] {
        let line = nanoclaw_line(verb, "");
        let text = wrap(&line).words.join(" ");
        let kept = line.replace("host.docker.internal:10255", "172.30.0.10:3128");
        let kept = words(&kept).join(" ");
        let (flags, rest) = kept.split_once(" nanoclaw-agent:latest").unwrap();
        assert!(text.starts_with(flags), "{text}");
        assert!(
            text.ends_with(&format!(" nanoclaw-agent:latest{rest}")),
            "{text}"
        );
        assert!(!text.contains("host.docker.internal:10255"), "{text}");
        assert!(
            text.contains(" AGENT_BROWSER_PROXY=http://x:aoc_token@172.30.0.10:3128"),
            "{text}"
        );
        assert!(
            text.contains(" --network portreeve-t.coder-172.30.0.8 --ip 172.30.0.11"),
            "{text}"
        );
    }
}

#[test]
fn a_line_that_is_on_the_lockdowns_network_is_refused_by_name() {
    for network in [
        "--network nanoclaw-egress ",
        "--network=nanoclaw-egress ",
        "--dns 172.30.0.2 ",
    ] {
        let line = nanoclaw_line("run", network);
        let error = wrapped(&words(&line), None).unwrap_err();
        assert!(matches!(error, WrapError::Refused { .. }), "{error}");
    }
}
