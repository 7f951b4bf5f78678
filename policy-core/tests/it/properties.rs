//! What holds for every tree and every text.

use proptest::prelude::*;

use policy_core::diagnostic::Severity;
use policy_core::parse::parse;
use policy_core::print::statement_text;
use policy_core::span::FileId;
use policy_core::testing;

use crate::helper::{check, tree_in_spite_of_mistakes};

/// Reading ends, every finding lies in the text, and a text without errors prints to itself.
fn reads_soundly(text: &str) -> Result<(), TestCaseError> {
    let (tree, report) = parse(FileId(0), text);
    for diagnostic in report.diagnostics() {
        let places = diagnostic.related.iter().map(|(span, _)| *span);
        for span in places.chain([diagnostic.span]) {
            prop_assert!(text.get(span.range()).is_some(), "{diagnostic:?}");
        }
        let shown = [Some(&diagnostic.message), diagnostic.help.as_ref()];
        for line in shown.into_iter().flatten() {
            prop_assert!(!line.contains('\n') && !line.ends_with('.'), "{line}");
        }
    }
    if !report
        .diagnostics()
        .iter()
        .any(|d| d.severity == Severity::Error)
    {
        let printed = tree.to_string();
        prop_assert_eq!(check(&printed), "", "{}", printed);
        prop_assert_eq!(tree_in_spite_of_mistakes(&printed), tree, "{}", printed);
    }
    Ok(())
}

proptest! {
    #[test]
    fn print_then_parse_is_the_identity(tree in testing::file()) {
        let printed = tree.to_string();
        prop_assert_eq!(check(&printed), "", "{}", printed);
        let read = tree_in_spite_of_mistakes(&printed);
        prop_assert_eq!(&read, &tree, "{}", printed);
        prop_assert_eq!(read.to_string(), printed);
    }

    #[test]
    fn the_text_of_a_statement_reads_as_that_statement(item in testing::agent_item()) {
        let text = statement_text(&item);
        prop_assert!(!text.contains("  ") || text.contains('"'));
        let file = tree_in_spite_of_mistakes(&format!("policy 1\nagent a {{ {text} }}\n"));
        prop_assert!(file.to_string().contains("agent a"));
        let policy_core::ast::Statement::Agent { block, .. } = &file.statements[1].node else {
            return Err(TestCaseError::fail("no agent"));
        };
        prop_assert_eq!(&block.items[0].node, &item);
        prop_assert_eq!(statement_text(&block.items[0].node), text);
    }

    #[test]
    fn any_text_is_read_to_its_end(text in any::<String>()) {
        reads_soundly(&text)?;
    }

    #[test]
    fn damaged_text_is_read_to_its_end(
        text in testing::damaged(testing::file().prop_map(|file| file.to_string())),
    ) {
        reads_soundly(&text)?;
    }

    #[test]
    fn any_order_of_words_is_read_to_its_end(text in testing::soup()) {
        reads_soundly(&text)?;
        reads_soundly(&format!("policy 1\n{text}"))?;
    }

    #[test]
    fn a_bad_line_in_an_agent_costs_only_itself(
        items in prop::collection::vec(testing::agent_item(), 1..6),
        at in any::<prop::sample::Index>(),
    ) {
        let mut lines: Vec<String> = items.iter().map(statement_text).collect();
        lines.insert(at.index(lines.len() + 1), "alow { x \"}\" } # }".to_owned());
        let text = format!("policy 1\nagent a {{\n{}\n}}\nagent b {{}}\n", lines.join("\n"));
        let (tree, report) = parse(FileId(0), &text);
        prop_assert_eq!(report.diagnostics().len(), 1, "{}", check(&text));
        prop_assert_eq!(tree.statements.len(), 3);
        let policy_core::ast::Statement::Agent { block, .. } = &tree.statements[1].node else {
            return Err(TestCaseError::fail("no agent"));
        };
        let read: Vec<_> = block.items.iter().map(|item| item.node.clone()).collect();
        prop_assert_eq!(read, items);
    }
}
