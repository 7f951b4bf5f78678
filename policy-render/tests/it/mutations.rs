//! The proof notices every change of `squid.conf` that changes what it does.
//!
//! Each operator is applied wherever it can be. A mutant that the proof lets pass must be shown to
//! do the same as the file by an argument that does not use the proof: it declares the same, or the
//! plainest of all readers sees no difference on thousands of requests near everything in the file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use policy_core::decide::{Kind, Request, Resolved, decide};
use policy_core::ir::Policy;
use policy_render::file_set::{FileSet, SQUID_CONF};
use policy_render::{Form, proof, render, render_in_form, verify};

use crate::case::policy;
use crate::grid;
use crate::naive::{Asked, Done, Squid};

const CASES: [(&str, Form); 5] = [
    ("ok/design-sample", FLAT),
    ("ok/report-mode", FLAT),
    ("ok/wildcard-shapes", FLAT),
    ("ok/design-sample", TREES),
    ("ok/report-mode", TREES),
];

/// The forms of a small policy and of a large one.
const FLAT: Form = Form {
    flat_lines: usize::MAX,
    fan_out: 2,
};
const TREES: Form = Form {
    flat_lines: 0,
    fan_out: 2,
};

struct Mutant {
    operator: &'static str,
    /// The line that was changed.
    line: String,
    text: String,
}

fn case(name: &str, form: Form) -> (Policy, FileSet, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let (policy, sources) = policy(&path.join(name).join("policy.reeve"));
    let rendered = render_in_form(&policy, &sources, form);
    let (files, _) = rendered.expect("a policy without errors has files");
    let text = files.get(SQUID_CONF).expect("one of our files").to_owned();
    (policy, files, text)
}

/// The file with its line `at` changed into some lines.
fn with(lines: &[&str], at: usize, new: &[String]) -> String {
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        if number == at {
            new.iter()
                .for_each(|line| text.push_str(&format!("{line}\n")));
        } else {
            text.push_str(&format!("{line}\n"));
        }
    }
    text
}

fn mutants(text: &str) -> Vec<Mutant> {
    let lines: Vec<&str> = text.lines().collect();
    let directives: Vec<usize> = (0..lines.len())
        .filter(|at| !lines[*at].is_empty() && !lines[*at].starts_with('#'))
        .collect();
    let agents: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("acl a_")?.split(' ').next())
        .collect();
    let mut found = Vec::new();
    for (place, at) in directives.iter().copied().enumerate() {
        let line = lines[at];
        let mut add = |operator: &'static str, text: String| {
            let line = format!("{}: {line}", at + 1);
            found.push(Mutant {
                operator,
                line,
                text,
            });
        };
        let own = line.to_owned();
        add("drop", with(&lines, at, &[]));
        add("duplicate", with(&lines, at, &[own.clone(), own.clone()]));
        if let Some(next) = directives.get(place + 1) {
            let mut swapped = lines.clone();
            swapped.swap(at, *next);
            add("swap with next", swapped.join("\n") + "\n");
        }
        let rest = with(&lines, at, &[]);
        add("move to the top", format!("{line}\n{rest}"));
        add("move to the end", format!("{rest}{line}\n"));
        add("cut", lines[..at].join("\n") + "\n");
        for (operator, line) in changed(line, &agents) {
            add(operator, with(&lines, at, &[line]));
        }
    }
    found
}

/// Every changed form of one line.
fn changed(line: &str, agents: &BTreeSet<&str>) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let words: Vec<&str> = line.split(' ').collect();
    let replaced = |at: usize, new: &str| {
        let mut words = words.clone();
        words[at] = new;
        words.retain(|word| !word.is_empty());
        words.join(" ")
    };
    for option in ["-n", "-i"] {
        if let Some(at) = words.iter().position(|word| *word == option) {
            found.push(("drop an option", replaced(at, "")));
        }
    }
    match words.as_slice() {
        ["acl", _, "all-of", ..] => {
            for at in 3..words.len() {
                found.push(("negate a term", replaced(at, &negated(words[at]))));
                if words.len() > 4 {
                    found.push(("drop a term", replaced(at, "")));
                }
                for agent in agents {
                    if let Some(("a" | "m", own)) = words[at].split_once('_')
                        && own != *agent
                    {
                        let (kind, _) = words[at].split_at(1);
                        let other = format!("{kind}_{agent}");
                        found.push(("another agent", replaced(at, &other)));
                    }
                }
            }
        }
        ["acl", _, kind, ..] => {
            let first = 3 + words[3..]
                .iter()
                .filter(|word| word.starts_with('-'))
                .count();
            let n_values = words.len() - first;
            for at in [first, first + n_values / 2, words.len() - 1] {
                let value = words[at];
                let wider = match *kind {
                    "src" | "dst" => ("widen an address", wider_address(value)),
                    "dstdomain" => (
                        "widen a name",
                        (!value.starts_with('.')).then(|| format!(".{value}")),
                    ),
                    "port" => ("widen a port", wider_port(value)),
                    "annotate_transaction" => ("change a note", Some(format!("{value}x"))),
                    "any-of" => ("negate a term", Some(negated(value))),
                    _ => ("", None),
                };
                if let (operator, Some(value)) = wider {
                    found.push((operator, replaced(at, &value)));
                }
                if n_values > 1 {
                    found.push(("drop a value", replaced(at, "")));
                }
            }
        }
        ["http_access" | "never_direct" | "cache_peer_access", ..] => {
            let action = words
                .iter()
                .position(|word| matches!(*word, "allow" | "deny"))
                .unwrap();
            let other = if words[action] == "allow" {
                "deny"
            } else {
                "allow"
            };
            found.push(("change the action", replaced(action, other)));
            for at in action + 1..words.len() {
                found.push(("negate a term", replaced(at, &negated(words[at]))));
                if words.len() > action + 2 {
                    found.push(("drop a term", replaced(at, "")));
                }
                for agent in agents {
                    let name = words[at]
                        .split_once('_')
                        .filter(|(kind, _)| matches!(*kind, "a" | "m"));
                    if let Some((kind, own)) = name
                        && own != *agent
                    {
                        found.push(("another agent", replaced(at, &format!("{kind}_{agent}"))));
                    }
                }
            }
        }
        _ => {}
    }
    found.sort();
    found.dedup();
    found
}

fn negated(term: &str) -> String {
    match term.strip_prefix('!') {
        Some(name) => name.to_owned(),
        None => format!("!{term}"),
    }
}

fn wider_address(value: &str) -> Option<String> {
    if value == "all" || value.contains('-') {
        return None;
    }
    let net: ipnet::IpNet = match value.contains('/') {
        true => value.parse().ok()?,
        false => value.parse::<std::net::IpAddr>().ok()?.into(),
    };
    Some(net.supernet()?.to_string())
}

fn wider_port(value: &str) -> Option<String> {
    let (first, last) = value.split_once('-').unwrap_or((value, value));
    let last: u16 = last.parse().ok()?;
    Some(format!("{first}-{}", last + 1))
}

/// What a file declares: values of a list in order and once, rules of one kind in their order, a
/// rule behind its equal left out.
fn declared(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut lists: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["acl", name, "all-of", values @ ..] => {
                // Its lines are tried in their order.
                let lines = found.entry(format!("acl {name} all-of")).or_default();
                let line = values.join(" ");
                if lines.last() != Some(&line) {
                    lines.push(line);
                }
            }
            ["acl", name, kind, values @ ..] => {
                let key = format!("acl {name} {kind}");
                lists.entry(key).or_default().extend(values);
            }
            _ => {
                let kind = match words.as_slice() {
                    ["cache_peer_access", peer, ..] => format!("cache_peer_access {peer}"),
                    _ => words[0].to_owned(),
                };
                let lines = found.entry(kind).or_default();
                if lines.last().map(String::as_str) != Some(line) {
                    lines.push(line.to_owned());
                }
            }
        }
    }
    for (list, values) in lists {
        found.insert(list, values.into_iter().map(str::to_owned).collect());
    }
    found
}

/// Why a mutant does the same as the file; `None` where it does not.
fn reason(text: &str, mutant: &Mutant, grid: &[(Asked, Done)]) -> Option<&'static str> {
    if declared(text) == declared(&mutant.text) {
        return Some("declared in another order, or twice");
    }
    let squid = Squid::read(&mutant.text);
    if grid.iter().any(|(asked, done)| squid.ask(asked) != *done) {
        return None;
    }
    Some(match mutant.operator {
        "swap with next" => "neighbours of which no request tells the order",
        "drop" => "what comes without the line is the same",
        "drop a term" => "the other terms say the same",
        "duplicate" => "the first of the two has decided",
        _ => "other lines decide the same",
    })
}

#[test]
fn every_change_of_meaning_is_disproved_and_every_other_is_explained() {
    let mut counts: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unexplained = Vec::new();
    let mut shown = Vec::new();
    for (name, form) in CASES {
        let (policy, mut files, text) = case(name, form);
        let squid = Squid::read(&text);
        let requests = grid::requests(&text).into_iter();
        let grid: Vec<(Asked, Done)> = requests
            .map(|asked| (asked.clone(), squid.ask(&asked)))
            .collect();
        for mutant in mutants(&text) {
            let disproved = proof::squid_conf(&policy, &mutant.text).is_err();
            files.insert(SQUID_CONF, mutant.text.clone());
            let broken = verify::verify(&policy, &files).is_err();
            let count = counts.entry(mutant.operator).or_default();
            count[0] += 1;
            count[1] += usize::from(disproved);
            count[2] += usize::from(broken);
            if disproved {
                continue;
            }
            count[3] += 1;
            match reason(&text, &mutant, &grid) {
                Some(reason) => {
                    *reasons.entry(reason).or_default() += 1;
                    if !reason.starts_with("declared") {
                        shown.push(format!("{}: {} ({reason})", mutant.operator, mutant.line));
                    }
                }
                None => unexplained.push(format!("{name}: {}: {}", mutant.operator, mutant.line)),
            }
        }
    }
    println!("operator: mutants, disproved, caught by the promises alone, passed by the proof");
    for (operator, [all, disproved, broken, passed]) in &counts {
        println!("  {operator}: {all}, {disproved}, {broken}, {passed}");
    }
    println!("why a mutant does the same:");
    reasons
        .iter()
        .for_each(|(reason, count)| println!("  {reason}: {count}"));
    shown.iter().for_each(|line| println!("    {line}"));
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    let all: usize = counts.values().map(|count| count[0]).sum();
    assert!(all > 1500, "{all}");
}

/// The reader that explains the survivors is itself right about the files.
#[test]
fn the_plainest_reader_says_what_decide_says() {
    for (name, form) in CASES {
        let (policy, _, text) = case(name, form);
        let squid = Squid::read(&text);
        for asked in grid::requests(&text).iter().filter(|asked| !asked.manager) {
            let done = squid.ask(asked);
            let request = Request {
                source: asked.source,
                kind: match (asked.connect, asked.http) {
                    (true, _) => Kind::Connect,
                    (_, true) => Kind::Plain,
                    _ => Kind::OtherScheme,
                },
                host: &asked.host,
                port: asked.port,
                resolved: Resolved::To(&asked.resolved),
            };
            let verdict = decide(&policy, &request);
            let allowed = matches!(verdict.decision, policy_core::decide::Decision::Allow(_));
            assert_eq!(allowed, done.allowed, "{name}: {asked:?}");
            assert_eq!(
                done.ways.len(),
                usize::from(allowed),
                "{name}: {asked:?} {done:?}"
            );
            let would = done.notes.get("would").cloned();
            assert_eq!(
                would,
                verdict.would.map(|cause| cause.to_string()),
                "{asked:?}"
            );
        }
    }
}

/// Whether the proof refuses the file of the first case with `old` changed into `new`, and says so
/// with all of `said`.
fn is_disproved(name: &str, old: &str, new: &str, said: &[&str]) {
    let (policy, _, text) = case(name, FLAT);
    assert!(text.contains(old), "{old}");
    let error = proof::squid_conf(&policy, &text.replacen(old, new, 1));
    let error = error.expect_err(new).to_string();
    for words in said {
        assert!(error.contains(words), "{new}: {error}");
    }
    assert!(error.contains("a bug of portreeve"), "{error}");
}

#[test]
fn known_holes_are_disproved_with_a_request_that_shows_them() {
    let design = "ok/design-sample";
    let report = "ok/report-mode";
    // A list that looks a name up lets one record of an attacker's open the LAN grant.
    is_disproved(
        design,
        "acl l_9c20d5ec2d9a dst -n ",
        "acl l_9c20d5ec2d9a dst ",
        &["after a look-up"],
    );
    is_disproved(
        design,
        "dstdomain -n github.com",
        "dstdomain github.com",
        &["an option"],
    );
    // A grant that has two ways.
    let line = "never_direct deny a_coder l_9c20d5ec2d9a lp_9c20d5ec2d9a\n";
    is_disproved(
        design,
        line,
        "",
        &["192.168.1.20:8838", "allow via direct", "by no way"],
    );
    let line = "cache_peer_access gateway deny a_coder l_9c20d5ec2d9a lp_9c20d5ec2d9a\n";
    is_disproved(design, line, "", &["192.168.1.20:8838", "one of several"]);
    // Nothing is refused at the end.
    is_disproved(
        design,
        "http_access deny b_default-deny\n",
        "",
        &["default-deny"],
    );
    // The floor behind a grant.
    let floor = "http_access deny floor b_floor\n";
    let last = "http_access deny b_default-deny\n";
    let (policy, _, text) = case(report, FLAT);
    let moved = text
        .replacen(floor, "", 1)
        .replacen(last, &format!("{floor}{last}"), 1);
    let error = proof::squid_conf(&policy, &moved)
        .expect_err("the floor is last")
        .to_string();
    assert!(error.contains("deny by `floor`"), "{error}");
    // The guard without its look-up, and a second door.
    is_disproved(
        report,
        "http_access deny agents !public !resolves b_unresolved\n",
        "",
        &["does not resolve"],
    );
    is_disproved(
        design,
        "http_access deny !agents b_unknown-source\n",
        "",
        &["a stranger", "unknown-source"],
    );
    is_disproved(
        design,
        "\nhttp_port 0.0.0.0:3128",
        "\nhttp_port 0.0.0.0:3129\nhttp_port 0.0.0.0:3128",
        &["not the agents' port"],
    );
    is_disproved(
        design,
        "uri_whitespace deny",
        "uri_whitespace strip",
        &["squid.conf:"],
    );
    is_disproved(
        design,
        "acl h_p.claude dstdomain -n .api.anthropic.com",
        "acl h_p.claude dstdomain -n .anthropic.com",
        &["deny by `default-deny`"],
    );
}

#[test]
fn what_a_refusal_looks_like_decides_nothing() {
    let manager = "http_access deny manager b_manager\n";
    for (old, new, why) in [
        (manager, "http_access deny as_text\n", "form of a refusal"),
        (
            manager,
            "http_access allow wants_json\n",
            "form of a refusal",
        ),
        (manager, "http_access deny !refused\n", "form of a refusal"),
        (manager, "acl As_Text src all\n", "second list"),
        (
            "deny wants_json as_json !all",
            "deny wants_json as_json",
            "squid.conf:",
        ),
        (
            "http_access deny as_text !all",
            "http_access allow as_text !all",
            "squid.conf:",
        ),
        ("because=\"not one", "because=\"%{x} one", "a value"),
        ("because=\"not one", "rule=x because=\"not one", "set twice"),
        ("because=\"not one", "because=\"not\" one", "a value"),
        ("because=\"not one", "because=not one", "a value"),
    ] {
        is_disproved("ok/design-sample", old, new, &[why]);
    }
}

#[test]
fn the_map_of_answers_and_decide_itself_prove_the_same() {
    insta::glob!("../../../fixtures", "{ok,regress}/*/policy.reeve", |path| {
        let (policy, sources) = policy(path);
        let files = render(&policy, &sources).expect("a policy without errors has files");
        let by_map = proof::prove(&policy, &files).expect("it was proved before");
        assert_eq!(proof::prove_by_asking(&policy, &files), Ok(by_map));
        assert!(by_map.cases > 500 || policy.agents.is_empty(), "{by_map:?}");
    });
}
