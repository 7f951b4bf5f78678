//! ARCHITECTURE.md stays short enough to be read, and names every crate.

use super::Problem;
use super::manifest::crates;
use super::tree::Tree;

const CEILING: usize = 150;

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let path = "ARCHITECTURE.md";
    let text = tree.text(path);
    let lines = text.lines().count();
    let mut problems = Vec::new();
    if lines == 0 {
        problems.push(Problem::file(path, "is missing or empty"));
    }
    if lines > CEILING {
        let message = format!("{lines} lines, the ceiling is {CEILING}: say less");
        problems.push(Problem::file(path, message));
    }
    for folder in crates(tree) {
        if !text.contains(&format!("`{folder}`")) && !text.contains(&format!("`{folder}/`")) {
            problems.push(Problem::file(
                path,
                format!("does not say what `{folder}` is for"),
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_map_and_a_missing_crate_are_found() {
        let tree = |text: &str| {
            Tree::of(&[
                ("Cargo.toml", "members = [\"core\"]\n"),
                ("ARCHITECTURE.md", text),
            ])
        };
        assert_eq!(check(&tree("`core` decides.\n")).len(), 0);
        assert_eq!(check(&tree(&"`core`\n".repeat(151))).len(), 1);
        assert_eq!(check(&tree("The core decides.\n")).len(), 1);
        assert_eq!(check(&tree("")).len(), 2);
    }
}
