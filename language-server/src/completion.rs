//! What can stand at the cursor: keywords out of the grammar, and the names of the policy.

use std::collections::BTreeSet;

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, MarkupContent,
    MarkupKind, TextDocumentPositionParams, TextEdit,
};
use policy_core::diagnostic::Code;
use policy_core::mention::Kind;
use policy_core::parse::cursor::{Cursor, Part, cursor};

use crate::grammar::{Grammar, Next};
use crate::workspace::{Workspace, declared};

pub(crate) fn completions(
    workspace: &Workspace,
    asked: &TextDocumentPositionParams,
) -> Vec<CompletionItem> {
    let Some((document, offset)) = workspace.at(asked) else {
        return Vec::new();
    };
    let text = document.text.as_str();
    let here = cursor(text, offset);
    if here.part != Part::Words {
        return Vec::new();
    }
    let range = document.text.range(here.word.clone());
    let item = |label: String, kind: CompletionItemKind| CompletionItem {
        kind: Some(kind),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit::new(
            range,
            label.clone(),
        ))),
        label,
        ..CompletionItem::default()
    };
    let grammar = Grammar::get();
    let mut items = Vec::new();
    for next in grammar.next(&here.block, &here.before) {
        match next {
            // It stands once, at the very start.
            Next::Keyword(word) if word == "policy" && text.contains("policy 1") => {}
            Next::Keyword(word) => {
                let section = grammar.section(&here.block, &here.before, &word);
                let documentation = section.map(|section| {
                    Documentation::MarkupContent(MarkupContent {
                        kind: MarkupKind::Markdown,
                        value: section.trim_end().to_owned(),
                    })
                });
                items.push(CompletionItem {
                    documentation,
                    ..item(word, CompletionItemKind::KEYWORD)
                });
            }
            Next::Kind(kind) => {
                let (names, kind) = named(workspace, asked, &here, &kind);
                items.extend(names.into_iter().map(|name| item(name, kind)));
            }
        }
    }
    items
}

/// The names of a kind that may stand here.
fn named(
    workspace: &Workspace,
    asked: &TextDocumentPositionParams,
    here: &Cursor<'_>,
    kind: &str,
) -> (BTreeSet<String>, CompletionItemKind) {
    let of = |kind| declared(&workspace.places(&asked.text_document.uri), kind);
    let agents = || (of(Kind::Agent), CompletionItemKind::CLASS);
    match (
        kind,
        here.block.first().copied(),
        here.before.first().copied(),
    ) {
        ("@name", _, _) => {
            let sets = of(Kind::Set).into_iter();
            (
                sets.map(|name| format!("@{name}")).collect(),
                CompletionItemKind::CONSTANT,
            )
        }
        ("code", _, _) => {
            let codes = Code::ALL.iter().map(|code| code.name().to_owned());
            (codes.collect(), CompletionItemKind::ENUM_MEMBER)
        }
        ("name", Some("agent"), Some("provider")) => {
            let known = workspace.done.providers.keys().cloned();
            let known = known.chain(["none".to_owned()]);
            (
                of(Kind::Provider).into_iter().chain(known).collect(),
                CompletionItemKind::MODULE,
            )
        }
        ("name", None, Some("edge")) if here.before.last() != Some(&"as") => agents(),
        ("name", Some("test" | "invariant"), _) => agents(),
        _ => (BTreeSet::new(), CompletionItemKind::TEXT),
    }
}
