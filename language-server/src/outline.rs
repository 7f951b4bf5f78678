//! The outline of a file: its agents, sets, providers, tests and invariants.

use lsp_types::{DocumentSymbol, SymbolKind};
use policy_core::ast::Statement;
use policy_core::span::Span;

use crate::text::Text;

pub(crate) fn symbols(text: &Text) -> Vec<DocumentSymbol> {
    let items = text.tree().statements.iter();
    let symbols = items.filter_map(|item| {
        let (name, detail, place, kind): (&str, &str, Span, SymbolKind) = match &item.node {
            Statement::Agent { name, .. } => {
                (name.value.as_str(), "agent", name.span, SymbolKind::CLASS)
            }
            Statement::Hosts(set) => (
                set.name.value.as_str(),
                "hosts",
                set.name.span,
                SymbolKind::CONSTANT,
            ),
            Statement::Provider(set) => (
                set.name.value.as_str(),
                "provider",
                set.name.span,
                SymbolKind::MODULE,
            ),
            Statement::Gateway { name, .. } => (
                name.value.as_str(),
                "gateway",
                name.span,
                SymbolKind::INTERFACE,
            ),
            Statement::Test { title, .. } => (&title.value, "test", title.span, SymbolKind::METHOD),
            Statement::Invariant { title, .. } => {
                (&title.value, "invariant", title.span, SymbolKind::METHOD)
            }
            Statement::Include(path) => (&path.value, "include", path.span, SymbolKind::FILE),
            Statement::Policy(_)
            | Statement::Network(_)
            | Statement::SafePorts(_)
            | Statement::Edge(_) => return None,
        };
        // An editor takes an empty name for an error.
        let name = if name.trim().is_empty() { detail } else { name };
        #[expect(deprecated, reason = "the field has no default, and is left out")]
        Some(DocumentSymbol {
            name: name.to_owned(),
            detail: Some(detail.to_owned()),
            kind,
            tags: None,
            deprecated: None,
            range: text.range_of(item.span),
            selection_range: text.range_of(place),
            children: None,
        })
    });
    symbols.collect()
}
