//! Every Rust file opens by saying what it is for.

use super::Problem;
use super::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    tree.ending(".rs")
        .filter(|(_, text)| !opens_with_a_sentence(text))
        .map(|(path, _)| Problem::file(path, "the first line is no `//!` sentence"))
        .collect()
}

fn opens_with_a_sentence(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first
        .strip_prefix("//!")
        .is_some_and(|rest| !rest.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_head_is_found() {
        let tree = Tree::of(&[
            ("a.rs", "//! What it is for.\nfn a() {}\n"),
            ("b.rs", "use std::fmt;\n//! Too late.\n"),
            ("c.rs", "//!\n"),
            ("d.md", "no Rust\n"),
        ]);
        let paths: Vec<_> = check(&tree).into_iter().map(|p| p.path).collect();
        assert_eq!(paths, ["b.rs", "c.rs"]);
    }
}
