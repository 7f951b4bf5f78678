//! Every crate stands behind the lints of the workspace, and none is published by accident.

use super::Problem;
use super::manifest::{crates, section};
use super::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    // The fuzz crate is a workspace of its own: libfuzzer's macro needs what the wall forbids.
    for folder in crates(tree).into_iter().filter(|folder| *folder != "fuzz") {
        let path = format!("{folder}/Cargo.toml");
        let text = tree.text(&path);
        if !section(text, "lints").any(|line| line == "workspace = true") {
            problems.push(Problem::file(
                &path,
                "`[lints]` does not say `workspace = true`",
            ));
        }
        if !section(text, "package").any(|line| line.starts_with("publish")) {
            problems.push(Problem::file(
                &path,
                "`publish.workspace = true` is missing",
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_outside_of_the_wall_is_found() {
        let good = "[package]\npublish.workspace = true\n[lints]\nworkspace = true\n";
        let tree = Tree::of(&[
            ("Cargo.toml", "members = [\"good\", \"bad\"]\n"),
            ("good/Cargo.toml", good),
            (
                "bad/Cargo.toml",
                "[package]\n[lints.rust]\nworkspace = true\n",
            ),
        ]);
        let problems = check(&tree);
        assert_eq!(problems.len(), 2);
        assert!(problems.iter().all(|p| p.path == "bad/Cargo.toml"));
    }
}
