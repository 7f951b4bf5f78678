//! Reads the few things we need of a `Cargo.toml`: not TOML in general, but the way ours are
//! written. What it cannot read it does not see, and then the lists it is compared with differ.

use std::collections::BTreeSet;

use super::tree::Tree;

/// The folders in `members = [...]` of the root, and `fuzz` when it is there.
pub(super) fn crates(tree: &Tree) -> Vec<&str> {
    let root = tree.text("Cargo.toml");
    let list = root
        .split_once("members = [")
        .and_then(|(_, rest)| rest.split_once(']'))
        .map_or("", |(list, _)| list);
    // Every second piece stands between two quotes.
    let members = list.split('"').skip(1).step_by(2);
    let fuzz = tree.get("fuzz/Cargo.toml").map(|_| "fuzz");
    members.chain(fuzz).collect()
}

/// The lines of a section `[name]`, without empty ones and comments.
pub(super) fn section<'a>(text: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let head = format!("[{name}]");
    text.lines()
        .skip_while(move |line| line.trim() != head)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
}

/// The names in a section of dependencies, written as lines or as sections of their own.
pub(super) fn dependencies<'a>(text: &'a str, kind: &str) -> BTreeSet<&'a str> {
    let lines = section(text, kind)
        // A line that goes on, such as the second of a long list of features, is indented.
        .filter(|line| !line.starts_with([' ', ']', '}']))
        .filter_map(|line| line.split(['.', '=', ' ']).next());
    let start = format!("[{kind}.");
    let sections = text
        .lines()
        .filter_map(|line| line.strip_prefix(start.as_str())?.strip_suffix(']'));
    lines
        .chain(sections)
        .map(|name| name.trim_matches('"'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_read_in_every_form_we_write() {
        let text = "[package]\nname = \"a\"\n\n[dependencies]\n# why\nnom.workspace = true\n\
            serde = { workspace = true, features = [\n  \"derive\",\n] }\nidna = \"1\"\n\n\
            [dependencies.jiff]\nworkspace = true\n\n[dev-dependencies]\ninsta = \"1\"\n";
        let names = |kind| dependencies(text, kind).into_iter().collect::<Vec<_>>();
        assert_eq!(names("dependencies"), ["idna", "jiff", "nom", "serde"]);
        assert_eq!(names("dev-dependencies"), ["insta"]);
        assert!(names("build-dependencies").is_empty());
    }

    #[test]
    fn crates_are_the_members_and_fuzz() {
        let tree = Tree::of(&[
            ("Cargo.toml", "[workspace]\nmembers = [\"a\",\n  \"b\"]\n"),
            ("fuzz/Cargo.toml", ""),
        ]);
        assert_eq!(crates(&tree), ["a", "b", "fuzz"]);
    }
}
