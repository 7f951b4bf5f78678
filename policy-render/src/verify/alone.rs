//! Every rule as if it stood alone, whatever form the file has.
//!
//! A long section is a tree of `all-of` lists, and a line that leads into it asks for addresses
//! first. The promises are about the rules at its leaves; that the way there keeps nobody out who is
//! meant is for the proof to say.

use std::collections::BTreeMap;

use super::Directive;

/// More levels than a file of ours has.
const DEPTH: usize = 16;

/// The list is part of a tree.
fn is_part(name: &str) -> bool {
    name.starts_with("t_")
}

/// All directives, each rule that leads into a tree replaced by the rules that it leads to. One that
/// leads nowhere stays as it is, which no promise lets pass.
pub(super) fn alone<'a>(directives: &[Directive<'a>]) -> Vec<Directive<'a>> {
    let mut trees: BTreeMap<&str, Vec<&Directive<'a>>> = BTreeMap::new();
    for directive in directives {
        if let ["acl", name, "all-of", ..] = directive.words.as_slice()
            && is_part(name)
        {
            trees.entry(name).or_default().push(directive);
        }
    }
    let mut found = Vec::with_capacity(directives.len());
    for directive in directives {
        let n_head = match directive.name() {
            "http_access" | "never_direct" => 2,
            "cache_peer_access" => 3,
            _ => {
                found.push(directive.clone());
                continue;
            }
        };
        let (head, terms) = directive
            .words
            .split_at_checked(n_head)
            .unwrap_or((&directive.words, &[]));
        open(&trees, directive.line, head, terms, DEPTH, &mut found);
    }
    found
}

fn open<'a>(
    trees: &BTreeMap<&str, Vec<&Directive<'a>>>,
    line: usize,
    head: &[&'a str],
    terms: &[&'a str],
    depth: usize,
    found: &mut Vec<Directive<'a>>,
) {
    let part = terms.iter().position(|term| is_part(term));
    let parts = part.and_then(|at| Some((trees.get(terms.get(at)?)?, terms.get(at + 1..)?)));
    match parts.filter(|_| depth > 0) {
        Some((lines, behind)) => {
            for part in lines {
                let terms = part.words.iter().skip(3).chain(behind);
                let terms: Vec<&str> = terms.copied().collect();
                open(trees, part.line, head, &terms, depth - 1, found);
            }
        }
        None => found.push(Directive {
            line,
            words: [head, terms].concat(),
        }),
    }
}
