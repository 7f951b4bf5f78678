//! A module is `name.rs` with its parts in `name/`; integration tests are one binary per crate.

use super::Problem;
use super::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    tree.ending(".rs")
        .filter_map(|(path, _)| Some(Problem::file(path, verdict(path)?)))
        .collect()
}

fn verdict(path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [.., "mod.rs"] => Some("name it after its folder and put it beside that"),
        // Each file right under tests/ would be linked into a program of its own.
        [krate, "tests", _] if *krate != "fuzz" => Some("move it to tests/it/"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mod_file_and_a_second_test_binary_are_found() {
        let tree = Tree::of(&[
            ("core/src/parse.rs", ""),
            ("core/src/parse/mod.rs", ""),
            ("core/tests/it/main.rs", ""),
            ("core/tests/more.rs", ""),
            ("fuzz/tests/replay.rs", ""),
        ]);
        let paths: Vec<_> = check(&tree).into_iter().map(|p| p.path).collect();
        assert_eq!(paths, ["core/src/parse/mod.rs", "core/tests/more.rs"]);
    }
}
