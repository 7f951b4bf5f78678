//! Every example of `GRAMMAR.md` is policy, in the canonical form.

use policy_core::GRAMMAR;

use crate::helper::tree;

#[test]
fn every_example_is_read_and_is_canonical() {
    let examples: Vec<&str> = GRAMMAR
        .split("```reeve\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(examples.len() > 10);
    for example in examples {
        let text = match example.starts_with("policy 1\n") {
            true => example.to_owned(),
            false => format!("policy 1\n{example}"),
        };
        assert_eq!(tree(&text).to_string(), text);
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
