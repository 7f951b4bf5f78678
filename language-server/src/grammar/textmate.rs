//! The colours of editors that know no language server: their list of keywords is ours.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Grammar;

const TEXTMATE: &str = include_str!("../../../editors/textmate/reeve.tmLanguage.json");

/// The words in the alternatives of a rule.
fn words(grammar: &Value, rule: &str) -> BTreeSet<String> {
    let pattern = grammar["repository"][rule]["match"].as_str().unwrap();
    let is_word = |text: &&str| {
        let mut bytes = text.bytes();
        bytes.all(|byte| byte.is_ascii_lowercase() || byte == b'-') && text.len() > 1
    };
    let parts = pattern.split(['(', ')', '|']).filter(is_word);
    parts.map(str::to_owned).collect()
}

#[test]
fn the_colours_know_every_keyword_and_no_other_word() {
    let textmate: Value = serde_json::from_str(TEXTMATE).unwrap();
    let rules = ["statement", "clause", "value"];
    let coloured: BTreeSet<String> = rules
        .iter()
        .flat_map(|rule| words(&textmate, rule))
        .collect();
    let keywords = Grammar::get().keywords().iter();
    let words = keywords.filter(|it| it.starts_with(|first: char| first.is_ascii_lowercase()));
    // `none` is a name that the language has kept for itself.
    let of_language: BTreeSet<String> = words.cloned().chain(["none".to_owned()]).collect();
    assert_eq!(coloured, of_language);
}
