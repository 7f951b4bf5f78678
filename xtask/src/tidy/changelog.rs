//! The version that cargo knows has an entry in the changelog.

use super::Problem;
use super::manifest::section;
use super::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let version = section(tree.text("Cargo.toml"), "workspace.package")
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    let Some(version) = version else {
        return vec![Problem::file(
            "Cargo.toml",
            "`[workspace.package]` has no version",
        )];
    };
    let text = tree.text("CHANGELOG.md");
    let headings: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("## ")).collect();
    let names_it = |heading: &&str| heading.split(' ').any(|word| word == version);
    let mut problems = Vec::new();
    if !headings.iter().any(names_it) {
        let message = format!("no heading `## …` names version {version}");
        problems.push(Problem::file("CHANGELOG.md", message));
    }
    let first = headings.first().copied().unwrap_or_default();
    if !first.starts_with("Unreleased") && !names_it(&first) {
        let message = format!("the newest heading is `{first}`, the version {version}");
        problems.push(Problem::file("CHANGELOG.md", message));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(changelog: &str) -> usize {
        let manifest = "[workspace.package]\nversion = \"0.2.0\"\n";
        check(&Tree::of(&[
            ("Cargo.toml", manifest),
            ("CHANGELOG.md", changelog),
        ]))
        .len()
    }

    #[test]
    fn a_version_without_an_entry_is_found() {
        assert_eq!(problems("# Changes\n\n## Unreleased 0.2.0\n"), 0);
        assert_eq!(problems("## Unreleased\n## 0.2.0 - 2027-01-01\n"), 0);
        assert_eq!(problems("## Unreleased\n## 0.1.0\n"), 1);
        assert_eq!(problems("## 0.3.0\n## 0.2.0\n"), 1);
        assert_eq!(problems(""), 2);
    }

    #[test]
    fn a_manifest_without_a_version_is_found() {
        assert_eq!(check(&Tree::of(&[("Cargo.toml", "")])).len(), 1);
    }
}
