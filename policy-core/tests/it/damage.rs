//! One wrong character, anywhere in any fixture: whoever made it must be led back to it.

use std::collections::BTreeMap;

use policy_core::diagnostic::{Code, Diagnostic, Report};
use policy_core::parse::parse;
use policy_core::sources::Sources;
use policy_core::span::{FileId, LineIndex};

use crate::fixtures::cases;

/// What a character is replaced by: all that opens, closes, parts and quotes, and two that do not.
const INSTEAD: [char; 12] = [' ', '\n', '{', '}', '"', '#', ',', ':', '.', '-', 'x', '0'];

/// The most damaged copies of one fixture, spread evenly.
const MOST_COPIES: usize = 2000;

/// The least share of damage that is found where it is.
const LEAST_SHARE: f64 = 0.95;

/// A text with one wrong character, and where that is.
struct Damaged {
    text: String,
    at: usize,
    kind: &'static str,
}

fn damaged(text: &str) -> impl Iterator<Item = Damaged> {
    let places: Vec<(usize, char)> = text.char_indices().collect();
    let n_kinds = 3 + INSTEAD.len();
    let mut step = (places.len() * n_kinds).div_ceil(MOST_COPIES).max(1);
    // Without a common divisor every kind of damage has its turn.
    while (2..=n_kinds)
        .any(|divisor| step.is_multiple_of(divisor) && n_kinds.is_multiple_of(divisor))
    {
        step += 1;
    }
    (0..places.len() * n_kinds)
        .step_by(step)
        .map(move |number| {
            let (at, old) = places[number / n_kinds];
            let (before, rest) = text.split_at(at);
            let after = &rest[old.len_utf8()..];
            let (text, kind) = match number % n_kinds {
                0 => (format!("{before}{after}"), "dropped"),
                1 => (format!("{before}{old}{rest}"), "doubled"),
                2 => match after.chars().next() {
                    Some(next) => {
                        let behind = &after[next.len_utf8()..];
                        (format!("{before}{next}{old}{behind}"), "swapped")
                    }
                    None => (text.to_owned(), "swapped"),
                },
                other => {
                    let new = INSTEAD[other - 3];
                    (format!("{before}{new}{after}"), "replaced")
                }
            };
            Damaged { text, at, kind }
        })
}

/// How often each finding stands in a report, wherever it does.
fn counts(report: &Report) -> BTreeMap<(&str, &str), usize> {
    let mut counts = BTreeMap::new();
    for found in report.diagnostics() {
        *counts
            .entry((found.code.name(), found.message.as_str()))
            .or_default() += 1;
    }
    counts
}

/// The lines that a finding shows.
fn lines(found: &Diagnostic, text: &str, index: &LineIndex) -> Vec<u32> {
    let related = found.related.iter().map(|(span, _)| *span);
    related
        .chain([found.span])
        .map(|span| index.locate(text, span.start).line)
        .collect()
}

#[test]
fn damage_is_harmless_or_a_finding_shows_its_line() {
    let (mut n_all, mut n_harmless, mut n_shown) = (0_usize, 0_usize, 0_usize);
    let mut missed: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases("ok").into_iter().chain(cases("bad")) {
        let text = case.text();
        let (_, before) = parse(FileId(0), text);
        let before = counts(&before);
        for damaged in damaged(text) {
            n_all += 1;
            let (_, after) = parse(FileId(0), &damaged.text);
            let grown = |key: &(&str, &str), n: usize| n > before.get(key).copied().unwrap_or(0);
            let after_counts = counts(&after);
            let new: Vec<&Diagnostic> = after
                .diagnostics()
                .iter()
                .filter(|found| {
                    let key = (found.code.name(), found.message.as_str());
                    grown(&key, after_counts[&key])
                })
                .collect();
            if new.is_empty() {
                n_harmless += 1;
                continue;
            }
            let index = LineIndex::new(&damaged.text);
            let at = u32::try_from(damaged.at).unwrap();
            let line = index.locate(&damaged.text, at).line;
            let mut shown = new
                .iter()
                .flat_map(|found| lines(found, &damaged.text, &index));
            if shown.any(|shown| shown.abs_diff(line) <= 1) {
                n_shown += 1;
            } else {
                let first = new[0];
                let key = format!("{} {}: {}", damaged.kind, first.code, first.message);
                *missed.entry(key).or_default() += 1;
            }
        }
    }
    let share = (n_harmless + n_shown) as f64 / n_all as f64;
    println!(
        "{n_all} damaged texts: {n_harmless} without a new finding, {n_shown} with one within a \
         line of the damage, {} without one there; {:.2} % are well",
        n_all - n_harmless - n_shown,
        100.0 * share
    );
    let mut missed: Vec<(usize, String)> = missed.into_iter().map(|(key, n)| (n, key)).collect();
    missed.sort();
    for (n, key) in missed.iter().rev().take(30) {
        println!("{n:>6}  {key}");
    }
    assert!(n_all > 30_000 && n_shown > n_all / 4, "{n_all}, {n_shown}");
    assert!(share >= LEAST_SHARE, "{share}");
}

#[test]
fn a_healthy_agent_beside_a_broken_one_is_checked() {
    let text = "policy 1\nagent broken {\n  alow x.com\n  lan printer:80\n}\nagent healthy {\n  \
                access list\n  lan 8.8.8.8:80\n  allow pypi.org:8443\n}\n";
    let (sources, loading) = Sources::single("p.reeve", text);
    let report = policy_core::compile(&sources, loading, &crate::helper::facts()).report;
    let found: Vec<_> = report
        .diagnostics()
        .iter()
        .map(|found| (sources.locate(found.span).1.line, found.code))
        .collect();
    assert_eq!(
        found,
        [
            (1, Code::NoTests),
            (3, Code::UnknownStatement),
            (4, Code::WrongKind),
            (8, Code::LanPublic),
            (9, Code::UnsafePort),
        ]
    );
}
