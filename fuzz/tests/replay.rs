//! Runs every oracle over the corpus, the fixtures, and damaged copies of both.
//!
//! This is what keeps the oracles true without a fuzzer. Damage is one character at a time:
//! removed, doubled, or replaced by one that means something to a reader.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use fuzz::ALL;

/// What one character is replaced by: all that opens, closes, separates, quotes or is odd.
const ODD: &[char] = &[
    '\0', '\t', '\n', '\r', ' ', '"', '#', '*', '-', '.', ':', '@', '\\', '{', '}', '0', 'ß',
    '\u{202e}', '\u{feff}', '𝟘',
];

/// The most damaged copies of one input; a longer text is damaged at evenly spread places.
const MOST_COPIES: usize = 2_000;

#[test]
fn every_oracle_holds_for_corpus_fixtures_and_damaged_copies() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut inputs = Vec::new();
    let corpus = collect(&root.join("corpus"), "", &mut inputs);
    let fixtures = collect(&root.join("../fixtures"), ".reeve", &mut inputs);
    let mut runs = 0_usize;
    for path in &inputs {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        run(path, &bytes);
        let copies = damaged(&String::from_utf8_lossy(&bytes));
        for copy in &copies {
            run(path, copy.as_bytes());
        }
        runs += 1 + copies.len();
    }
    println!(
        "replayed {runs} inputs (damaged copies of {corpus} corpus files and {fixtures} fixtures) \
         through {} oracles",
        ALL.len()
    );
    assert!(corpus > 0, "the corpus is empty, nothing was tested");
}

#[test]
fn every_target_has_a_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let folders: BTreeSet<String> = fs::read_dir(&corpus)
        .expect("the corpus can be read")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let targets: BTreeSet<String> = ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(folders, targets);
}

/// Runs one input through all oracles; a failure names the file and shows the input.
fn run(path: &Path, bytes: &[u8]) {
    for (name, oracle) in ALL {
        if catch_unwind(|| oracle(bytes)).is_err() {
            let text = String::from_utf8_lossy(bytes);
            panic!(
                "{name} fails for this copy of {}:\n{text}\n{bytes:?}",
                path.display()
            );
        }
    }
}

/// Adds every file below `folder` whose name ends like this; says how many.
fn collect(folder: &Path, end: &str, found: &mut Vec<PathBuf>) -> usize {
    let before = found.len();
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, end, found);
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    found.len() - before
}

/// Copies of `text` with one character removed, doubled or replaced.
fn damaged(text: &str) -> Vec<String> {
    let places: Vec<(usize, char)> = text.char_indices().collect();
    let kinds = ODD.len() + 2;
    let step = (places.len() * kinds).div_ceil(MOST_COPIES).max(1);
    let mut copies = Vec::new();
    for number in (0..places.len() * kinds).step_by(step) {
        let Some(&(at, old)) = places.get(number / kinds) else {
            break;
        };
        let (left, rest) = text.split_at(at);
        let right = rest.strip_prefix(old).unwrap_or(rest);
        copies.push(match number % kinds {
            0 => format!("{left}{right}"),
            1 => format!("{left}{old}{rest}"),
            kind => {
                let new = ODD.get(kind - 2).copied().unwrap_or(' ');
                format!("{left}{new}{right}")
            }
        });
    }
    copies
}

#[test]
fn damage_reaches_the_whole_text_and_is_bounded() {
    let copies = damaged("aß");
    assert_eq!(copies.len(), 2 * (ODD.len() + 2));
    assert!(copies.contains(&"ß".to_owned()) && copies.contains(&"a".to_owned()));
    assert!(copies.contains(&"aa\u{df}".to_owned()) && copies.contains(&"a{".to_owned()));
    assert!(damaged(&"x".repeat(100_000)).len() <= MOST_COPIES);
    assert!(damaged("").is_empty());
}
