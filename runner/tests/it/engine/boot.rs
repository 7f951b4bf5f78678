//! `boot`: the policy, else the last good state, else nothing at all; never anything wider.

use std::fs;

use super::{Live, subnet};

/// Asks the agent's proxy for something; gives the status line, or nothing where nobody answers.
fn asks(live: &Live, container: &str, proxy: &str) -> String {
    let script = "exec 3<>/dev/tcp/$0/3128 && printf 'CONNECT pypi.org:443 HTTP/1.1\\r\\n\\r\\n' >&3 \
                  && head -n 1 <&3";
    let ask = [
        "exec", container, "timeout", "5", "bash", "-c", script, proxy,
    ];
    let output = live.try_docker(&ask);
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

#[test]
fn boot_falls_back_to_the_last_good_state_and_then_to_nothing_at_all() {
    let Some(live) = Live::new("boot") else {
        return;
    };
    let good = format!(
        "policy 1\nnetwork {{ subnet {} }}\nagent a {{ }}\n",
        subnet()
    );
    let bad = format!("{good}agent a {{ lan 169.254.169.254:80 }}\n");
    let boot = |code: i32| {
        let outcome = live.run(&["boot", "p.reeve"]).exits(code);
        (last_line(&outcome.stdout).to_owned(), outcome.stderr)
    };

    // Nothing was ever in force, so there is nothing to fall back to, and nothing is made.
    live.bed.file("p.reeve", &bad);
    let (said, _) = boot(4);
    assert!(
        said.starts_with("in force: deny-all, nobody reaches anything; not p.reeve: it has errors"),
        "{said}"
    );
    assert_eq!(live.left(), Vec::<String>::new());

    live.bed.file("p.reeve", &good);
    let (said, _) = boot(0);
    let running = live.ctl("running");
    let wanted = format!("in force: the policy p.reeve, generation {running}, 1 agents");
    assert_eq!(said, wanted);
    let agent = live.agent("a", "a");
    let args = live.run(&["args", "a"]).exits(0).stdout;
    let mut words = args.split_whitespace();
    words.find(|word| *word == "--dns").unwrap();
    let proxy = words.next().unwrap().to_owned();
    assert!(asks(&live, &agent, &proxy).contains(" 403 "));

    // A policy with errors, one that is not there, and one of which a step fails.
    let ledger = live.bed.read("state/ledger.json");
    let last_good =
        format!("in force: the last good generation {running}, 1 agents, not p.reeve: ");
    live.docker(&["rm", "--force", &live.proxy()]);
    live.bed.file("p.reeve", &bad);
    let (said, told) = boot(4);
    assert_eq!(said, format!("{last_good}it has errors"));
    assert!(told.contains("169.254.169.254"), "{told}");
    assert_eq!(live.ctl("running"), running);
    assert!(asks(&live, &agent, &proxy).contains(" 403 "));
    fs::remove_file(live.bed.path().join("p.reeve")).unwrap();
    let (said, _) = boot(4);
    assert!(
        said.starts_with(&format!("{last_good}cannot open")),
        "{said}"
    );
    live.bed.file("p.reeve", &format!("{good}agent b {{ }}\n"));
    live.bed.docker(
        "case \"$*\" in *'portreeve-ctl switch'*) echo 'made to fail' >&2; exit 9;; esac\n\
         PATH=${PATH#*:} exec docker \"$@\"",
    );
    let (said, told) = boot(4);
    assert!(
        said.starts_with(&format!("{last_good}could not switch")),
        "{said}"
    );
    assert!(told.contains("made to fail"), "{told}");
    fs::remove_file(live.bed.path().join("bin/docker")).unwrap();
    assert_eq!(live.bed.read("state/ledger.json"), ledger);

    // What is not what was put in force is not good any more.
    let conf = "state/config/current/squid.conf";
    let whole = live.bed.read(conf);
    live.bed.file("p.reeve", &bad);
    let spoilt = whole.replacen("deny", "allow", 1);
    assert_ne!(spoilt, whole);
    live.bed.file(conf, &spoilt);
    let (said, _) = boot(4);
    assert!(
        said.contains("deny-all") && said.contains("not what was put in force"),
        "{said}"
    );
    assert!(
        !live
            .try_docker(&["inspect", &live.proxy()])
            .status
            .success()
    );
    assert_eq!(asks(&live, &agent, &proxy), "");
    assert_eq!(live.bed.read("state/ledger.json"), ledger);

    // A good policy brings everything back, at the same addresses.
    live.bed.file("p.reeve", &good);
    boot(0);
    assert!(asks(&live, &agent, &proxy).contains(" 403 "));
    assert_eq!(live.bed.read("state/ledger.json"), ledger);

    // What is somebody else's is not removed, and then nobody can say what is in force.
    live.docker(&["rm", "--force", &live.proxy()]);
    let (label, image) = (live.label(), portreeve::image::tag());
    live.docker(&["create", "--name", &live.proxy(), "--label", &label, &image]);
    let (said, told) = boot(3);
    assert!(said.starts_with("in force: not known: "), "{said}");
    assert!(told.contains("it is not ours"), "{told}");
    live.docker(&["inspect", &live.proxy()]);
}

#[test]
fn boot_without_an_engine_waits_as_long_as_it_is_told_and_gives_up() {
    let Some(live) = Live::new("noengine") else {
        return;
    };
    live.bed.file("p.reeve", "policy 1\nagent a { }\n");
    let run = live.run(&["boot", "p.reeve", "--wait", "1"]);
    let gone = run.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    let outcome = gone.exits(3);
    assert!(
        outcome
            .stderr
            .contains("waiting for the Docker engine: 0 of 1 s")
    );
    assert!(
        outcome.stderr.contains("does not answer"),
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.stdout, "");
}
