//! Real Squid against the specification: random policies, random requests, no difference.
//!
//! Status, route, the server that was reached and what it was asked for, and the logged agent,
//! verdict and rule must be what `policy_core::decide` says. `PORTREEVE_DIFFERENTIAL=nightly` asks
//! ten times as much; `PORTREEVE_SEED=N` asks what another run of that size has asked.
//!
//! Left out: requests for Squid's own pages, which are a matter of the path; `TRACE` and `PURGE`,
//! which Squid answers itself; a zone that is called by the name of an interface.

#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a request that cannot be made has no better answer than to stop"
)]

mod bed;
mod compare;
mod floor;
mod parsed;
mod policies;
mod random;
mod requests;
mod spellings;

use std::collections::BTreeMap;
use std::time::Instant;

use policy_core::decide::{BuiltIn, Cause, Decision, Kind};
use policy_core::ir::Policy;
use policy_render::Form;
use policy_render::file_set::{FileSet, MANIFEST, SQUID_CONF};
use policy_render::manifest::Manifest;

use self::bed::Bed;
use self::compare::{Answers, Expected};
use self::policies::Compiled;
use self::random::Random;
use self::requests::{Ask, Landmarks};
use super::{Live, tell};

/// The seed, where nobody gives another.
const SEED: u64 = 2026;

/// How many policies, and how many requests for each.
fn size() -> (usize, usize) {
    match std::env::var("PORTREEVE_DIFFERENTIAL").as_deref() {
        Ok("nightly") => (40, 500),
        _ => (10, 200),
    }
}

fn seed() -> u64 {
    let given = std::env::var("PORTREEVE_SEED").ok();
    given.map_or(SEED, |seed| {
        seed.parse().expect("PORTREEVE_SEED is a number")
    })
}

/// What was asked, by what came of it.
#[derive(Default)]
struct Counts {
    asked: usize,
    near: usize,
    unreadable: usize,
    by_rule: BTreeMap<String, usize>,
    by_route: BTreeMap<String, usize>,
    by_kind: BTreeMap<Kind, usize>,
}

impl Counts {
    fn add(&mut self, policy: &Policy, ask: &Ask, expected: &Expected<'_>) {
        self.asked += 1;
        self.near += usize::from(ask.is_near);
        let Some((parsed, verdict)) = expected else {
            self.unreadable += 1;
            return;
        };
        *self.by_kind.entry(parsed.kind).or_default() += 1;
        let rule = match verdict.cause {
            Cause::BuiltIn(rule) => rule.to_string(),
            Cause::Statement(origin) => statement(policy, origin).to_owned(),
        };
        *self.by_rule.entry(rule).or_default() += 1;
        let route = match verdict.decision {
            Decision::Allow(route) => format!("{route:?}").to_lowercase(),
            Decision::Deny => "none".to_owned(),
        };
        *self.by_route.entry(route).or_default() += 1;
    }
}

/// What kind of statement it is.
fn statement(policy: &Policy, origin: &policy_core::ir::Origin) -> &'static str {
    let agents = policy.agents.iter();
    let mut kinds = agents.flat_map(|agent| {
        let allows = agent.allows.iter().map(|rule| (&rule.origin, "allow"));
        let denies = agent.denies.iter().map(|rule| (&rule.origin, "deny"));
        let lan = agent.lan.iter().map(|rule| (&rule.origin, "lan"));
        let cdp = agent.cdp.iter().map(|cdp| (&cdp.origin, "cdp"));
        let access = [(&agent.access_origin, "access full")];
        allows.chain(denies).chain(lan).chain(cdp).chain(access)
    });
    let found = kinds.find(|(own, _)| own.key == origin.key);
    found.expect("the cause is a statement of the policy").1
}

/// Requests that the bed can carry out, with what each of them means.
fn asks<'p>(
    policy: &'p Policy,
    n_asks: usize,
    first: usize,
    random: &mut Random,
) -> (Vec<(Ask, Expected<'p>)>, Answers) {
    let mut landmarks = Landmarks::of(policy, random);
    let mut asks = Vec::new();
    while asks.len() < n_asks {
        let ask = landmarks.ask(policy, first + asks.len(), random);
        // Whether it is dialled directly has nothing to do with what names lead to.
        let taken = bed::is_taken(policy, &compare::expected(policy, &ask, &Answers::new()));
        if !taken {
            asks.push(ask);
        }
    }
    let names: Vec<String> = asks.iter().filter_map(compare::name_of).collect();
    let answers = requests::answers(policy, names.iter().map(String::as_str), random);
    let with_meaning = |ask: Ask| {
        let expected = compare::expected(policy, &ask, &answers);
        (ask, expected)
    };
    (asks.into_iter().map(with_meaning).collect(), answers)
}

fn rendered(compiled: &Compiled) -> FileSet {
    rendered_in(compiled, Form::default())
}

fn rendered_in(compiled: &Compiled, form: Form) -> FileSet {
    let rendered = policy_render::render_in_form(&compiled.policy, &compiled.sources, form);
    rendered.unwrap().0
}

/// The form of a large policy, for one of any size: every section is a tree.
const TREES: Form = Form {
    flat_lines: 0,
    fan_out: 2,
};

/// Asks all of it and tells what differs. A test may have changed `squid.conf`.
fn differences(
    bed: &mut Bed,
    policy: &Policy,
    (files, changed): (&FileSet, Option<&str>),
    (asks, answers): &(Vec<(Ask, Expected<'_>)>, Answers),
) -> Vec<String> {
    let manifest: Manifest = serde_json::from_str(files.get(MANIFEST).unwrap()).unwrap();
    let batch = bed.ask(policy, (files, changed), asks, answers);
    let nothing = compare::Observed::default();
    let observed = |ask: &Ask| batch.observed.get(&ask.number).unwrap_or(&nothing);
    let mut found: Vec<String> = asks
        .iter()
        .filter_map(|(ask, expected)| {
            compare::difference(policy, &manifest, ask, expected, observed(ask))
        })
        .collect();
    // Whatever came out of Squid was told to the client that had asked for it.
    let mut unasked = batch.served.clone();
    for seen in asks
        .iter()
        .filter_map(|(ask, _)| observed(ask).seen.as_ref())
    {
        let what = seen.split(" host=").next();
        if let Some(at) = unasked
            .iter()
            .position(|served| Some(served.as_str()) == what)
        {
            unasked.swap_remove(at);
        }
    }
    found.extend(
        unasked
            .iter()
            .map(|what| format!("nobody asked for `{what}`")),
    );
    found
}

fn table(counts: &Counts, seed: u64, n_policies: usize, started: Instant) -> String {
    let share = |part: usize| 100 * part / counts.asked.max(1);
    let list = |counts: &BTreeMap<String, usize>| {
        let words: Vec<String> = counts
            .iter()
            .map(|(what, n)| format!("{what} {n}"))
            .collect();
        words.join(", ")
    };
    let (asked, seconds) = (counts.asked, started.elapsed().as_secs());
    let (near, unreadable) = (share(counts.near), counts.unreadable);
    let (rules, routes) = (list(&counts.by_rule), list(&counts.by_route));
    format!(
        "differential: {asked} requests, {n_policies} policies, seed {seed}, {seconds} s\n  \
         near a boundary: {near} %; refused by the parser: {unreadable}\n  \
         by route: {routes}\n  by rule: {rules}\n  by kind: {:?}\n",
        counts.by_kind
    )
}

#[test]
fn squid_does_what_decide_says() {
    let Some(live) = Live::new("differ") else {
        return;
    };
    let (started, seed, (n_policies, n_asks)) = (Instant::now(), seed(), size());
    let mut random = Random::new(seed);
    let mut bed = Bed::new(live);
    let mut counts = Counts::default();
    let mut found = Vec::new();
    for at in 0..n_policies {
        let compiled = policies::random(&mut random);
        let policy = &compiled.policy;
        let asks = asks(policy, n_asks, at * n_asks, &mut random);
        let form = if at % 2 == 0 { Form::default() } else { TREES };
        let files = rendered_in(&compiled, form);
        let differing = differences(&mut bed, policy, (&files, None), &asks);
        asks.0
            .iter()
            .for_each(|(ask, expected)| counts.add(policy, ask, expected));
        if !differing.is_empty() {
            found.push(format!("{}\n  {}", compiled.text, differing.join("\n  ")));
        }
    }
    let table = table(&counts, seed, n_policies, started);
    tell(&table);
    assert!(found.is_empty(), "{table}{}", found.join("\n"));
    assert!(100 * counts.near >= 40 * counts.asked, "{table}");
    assert!(100 * counts.unreadable <= 12 * counts.asked, "{table}");
    for rule in BuiltIn::ALL {
        assert!(
            counts.by_rule.contains_key(rule.name()),
            "no {rule}: {table}"
        );
    }
    for statement in ["allow", "deny", "lan", "cdp", "access full"] {
        assert!(
            counts.by_rule.contains_key(statement),
            "no {statement}: {table}"
        );
    }
    for route in ["gateway", "direct", "forward", "none"] {
        assert!(counts.by_route.contains_key(route), "no {route}: {table}");
    }
}

/// What the next test asks, of a policy that is easy to spoil.
const SPOILT: &str = "policy 1
gateway onecli { address 198.18.0.10:10255 }
network { subnet 172.30.0.0/24 }
agent coder {
  access list
  allow  github.com
  lan    192.168.1.20:8838
}
agent wide { access full }
";

#[test]
fn a_file_that_is_not_the_policys_is_found_by_the_same_comparison() {
    let Some(live) = Live::new("spoilt") else {
        return;
    };
    let mut bed = Bed::new(live);
    let compiled = policies::compiled(SPOILT).unwrap();
    let (policy, files) = (&compiled.policy, rendered(&compiled));
    let answers = Answers::from([(
        "printer.example".to_owned(),
        vec!["192.168.1.20".parse().unwrap()],
    )]);
    let coder = policy.agent("coder").unwrap();
    let targets = [
        ("CONNECT", "github.com:443"),
        ("CONNECT", "x.github.com:443"),
        ("GET", "http://192.168.1.20:8838/2"),
        ("GET", "http://printer.example:8838/3"),
        ("CONNECT", "-x.localhost:443"),
    ];
    let asks = targets.iter().zip(coder.block.hosts()).zip(0..);
    let asks = asks.map(|(((method, target), source), number)| {
        let ask = Ask {
            number,
            source,
            proxy: coder.proxy,
            method,
            target: (*target).to_owned(),
            other_host: None,
            is_near: true,
        };
        let expected = compare::expected(policy, &ask, &answers);
        (ask, expected)
    });
    let asks = (asks.collect::<Vec<_>>(), answers.clone());
    assert_eq!(asks.0.len(), targets.len());
    let found = differences(&mut bed, policy, (&files, None), &asks);
    assert!(found.is_empty(), "{}", found.join("\n"));

    let text = files.get(SQUID_CONF).unwrap();
    let changes = [
        // A grant that looks names up, and one that is wider than its statement.
        (
            "dst -n 192.168.1.20/32",
            "dst 192.168.1.20/32",
            "printer.example",
        ),
        (
            "dstdomain -n github.com",
            "dstdomain -n .github.com",
            "x.github.com",
        ),
        // A grant for the gateway that is not; a reason that is another one.
        (
            "cache_peer_access gateway deny a_coder",
            "cache_peer_access gateway allow a_coder",
            "192.168.1.20",
        ),
        (
            "verdict=deny rule=malformed",
            "verdict=deny rule=floor",
            "-x.localhost",
        ),
    ];
    for (old, new, target) in changes {
        let changed = text.replacen(old, new, 1);
        assert_ne!(changed, text, "{old}");
        let found = differences(&mut bed, policy, (&files, Some(&changed)), &asks);
        assert!(!found.is_empty(), "`{new}` is not noticed");
        assert!(
            found.iter().all(|line| line.contains(target)),
            "{new}: {}",
            found.join("\n")
        );
    }
}
