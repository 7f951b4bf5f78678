//! Fuzz targets agree in their folder, their manifest, their table and their oracles.

use std::collections::BTreeSet;

use super::Problem;
use super::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let files: BTreeSet<&str> = tree
        .ending(".rs")
        .filter_map(|(path, _)| path.strip_prefix("fuzz/fuzz_targets/")?.strip_suffix(".rs"))
        .collect();
    let manifest: BTreeSet<&str> = tree
        .text("fuzz/Cargo.toml")
        .lines()
        .filter_map(|line| {
            line.strip_prefix("path = \"fuzz_targets/")?
                .strip_suffix(".rs\"")
        })
        .collect();
    let table: BTreeSet<&str> = tree
        .text("fuzz/README.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    // `ALL` in the library is what the replay test runs.
    let oracles: BTreeSet<&str> = tree
        .text("fuzz/src/lib.rs")
        .lines()
        .filter_map(|line| line.trim().strip_prefix("(\"")?.split('"').next())
        .collect();
    let mut problems = Vec::new();
    for (path, found) in [
        ("fuzz/Cargo.toml", manifest),
        ("fuzz/README.md", table),
        ("fuzz/src/lib.rs", oracles),
    ] {
        for name in files.symmetric_difference(&found) {
            let message = format!("`{name}` is either here or in fuzz/fuzz_targets/, not in both");
            problems.push(Problem::file(path, message));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(manifest: &str, table: &str, oracles: &str) -> usize {
        check(&Tree::of(&[
            ("fuzz/fuzz_targets/parse.rs", ""),
            ("fuzz/Cargo.toml", manifest),
            ("fuzz/README.md", table),
            ("fuzz/src/lib.rs", oracles),
        ]))
        .len()
    }

    #[test]
    fn the_four_lists_of_targets_agree() {
        let manifest = "path = \"fuzz_targets/parse.rs\"\n";
        let (table, oracles) = ("| `parse` | never panics |\n", "    (\"parse\", parse),\n");
        assert_eq!(problems(manifest, table, oracles), 0);
        assert_eq!(problems("", table, oracles), 1);
        assert_eq!(problems(manifest, "", oracles), 1);
        assert_eq!(problems(manifest, table, ""), 1);
        assert_eq!(problems(manifest, "| `parse` |\n| `gone` |\n", oracles), 1);
    }
}
