//! From a name to what it means, and to everywhere it is used.

use lsp_types::{Location, Position, TextDocumentPositionParams};
use policy_core::ast::Statement;

use crate::document::name;
use crate::workspace::{Workspace, all, mention_at};

/// Where the name at a place is declared, or the files that an include names.
pub(crate) fn definition(
    workspace: &Workspace,
    asked: &TextDocumentPositionParams,
) -> Vec<Location> {
    let Some((document, offset)) = workspace.at(asked) else {
        return Vec::new();
    };
    let uri = &asked.text_document.uri;
    let Some(mention) = mention_at(&document.text, offset) else {
        return included(workspace, asked, offset);
    };
    let places = workspace.places(uri);
    let found = all(&places, mention.kind, mention.name).into_iter();
    let found = found.filter(|it| it.mention.declares);
    found.map(|it| it.place.location(&it.mention)).collect()
}

/// Everywhere the name at a place stands, and, if asked for, where it is declared.
pub(crate) fn references(
    workspace: &Workspace,
    asked: &TextDocumentPositionParams,
    with_declaration: bool,
) -> Vec<Location> {
    let Some((document, offset)) = workspace.at(asked) else {
        return Vec::new();
    };
    let Some(mention) = mention_at(&document.text, offset) else {
        return Vec::new();
    };
    let places = workspace.places(&asked.text_document.uri);
    let found = all(&places, mention.kind, mention.name).into_iter();
    let found = found.filter(|it| with_declaration || !it.mention.declares);
    found.map(|it| it.place.location(&it.mention)).collect()
}

fn included(
    workspace: &Workspace,
    asked: &TextDocumentPositionParams,
    offset: usize,
) -> Vec<Location> {
    let Some((document, _)) = workspace.at(asked) else {
        return Vec::new();
    };
    let mut statements = document.text.tree().statements.iter();
    let pattern = statements.find_map(|item| match &item.node {
        Statement::Include(pattern) if pattern.span.range().contains(&offset) => Some(pattern),
        _ => None,
    });
    let Some(pattern) = pattern else {
        return Vec::new();
    };
    let key = (name(&asked.text_document.uri), pattern.value.to_string());
    let files = workspace.done.included.get(&key).into_iter().flatten();
    let start = lsp_types::Range::new(Position::new(0, 0), Position::new(0, 0));
    files.map(|uri| Location::new(uri.clone(), start)).collect()
}
