//! Every example of `GRAMMAR.md` is policy, in the canonical form.

use policy_core::GRAMMAR;
use policy_core::format::format;
use policy_core::span::FileId;

use crate::helper::tree;

const README: &str = include_str!("../../../README.md");
const QUICKSTART: &str = include_str!("../../../fixtures/quickstart.reeve");

#[test]
fn every_example_is_read_and_is_canonical() {
    let examples: Vec<&str> = GRAMMAR
        .split("```reeve\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(examples.len() > 10);
    for example in examples {
        let text = match example.starts_with("policy 1") {
            true => example.to_owned(),
            false => format!("policy 1\n{example}"),
        };
        assert_eq!(tree(&text).to_string(), text);
    }
}

#[test]
fn the_policies_that_are_seen_first_are_canonical() {
    let example = README.split("```\n").nth(1).unwrap();
    for text in [example, QUICKSTART] {
        assert_eq!(format(FileId(0), text).as_deref(), Ok(text));
    }
}

#[test]
fn every_keyword_has_an_example() {
    let tree = tree(crate::reading::WHOLE);
    assert_eq!(tree.statements.len(), 13);
    for item in &tree.statements {
        let text = policy_core::ast::File {
            statements: vec![item.clone()],
            end: Vec::new(),
        }
        .to_string();
        let keyword = text.split([' ', '\n']).next().unwrap_or_default();
        assert!(GRAMMAR.contains(&format!("\n{keyword} ")), "{keyword}");
    }
}
