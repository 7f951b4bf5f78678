//! Runs every oracle over the corpus, the fixtures, and damaged copies of both.
//!
//! This is what keeps the oracles true without a fuzzer. Damage is one character at a time:
//! removed, doubled, or replaced by one that means something to a reader.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{self, catch_unwind};
use std::path::{Path, PathBuf};

use fuzz::ALL;

/// What one character is replaced by: all that opens, closes, separates, quotes or is odd.
const ODD: &[char] = &[
    '\0', '\t', '\n', '\r', ' ', '"', '#', '*', '-', '.', ':', '@', '\\', '{', '}', '0', 'ß',
    '\u{202e}', '\u{feff}', '𝟘',
];

/// The most damaged copies of one input, and about how many of all inputs together; a longer text
/// is damaged at evenly spread places.
const MOST_COPIES: usize = 2_000;
const MOST_COPIES_IN_ALL: usize = 40_000;

thread_local! {
    /// Where the last panic of this thread was, and what it said.
    static LAST_PANIC: RefCell<(String, String)> = const { RefCell::new((String::new(), String::new())) };
}

/// Failures by oracle and place: how many, and the first one in full.
type Failures = BTreeMap<(&'static str, String), (usize, String)>;

#[test]
fn every_oracle_holds_for_corpus_fixtures_and_damaged_copies() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut inputs = Vec::new();
    let corpus = collect(&root.join("corpus"), "", &mut inputs);
    let fixtures = collect(&root.join("../fixtures"), ".reeve", &mut inputs);
    let mut runs = 0_usize;
    let mut failures = Failures::new();
    // A panic is expected to be rare and is reported below, once for each place.
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let said = info
            .payload_as_str()
            .unwrap_or("a panic without words")
            .to_owned();
        LAST_PANIC.with(|last| *last.borrow_mut() = (place, said));
    }));
    let most = MOST_COPIES.min(MOST_COPIES_IN_ALL / inputs.len().max(1));
    for path in &inputs {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        run(path, &bytes, &mut failures);
        let copies = damaged(&String::from_utf8_lossy(&bytes), most);
        for copy in &copies {
            run(path, copy.as_bytes(), &mut failures);
        }
        runs += 1 + copies.len();
    }
    drop(panic::take_hook());
    println!(
        "replayed {runs} inputs (damaged copies of {corpus} corpus files and {fixtures} fixtures) \
         through {} oracles",
        ALL.len()
    );
    for ((oracle, place), (count, first)) in &failures {
        println!("\n{oracle} fails {count} times at {place}; the first time {first}");
    }
    assert!(
        failures.is_empty(),
        "{} properties do not hold, see above",
        failures.len()
    );
    assert!(
        corpus > 0 && fixtures > 0,
        "{corpus} corpus files and {fixtures} fixtures: nothing was tested"
    );
}

/// The slowest of these takes a second; a reader that looked at the rest of the text for each
/// statement would need minutes.
#[test]
fn a_long_text_is_read_in_linear_time() {
    let pieces = [
        "agent a {\n",
        "}\n",
        "{ ",
        "\"",
        "# x\n",
        "\n",
        "a ",
        "*.",
        "@a ",
        "hosts h { x.org }\n",
        "edge a -> b\n",
        "agent a { allow x.org because \"y\" }\n",
        "lan 1.2.3.4 ports 1,",
        "a:",
        "test \"t\" { a can x:1 }\n",
        "\u{202e}",
        "0x",
        "1.",
        "cdp -> ",
    ];
    for piece in pieces {
        let text = format!("policy 1\n{}", piece.repeat(400_000 / piece.len()));
        let start = std::time::Instant::now();
        fuzz::parse(text.as_bytes());
        let took = start.elapsed();
        println!("{:>6} ms for 400 kB of {piece:?}", took.as_millis());
        assert!(took.as_secs() < 10, "{took:?} for 400 kB of {piece:?}");
    }
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

/// Runs one input through all oracles and keeps what fails.
fn run(path: &Path, bytes: &[u8], failures: &mut Failures) {
    for (name, oracle) in ALL {
        if catch_unwind(|| oracle(bytes)).is_ok() {
            continue;
        }
        let (place, said) = LAST_PANIC.with(|last| last.borrow().clone());
        let first = || {
            let text = String::from_utf8_lossy(bytes);
            let origin = path.display();
            (
                0,
                format!("for a copy of {origin}:\n{said}\nthe input: {text:?}"),
            )
        };
        failures.entry((name, place)).or_insert_with(first).0 += 1;
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

/// At most `most` copies of `text` with one character removed, doubled or replaced.
fn damaged(text: &str, most: usize) -> Vec<String> {
    let places: Vec<(usize, char)> = text.char_indices().collect();
    let kinds = ODD.len() + 2;
    let mut step = (places.len() * kinds).div_ceil(most.max(1)).max(1);
    // Without a common divisor every kind of damage has its turn.
    while gcd(step, kinds) != 1 {
        step += 1;
    }
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

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[test]
fn damage_reaches_the_whole_text_and_is_bounded() {
    let copies = damaged("aß", MOST_COPIES);
    assert_eq!(copies.len(), 2 * (ODD.len() + 2));
    assert!(copies.contains(&"ß".to_owned()) && copies.contains(&"a".to_owned()));
    assert!(copies.contains(&"aa\u{df}".to_owned()) && copies.contains(&"a{".to_owned()));
    assert!(damaged(&"x".repeat(100_000), 300).len() <= 300);
    assert!(damaged("", 10).is_empty());
}
