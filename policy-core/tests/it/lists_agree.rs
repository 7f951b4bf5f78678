//! The codes, the sections of CHECKS.md and the fixtures that fire them are one list.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::diagnostic::{Code, Severity};
use policy_core::testing::MemoryFiles;

use crate::fixtures::{ROOT, cases, document};
use crate::helper::{compile_files, rendered};

/// Codes whose example would not fit into a document: a thousand mistakes, or 64 MiB.
const WITHOUT_EXAMPLE: [Code; 1] = [Code::Limit];

/// The policy that the program itself offers.
const QUICKSTART: &str = include_str!("../../../fixtures/quickstart.reeve");

/// Ends a line of a fixture that must have no finding.
const HEALTHY: &str = "# ok";

fn all() -> BTreeSet<&'static str> {
    Code::ALL.iter().map(|code| code.name()).collect()
}

/// The sections of CHECKS.md: name and text.
fn sections(text: &str) -> Vec<(&str, &str)> {
    text.split("\n## ")
        .skip(1)
        .map(|section| section.split_once('\n').unwrap_or((section, "")))
        .collect()
}

/// The examples of a section: the word above the fence, and the policy.
fn examples(section: &str) -> Vec<(String, String)> {
    let mut examples = Vec::new();
    let mut rest = section;
    while let Some((before, after)) = rest.split_once("```reeve\n") {
        let Some((policy, after)) = after.split_once("```") else {
            panic!("a fence is never closed: {section}");
        };
        let title = before.trim_end().lines().last().unwrap_or_default();
        examples.push((
            title.trim_matches([':', '*']).to_lowercase(),
            policy.to_owned(),
        ));
        rest = after;
    }
    examples
}

/// The codes of an example. A line of an example may be a part of an agent or of a whole file; the
/// folder `team` that some of them include has one file.
fn codes_of(policy: &str) -> BTreeSet<Code> {
    let team = ("team/reviewer.reeve", "policy 1\nagent reviewer {}\n");
    let files = [(ROOT, policy), team].map(|(name, text)| (name.to_owned(), text.to_owned()));
    let (_, compiled) = compile_files(ROOT, &MemoryFiles(BTreeMap::from(files)));
    let diagnostics = compiled.report.diagnostics();
    diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code)
        .collect()
}

#[test]
fn every_code_has_a_section_and_every_section_a_code() {
    let text = document("CHECKS.md");
    let names: Vec<&str> = sections(&text).iter().map(|(name, _)| *name).collect();
    let sections: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(sections, all());
    assert_eq!(names.len(), sections.len(), "a section stands twice");
}

#[test]
fn every_example_fires_before_and_is_quiet_after() {
    let text = document("CHECKS.md");
    let mut loud = Vec::new();
    for (name, section) in sections(&text) {
        let examples = examples(section);
        let titles: Vec<&str> = examples.iter().map(|(title, _)| title.as_str()).collect();
        if WITHOUT_EXAMPLE.iter().any(|code| code.name() == name) {
            assert!(titles.is_empty(), "{name} has an example now: unlist it");
            continue;
        }
        assert_eq!(titles, ["before", "after"], "{name}");
        for (title, policy) in &examples {
            let mut codes = codes_of(policy);
            // A part of a policy has no test of its own.
            if name != Code::NoTests.name() {
                codes.remove(&Code::NoTests);
            }
            let fires = codes.iter().any(|code| code.name() == name);
            assert_eq!(fires, title == "before", "{name} {title}: {codes:?}");
            if title == "after" && !codes.is_empty() {
                loud.push(format!("{name}: {codes:?}"));
            }
        }
    }
    assert!(loud.is_empty(), "{loud:#?}");
}

#[test]
fn every_code_is_fired_by_a_fixture() {
    let mut fired = BTreeSet::new();
    for case in cases("bad") {
        let (sources, compiled) = compile_files(ROOT, &case.files);
        let diagnostics = compiled.report.diagnostics();
        assert!(!diagnostics.is_empty(), "{} is fine", case.name);
        fired.extend(diagnostics.iter().map(|diagnostic| diagnostic.code.name()));
        let own = |code: &&str| case.name.starts_with(*code);
        let known = all();
        let named = known
            .iter()
            .copied()
            .filter(own)
            .max_by_key(|code| code.len());
        assert!(
            named.is_some_and(|code| diagnostics.iter().any(|d| d.code.name() == code)),
            "{} is named after a code and does not fire it:\n{}",
            case.name,
            rendered(&sources, &compiled)
        );
    }
    assert_eq!(fired, all());
}

#[test]
fn the_codes_that_may_warn_are_those_that_some_fixture_warns_of() {
    let mut warned = BTreeSet::new();
    for case in cases("bad") {
        let (_, compiled) = compile_files(ROOT, &case.files);
        let warnings = compiled.report.diagnostics().iter();
        let warnings = warnings.filter(|found| found.severity == Severity::Warning);
        warned.extend(warnings.map(|found| found.code));
    }
    // These two are about findings and clauses, not about what a statement says.
    warned.remove(&Code::Limit);
    warned.remove(&Code::NeedlessDespite);
    let may_warn: BTreeSet<Code> = Code::ALL
        .iter()
        .copied()
        .filter(|code| code.may_warn())
        .collect();
    assert_eq!(warned, may_warn);
}

#[test]
fn healthy_lines_beside_the_mistakes_have_no_finding() {
    let (mut healthy, mut unwell) = (0, Vec::new());
    for case in cases("bad") {
        let (sources, compiled) = compile_files(ROOT, &case.files);
        let found: BTreeSet<usize> = compiled
            .report
            .diagnostics()
            .iter()
            .filter(|diagnostic| diagnostic.span.file.0 == 0)
            .map(|diagnostic| sources.locate(diagnostic.span).1.line as usize)
            .collect();
        for (line, text) in (1..).zip(case.text().lines()) {
            if text.ends_with(HEALTHY) {
                healthy += 1;
                if found.contains(&line) {
                    unwell.push(format!("{}:{line}: {text}", case.name));
                }
            }
        }
    }
    assert!(unwell.is_empty(), "{unwell:#?}");
    assert!(healthy > 60, "{healthy}");
}

#[test]
fn every_check_has_a_fixture_with_healthy_lines() {
    for check in policy_core::check::ALL {
        let name = check.code.name();
        let cases = cases("bad");
        let case = cases.iter().find(|case| case.name == name);
        let healthy = case.map(|case| case.text().matches(HEALTHY).count());
        assert!(healthy.is_some_and(|lines| lines > 0), "{name}");
    }
}

#[test]
fn the_findings_of_every_fixture_read_well() {
    for case in cases("bad") {
        let (sources, compiled) = compile_files(ROOT, &case.files);
        insta::with_settings!({
            snapshot_path => &case.folder,
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!("diagnostics", rendered(&sources, &compiled));
        });
    }
}

#[test]
fn policies_that_are_shown_as_good_have_no_finding() {
    let mut loud = Vec::new();
    for case in ["ok", "regress"].into_iter().flat_map(cases) {
        let (sources, compiled) = compile_files(ROOT, &case.files);
        let findings = rendered(&sources, &compiled);
        if !findings.is_empty() {
            loud.push(format!("{}:\n{findings}", case.name));
        }
    }
    let files = MemoryFiles(BTreeMap::from([(ROOT.to_owned(), QUICKSTART.to_owned())]));
    let (sources, compiled) = compile_files(ROOT, &files);
    loud.push(rendered(&sources, &compiled));
    assert_eq!(loud.concat(), "");
}
