//! `build`: a folder that is up to date, or says what is not.

use crate::portreeve::Bed;

const POLICY: &str =
    "policy 1 despite no-tests \"x\"\nagent coder { access list\n allow pypi.org }\n";

#[test]
fn a_second_build_writes_nothing_and_foreign_files_stay() {
    let bed = Bed::new();
    bed.file("p.reeve", POLICY).file("out/mine.txt", "mine");
    let first = bed.run(["build", "p.reeve", "-o", "out"]).exits(0).stderr;
    for name in [
        "squid.conf",
        "dnsmasq.conf",
        "deployment.json",
        "manifest.json",
    ] {
        assert!(first.contains(name), "{first}");
        assert!(!bed.read(&format!("out/{name}")).is_empty());
    }
    let second = bed.run(["build", "p.reeve", "-o", "out"]).exits(0).stderr;
    assert_eq!(second, "out is up to date\n");
    assert_eq!(bed.read("out/mine.txt"), "mine");
}

#[test]
fn check_lists_what_differs_and_writes_nothing() {
    let bed = Bed::new();
    bed.file("p.reeve", POLICY);
    let args = ["build", "p.reeve", "-o", "out", "--check"];
    let outcome = bed.run(args).exits(1);
    assert!(
        outcome.stdout.contains("differs: squid.conf\n"),
        "{}",
        outcome.stdout
    );
    assert!(!bed.path().join("out").exists());
    let _ = bed.run(["build", "p.reeve", "-o", "out"]).exits(0);
    assert_eq!(bed.run(args).exits(0).stdout, "");
    bed.file("out/squid.conf", "http_access allow all\n");
    assert_eq!(bed.run(args).exits(1).stdout, "differs: squid.conf\n");
}

#[test]
fn the_ledger_keeps_an_agents_addresses_when_another_comes() {
    let bed = Bed::new();
    bed.file("p.reeve", "policy 1\nagent m { }\n");
    let args = ["build", "p.reeve", "-o", "out", "--ledger", "l.json"];
    let _ = bed.run(args).exits(0);
    let block = "\"block\": \"172.30.0.8/29\"";
    assert!(bed.read("out/deployment.json").contains(block));
    bed.file("p.reeve", "policy 1\nagent m { }\nagent a { }\n");
    let _ = bed.run(args).exits(0);
    let ledger = bed.read("l.json");
    assert!(ledger.contains("\"m\": \"172.30.0.8/29\""), "{ledger}");
    assert!(ledger.contains("\"a\": \"172.30.0.16/29\""), "{ledger}");
    assert!(!bed.read("l.json.bak").contains("\"a\""));
}

#[test]
fn a_broken_ledger_stops_the_build() {
    let bed = Bed::new();
    bed.file("p.reeve", POLICY)
        .file("l.json", "{\"version\":1,\"blo");
    let args = ["build", "p.reeve", "-o", "out", "--ledger", "l.json"];
    let stderr = bed.run(args).exits(3).stderr;
    assert!(
        stderr.contains("the ledger `l.json` cannot be read"),
        "{stderr}"
    );
    assert!(stderr.contains("l.json.bak"), "{stderr}");
    assert!(!bed.path().join("out").exists());
}

#[test]
fn a_policy_with_errors_builds_nothing() {
    let bed = Bed::new();
    bed.file("p.reeve", "policy 1\nagent a { allow pypi.org }\n");
    let outcome = bed.run(["build", "p.reeve", "-o", "out"]).exits(1);
    assert!(
        outcome.stderr.contains("error[access-conflict]"),
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.stdout, "");
    assert!(!bed.path().join("out").exists());
}
