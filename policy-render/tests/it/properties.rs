//! What holds for the files of every policy.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use policy_core::compile;
use policy_core::diagnostic::Severity;
use policy_core::ir::Policy;
use policy_core::sources::Sources;
use policy_core::testing::{self, MemoryFiles, PolicyText};
use policy_render::deployment::Deployment;
use policy_render::file_set::{
    AGENT_DESTINATIONS, DEPLOYMENT, FileSet, MANIFEST, SOCAT_FORWARDS, SQUID_CONF,
};
use policy_render::manifest::Manifest;
use policy_render::{proof, render};

use crate::case::facts;
use crate::implied::{counted, implied};

/// The policy of some files; `None` when it has errors.
fn load(files: MemoryFiles) -> Option<(Policy, Sources)> {
    let text = files.0.get("policy.reeve").cloned().unwrap_or_default();
    let (sources, report) = Sources::load("policy.reeve", text, &mut files.clone());
    let compiled = compile(&sources, report, &facts());
    Some((compiled.policy?.0, sources))
}

fn single(text: &str) -> Option<(Policy, Sources)> {
    let files = [("policy.reeve".to_owned(), text.to_owned())];
    load(MemoryFiles(BTreeMap::from(files)))
}

/// The files of a generated policy, which has no errors.
fn files_of(text: &str) -> Result<(Policy, FileSet), TestCaseError> {
    let Some((policy, sources)) = single(text) else {
        let (sources, report) = Sources::single("policy.reeve", text);
        let report = compile(&sources, report, &facts()).report;
        let errors = report.diagnostics().iter();
        let errors: Vec<_> = errors.filter(|d| d.severity == Severity::Error).collect();
        return Err(TestCaseError::fail(format!("{errors:#?}\n{text}")));
    };
    let files =
        render(&policy, &sources).map_err(|error| TestCaseError::fail(error.to_string()))?;
    Ok((policy, files))
}

fn get<'f>(files: &'f FileSet, name: &str) -> &'f str {
    files.get(name).expect("one of our files")
}

/// Every file has as many lines as the model implies, and none of another kind.
fn has_only_its_own_lines(policy: &Policy, files: &FileSet) -> Result<(), TestCaseError> {
    let text = get(files, SQUID_CONF);
    let (counted, implied) = (counted(text), implied(policy));
    for word in counted.keys().chain(implied.keys()) {
        prop_assert_eq!(counted.get(word), implied.get(word), "{}\n{}", word, text);
    }
    let plain = |text: &str| {
        text.bytes()
            .all(|b| b == b'\n' || (b' '..=b'~').contains(&b))
    };
    prop_assert!(plain(text));
    let forwards = get(files, SOCAT_FORWARDS);
    let n_cdp = policy
        .agents
        .iter()
        .filter(|agent| agent.cdp.is_some())
        .count();
    prop_assert_eq!(forwards.lines().count(), 1 + n_cdp);
    for line in forwards.lines().skip(1) {
        prop_assert_eq!(line.split(' ').count(), 4, "{}", line);
        prop_assert!(
            line.bytes()
                .all(|b| b.is_ascii_digit() || b"./ ".contains(&b)),
            "{line}"
        );
    }
    // What JSON holds is what we put there: printed again it is the same text.
    let again = |text: &str| {
        let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
        serde_json::to_string_pretty(&value).expect("JSON") + "\n"
    };
    let destinations = get(files, AGENT_DESTINATIONS);
    let lines = again(destinations).lines().count();
    prop_assert_eq!(destinations.lines().count(), lines);
    let rows = policy.edges.len();
    prop_assert_eq!(lines, if rows == 0 { 4 } else { 5 + 6 * rows });
    let deployment: Deployment = serde_json::from_str(get(files, DEPLOYMENT)).expect("our format");
    prop_assert_eq!(deployment, Deployment::of(policy));
    let manifest: Manifest = serde_json::from_str(get(files, MANIFEST)).expect("our format");
    prop_assert_eq!(manifest.generation, files.generation());
    Ok(())
}

/// A small generator of its own, so that one number is one layout.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // Knuth's MMIX constants.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = self.roll(at + 1);
            items.swap(at, other);
        }
    }

    /// The name in another case.
    fn case(&mut self, name: &str) -> String {
        match self.roll(3) {
            0 => name.to_ascii_uppercase(),
            1 => name.to_ascii_lowercase(),
            _ => name.to_owned(),
        }
    }

    /// A line that says the same in other words.
    fn reword(&mut self, line: &str) -> String {
        let tail = [" because ", " since ", " until "]
            .iter()
            .filter_map(|word| line.find(word))
            .min()
            .unwrap_or(line.len());
        let (head, tail) = line.split_at(tail);
        let mut words: Vec<String> = head.split_whitespace().map(str::to_owned).collect();
        match words.first().map(String::as_str) {
            Some("allow" | "deny") => {
                self.shuffle(words.get_mut(1..).unwrap_or_default());
                for word in &mut words {
                    if word.starts_with('@') {
                        *word = self.case(word);
                    }
                }
            }
            Some("provider") => {
                if let Some(name) = words.get_mut(1) {
                    *name = self.case(name);
                }
            }
            _ => {}
        }
        words.join([" ", "   ", "\t"][self.roll(3)]) + tail
    }

    /// What a statement silences, if anything.
    fn despite(&mut self) -> &'static str {
        [
            "",
            "",
            " despite lan-wide \"the laboratory\"",
            "  despite public-suffix,floor \"ours\" despite no-tests \"in CI # } {\"",
        ][self.roll(4)]
    }

    fn filler(&mut self) -> &'static str {
        [
            "",
            "",
            "\n",
            "# a comment } with { \"marks\"\n",
            "\n\n  # agent x {}\n",
        ][self.roll(5)]
    }
}

/// The same policy in other words, in another order, spread over three files.
fn rewritten(policy: &PolicyText, seed: u64) -> MemoryFiles {
    let mut dice = Dice(seed);
    let mut statements = policy.statements.clone();
    dice.shuffle(&mut statements);
    let names = ["policy.reeve", "parts/one.reeve", "parts/two.reeve"];
    let mut texts = names.map(|_| {
        let filler = dice.filler().trim_start_matches('\n');
        format!("{filler}policy 1{}\n", dice.despite())
    });
    texts[0].push_str("include \"parts/*.reeve\"\n");
    for (header, mut lines) in statements {
        let text = &mut texts[dice.roll(3)];
        text.push_str(dice.filler());
        if header.starts_with("edge ") {
            let words: Vec<&str> = header.split(' ').collect();
            if let [edge, from, arrow, to, rest @ ..] = &words[..] {
                let (from, to) = (dice.case(from), dice.case(to));
                text.push_str(&format!(
                    "{edge} {from} {arrow} {to} {} # edge\n",
                    rest.join(" ")
                ));
            }
            continue;
        }
        text.push_str(&header);
        if header.starts_with("safe-ports") {
            text.push_str(dice.despite());
            text.push('\n');
            continue;
        }
        text.push_str(" {\n");
        dice.shuffle(&mut lines);
        for line in &lines {
            text.push_str(dice.filler());
            text.push_str(&dice.reword(line));
            // A pattern of a set silences nothing.
            if header.starts_with("agent ") || header.starts_with("network") {
                text.push_str(dice.despite());
            }
            text.push_str(["\n", " # behind\n", "\r\n"][dice.roll(3)]);
        }
        text.push('}');
        text.push_str(dice.despite());
        text.push('\n');
    }
    let files = names.iter().zip(texts);
    MemoryFiles(
        files
            .map(|(name, text)| ((*name).to_owned(), text))
            .collect(),
    )
}

/// Text that would do harm if it reached a file as it is.
const HOSTILE: &[&str] = &[
    "x\nhttp_access allow all",
    "x\r\nhttp_port 3129",
    "x http_access allow all",
    "\"",
    "'",
    "`",
    "\\",
    "\\\n",
    "x\\",
    "#",
    "# x",
    "${service_name}",
    "%{x}",
    "$(id)",
    "`id`",
    "../../etc/passwd",
    "/etc/shadow",
    "-n",
    "-i",
    "--",
    "!all",
    "all",
    "manager",
    "a\0b",
    "\u{85}x",
    "\u{2028}x",
    "\u{202e}x",
    "\u{feff}",
    "日本",
    "İ",
    "ſafe",
    "K",
    "a;b",
    "a|b",
    "a,b",
    "{",
    "}",
    "{ }",
    "<script>",
    "\u{1b}[2J",
    "%n%s",
    "x=y",
    "include /x",
    "acl a src all",
];

fn hostile() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => select(HOSTILE).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
        1 => any::<String>(),
    ];
    vec(word, 1..3).prop_map(|words| words.concat())
}

/// A policy with that text at one of the places where text of the user's stands.
fn with_hostile(text: &str, place: usize) -> String {
    let places = [
        "agent HERE { access list }",
        "agent a { id HERE }",
        "agent a {\n allow pypi.org because \"HERE\"\n access list }",
        "agent a {\n allow HERE\n access list }",
        "agent a {\n deny .HERE:443\n access full }",
        "agent a {\n allow HERE.example\n access list }",
        "agent a { lan 192.168.1.20:80 because \"HERE\" }",
        "agent a { lan HERE }",
        "agent a { cdp because \"HERE\" }",
        "hosts HERE { pypi.org }\nagent a {\n access list\n allow @HERE }",
        "hosts h { HERE }\nagent a {\n access list\n allow @h }",
        "provider HERE { x.example }\nagent a { provider HERE }",
        "provider p { HERE }\nagent a { provider p }",
        "gateway HERE { address 198.18.0.10:10255 }\nagent a {}",
        "gateway g { address HERE:10255 }\nagent a {}",
        "agent a {}\nagent b {}\nedge a -> b as HERE",
        "agent a {}\ntest \"HERE\" { a can x:1 }",
        "agent a {}\ninvariant \"HERE\" { nobody reaches 10.0.0.0/8 }",
        "agent a {}\n# HERE",
        "agent a {} # HERE",
    ];
    let line = places[place % places.len()];
    format!("policy 1\n{}\n", line.replace("HERE", text))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_generated_policy_has_files_with_only_its_own_lines(text in testing::policy()) {
        let (policy, files) = files_of(&text.text())?;
        prop_assert_eq!(policy.agents.len(), text.n_agents());
        has_only_its_own_lines(&policy, &files)?;
    }

    #[test]
    fn a_generated_policy_is_proved_by_asking_decide_itself(text in testing::policy()) {
        let (policy, files) = files_of(&text.text())?;
        let proved = proof::prove_by_asking(&policy, &files);
        prop_assert!(proved.is_ok(), "{:?}", proved);
    }

    #[test]
    fn order_and_layout_change_nothing_but_the_manifest(
        text in testing::policy(),
        seed in any::<u64>(),
    ) {
        let (_, files) = files_of(&text.text())?;
        let other = rewritten(&text, seed);
        let shown = format!("{other:#?}");
        let Some((policy, sources)) = load(other) else {
            return Err(TestCaseError::fail(shown));
        };
        let others = render(&policy, &sources).expect("the same policy has files");
        for (name, text) in files.iter().filter(|(name, _)| *name != MANIFEST) {
            prop_assert_eq!(text, get(&others, name), "{}\n{}", name, shown);
        }
        prop_assert_eq!(files.generation(), others.generation());
    }

    #[test]
    fn lan_grants_precede_the_safe_ports_and_internet_grants_follow(text in testing::policy()) {
        let (_, files) = files_of(&text.text())?;
        let lines: Vec<&str> = get(&files, SQUID_CONF)
            .lines()
            .filter_map(|line| line.strip_prefix("http_access "))
            .collect();
        let at = |wanted: &str| lines.iter().position(|line| line.starts_with(wanted));
        let (floor, ports) = (at("deny floor "), at("deny !Safe_ports "));
        prop_assert!(floor < ports && ports.is_some());
        for (number, line) in lines.iter().enumerate() {
            let Some(line) = line.strip_prefix("allow ") else { continue };
            // No agent's: what is asked by the control port.
            if line == "ctl manager" {
                prop_assert_eq!(lines.get(number + 1), Some(&"deny ctl"));
                continue;
            }
            let second = line.split(' ').nth(1).unwrap_or_default();
            let goes_around = second.starts_with("l_") || second.starts_with("c_");
            prop_assert_eq!(goes_around, Some(number) < ports, "{}", line);
            prop_assert!(second.starts_with("c_") == (Some(number) < floor), "{line}");
        }
    }

    #[test]
    fn no_two_lists_share_a_name_in_any_case(text in testing::policy()) {
        let (_, files) = files_of(&text.text())?;
        let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut spelt: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        let acls = get(&files, SQUID_CONF).lines().filter_map(|line| line.strip_prefix("acl "));
        for acl in acls {
            let mut words = acl.split(' ');
            let (name, kind) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            // Squid's limit.
            prop_assert!(name.len() <= 63, "{name}");
            kinds.entry(name.to_ascii_lowercase()).or_default().insert(kind.to_owned());
            spelt.entry(name.to_ascii_lowercase()).or_default().insert(name);
        }
        prop_assert!(kinds.values().all(|kinds| kinds.len() == 1), "{kinds:?}");
        prop_assert!(spelt.values().all(|names| names.len() == 1), "{spelt:?}");
    }

    #[test]
    fn blocks_and_listen_ports_are_each_agents_own(text in testing::policy()) {
        let (policy, files) = files_of(&text.text())?;
        let deployment: Deployment = serde_json::from_str(get(&files, DEPLOYMENT)).expect("JSON");
        for (at, one) in deployment.agents.iter().enumerate() {
            prop_assert!(deployment.subnet.contains(&one.block));
            prop_assert!(one.block.contains(&one.first_address));
            prop_assert!(one.block.contains(&one.last_address) && one.last_address < one.block.broadcast());
            for other in deployment.agents.iter().skip(at + 1) {
                let apart = !one.block.contains(&other.block) && !other.block.contains(&one.block);
                prop_assert!(apart, "{} {}", one.name, other.name);
                prop_assert!(one.cdp_port.is_none() || one.cdp_port != other.cdp_port);
            }
        }
        for agent in &policy.agents {
            prop_assert_eq!(policy.agent_at(agent.block.network().into()), Some(agent));
            prop_assert_eq!(policy.agent_at(agent.block.broadcast().into()), Some(agent));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn no_text_of_the_users_adds_a_line(text in hostile(), place in 0usize..20) {
        let policy = with_hostile(&text, place);
        if let Some((policy, sources)) = single(&policy) {
            let files = render(&policy, &sources);
            let files = files.map_err(|error| TestCaseError::fail(error.to_string()))?;
            has_only_its_own_lines(&policy, &files)?;
        }
    }

    #[test]
    fn damaged_policies_have_no_files_or_only_their_own_lines(
        text in testing::damaged(testing::policy().prop_map(|policy| policy.text())),
    ) {
        if let Some((policy, sources)) = single(&text) {
            let files = render(&policy, &sources);
            let files = files.map_err(|error| TestCaseError::fail(error.to_string()))?;
            has_only_its_own_lines(&policy, &files)?;
        }
    }

    #[test]
    fn whatever_compiles_has_files(tree in testing::file()) {
        if let Some((policy, sources)) = single(&tree.to_string()) {
            let files = render(&policy, &sources);
            let files = files.map_err(|error| TestCaseError::fail(error.to_string()))?;
            has_only_its_own_lines(&policy, &files)?;
        }
    }
}
