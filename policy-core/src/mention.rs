//! Where a file names agents, sets and providers: what an editor needs to go from one place to
//! the others, and to rename what all of them mean.
//!
//! The name after `as` in an edge is the sender's own word and names nothing else, so it is no
//! mention.

use crate::ast::{AgentItem, File, Grant, NamedSet, Statement, Target};
use crate::lower::NO_PROVIDER;
use crate::name::Name;
use crate::span::{Located, Span};

/// What a name is the name of. Each kind has names of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An agent.
    Agent,
    /// A set of hosts.
    Set,
    /// A model provider.
    Provider,
}

impl Kind {
    /// How messages call it.
    pub fn called(self) -> &'static str {
        match self {
            Kind::Agent => "agent",
            Kind::Set => "set",
            Kind::Provider => "provider",
        }
    }
}

/// A name in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention<'a> {
    /// What it is the name of.
    pub kind: Kind,
    /// The name as written here.
    pub name: &'a Name,
    /// Its bytes, without the `@` of a set.
    pub span: Span,
    /// Whether it stands in the head of the block that gives it its meaning.
    pub declares: bool,
}

/// All of them, in the order of the text.
pub fn mentions(tree: &File) -> Vec<Mention<'_>> {
    let mut found = Vec::new();
    for item in &tree.statements {
        match &item.node {
            Statement::Provider(set) => found.push(head(Kind::Provider, set)),
            Statement::Hosts(set) => found.push(head(Kind::Set, set)),
            Statement::Agent { name, block } => {
                found.push(mention(Kind::Agent, name, true));
                for item in &block.items {
                    in_agent(&item.node, &mut found);
                }
            }
            Statement::Edge(edge) => {
                found.push(mention(Kind::Agent, &edge.from, false));
                found.push(mention(Kind::Agent, &edge.to, false));
            }
            Statement::Test { block, .. } => {
                let agents = block.items.iter().map(|item| &item.node.agent);
                found.extend(agents.map(|name| mention(Kind::Agent, name, false)));
            }
            Statement::Invariant { block, .. } => {
                let agents = block.items.iter().flat_map(|item| &item.node.only);
                found.extend(agents.map(|name| mention(Kind::Agent, name, false)));
            }
            Statement::Policy(_)
            | Statement::Gateway { .. }
            | Statement::Network(_)
            | Statement::SafePorts(_)
            | Statement::Include(_) => {}
        }
    }
    found
}

fn in_agent<'a>(item: &'a AgentItem, found: &mut Vec<Mention<'a>>) {
    match item {
        AgentItem::Provider(name) if name.value.folded() != NO_PROVIDER => {
            found.push(mention(Kind::Provider, name, false));
        }
        AgentItem::Allow(grant) | AgentItem::Deny(grant) => found.extend(sets(grant)),
        _ => {}
    }
}

fn sets(grant: &Grant) -> impl Iterator<Item = Mention<'_>> {
    grant
        .targets
        .iter()
        .filter_map(|target| match &target.value {
            Target::Set(name) => Some(Mention {
                kind: Kind::Set,
                name,
                // Behind the `@`.
                span: Span {
                    start: target.span.start + 1,
                    ..target.span
                },
                declares: false,
            }),
            Target::Host { .. } => None,
        })
}

fn head(kind: Kind, set: &NamedSet) -> Mention<'_> {
    mention(kind, &set.name, true)
}

fn mention(kind: Kind, name: &Located<Name>, declares: bool) -> Mention<'_> {
    Mention {
        kind,
        name: &name.value,
        span: name.span,
        declares,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;
    use crate::span::FileId;

    #[test]
    fn every_name_is_found_where_it_stands_and_nothing_else_is() {
        let text = "policy 1\ngateway g { address h.example:1 }\nprovider p { p.example }\n\
            hosts s { s.example }\nagent a {\n  provider p\n  allow @s x.example\n  deny @S\n}\n\
            agent b { provider none }\nedge a <-> b as c\ntest \"a\" { a can b.example:1 }\n\
            invariant \"b\" {\n  only a, b reaches a.example\n}\n";
        let (tree, report) = parse(FileId(0), text);
        assert!(!report.has_errors());
        let mut end = 0;
        let mut shown = String::new();
        for found in mentions(&tree) {
            assert_eq!(text.get(found.span.range()), Some(found.name.as_str()));
            assert!(found.span.start >= end, "in the order of the text");
            end = found.span.end;
            let how = if found.declares { "!" } else { "" };
            shown += &format!("{}:{}{how} ", found.kind.called(), found.name);
        }
        let wanted = "provider:p! set:s! agent:a! provider:p set:s set:S agent:b! agent:a agent:b \
            agent:a agent:a agent:b ";
        assert_eq!(shown, wanted);
    }
}
