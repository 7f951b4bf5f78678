//! Text that is no policy, or no longer one.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Characters that an edit puts in: those that structure the text, and some that should not be
/// there.
const INSERTED: &str = "{}\"#:,@*.-> \n\t\ra0/[]\u{0}\u{1b}\u{a0}\u{feff}\u{202e}é";

/// Words that statements are made of.
const WORDS: &[&str] = &[
    "policy",
    "1",
    "gateway",
    "network",
    "safe-ports",
    "provider",
    "hosts",
    "include",
    "agent",
    "edge",
    "test",
    "invariant",
    "address",
    "subnet",
    "isolation",
    "proxy-port",
    "id",
    "access",
    "allow",
    "deny",
    "lan",
    "cdp",
    "sessions",
    "mode",
    "because",
    "since",
    "until",
    "despite",
    "despite",
    "cdp-browser",
    "lan-wide",
    "floor",
    "ports",
    "can",
    "cannot",
    "via",
    "nobody",
    "only",
    "reaches",
    "as",
    "{",
    "}",
    "{",
    "}",
    "\"",
    "\"x\"",
    "#",
    "->",
    "<->",
    ",",
    ":",
    "@",
    "@h",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "a",
    "b",
    "full",
    "list",
    "direct",
    "github.com",
    ".x",
    "*.x",
    "10.0.0.1",
    "10.0.0.0/8",
    "[::1]:443",
    "host:9222",
    "80",
    "2027-01-31",
    "http://x/y",
    "\u{feff}",
    "\u{202e}",
];

/// The text with up to three edits of one character each.
pub fn damaged(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let inserted: Vec<char> = INSERTED.chars().collect();
    let edit = (any::<Index>(), 0u8..3, select(inserted));
    (text, vec(edit, 1..=3)).prop_map(|(text, edits)| {
        let mut characters: Vec<char> = text.chars().collect();
        for (index, kind, character) in edits {
            let at = index.index(characters.len() + 1);
            match kind {
                0 => characters.insert(at, character),
                _ if at == characters.len() => {}
                1 => drop(characters.remove(at)),
                _ => drop(characters.splice(at..=at, [character])),
            }
        }
        characters.into_iter().collect()
    })
}

/// The text with other blanks, and with comments and empty lines between its lines: all that says
/// nothing.
pub fn ruffled(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let blank = select(vec!["", " ", "   ", "\t", " \t "]);
    let above = select(vec![
        "",
        "",
        "",
        "\n",
        " \n\n\n",
        "# above\n",
        "\n  # a \"b { }\n\n#\n",
    ]);
    let behind = select(vec!["", "", "", " # behind", "\t#", "   ## } \" "]);
    let end = select(vec!["\n", "\n", " \n", "\r\n"]);
    let change = (above, blank, behind, end);
    (text, vec(change, 1..40)).prop_map(|(text, changes)| {
        let lines = text.lines().zip(changes.iter().cycle());
        let ruffled = lines.map(|(line, (above, blank, behind, end))| {
            // Up to here a blank parts words, whatever stands in strings and comments.
            let (words, rest) = line.split_at(line.find(['"', '#']).unwrap_or(line.len()));
            let words = words.replace(' ', &format!(" {blank}"));
            format!("{above}{blank}{words}{rest}{behind}{end}")
        });
        ruffled.collect()
    })
}

/// Words of the language in any order.
pub fn soup() -> impl Strategy<Value = String> {
    let blank = select(vec![" ", " ", " ", "\t", ""]);
    let word = (select(WORDS), blank).prop_map(|(word, blank)| format!("{word}{blank}"));
    vec(word, 0..80).prop_map(|words| words.concat())
}
