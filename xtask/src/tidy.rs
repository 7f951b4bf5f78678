//! `cargo xtask tidy`: what must hold for the repository itself.
//!
//! Each rule is one file and one function from the [`Tree`] to problems. The tree is read once;
//! a test of a rule makes up a tree of its own.

mod addresses;
mod architecture;
mod changelog;
mod ci_command;
mod core_is_pure;
mod dependencies;
mod fuzz_targets;
mod guards;
mod heads;
mod leftovers;
mod length;
mod lint_wall;
mod manifest;
mod module_files;
mod paths;
mod snapshots;
mod tree;

use std::fmt;
use std::path::Path;

use tree::Tree;

/// One thing to put right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    path: String,
    line: usize,
    message: String,
}

impl Problem {
    /// A problem of a whole file.
    fn file(path: &str, message: impl Into<String>) -> Self {
        Self::line(path, 0, message)
    }

    /// A problem of one line, counted from 1.
    fn line(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}

type Rule = fn(&Tree) -> Vec<Problem>;

/// Every rule with its name.
const RULES: &[(&str, Rule)] = &[
    ("heads", heads::check),
    ("length", length::check),
    ("leftovers", leftovers::check),
    ("module files", module_files::check),
    ("lint wall", lint_wall::check),
    ("dependencies", dependencies::check),
    ("core is pure", core_is_pure::check),
    ("snapshots", snapshots::check),
    ("changelog", changelog::check),
    ("architecture", architecture::check),
    ("guards", guards::check),
    ("ci command", ci_command::check),
    ("fuzz targets", fuzz_targets::check),
    ("paths", paths::check),
    ("addresses", addresses::check),
];

/// Reads the repository, applies every rule, prints every problem.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let tree = Tree::read(root)?;
    let mut count = 0usize;
    for (name, rule) in RULES {
        let mut problems = rule(&tree);
        problems.sort();
        for problem in &problems {
            println!("{problem} [{name}]");
        }
        count = count.saturating_add(problems.len());
    }
    println!(
        "tidy: {} rules, {} files",
        RULES.len(),
        tree.paths().count()
    );
    match count {
        0 => Ok(()),
        _ => Err(format!(
            "tidy found {count} problems; to run it again:\n\n    cargo xtask tidy\n"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_file_is_in_the_list() {
        let tree = Tree::read(&crate::root()).unwrap();
        let rules = tree
            .paths()
            .filter(|path| path.starts_with("xtask/src/tidy/"))
            .filter(|path| tree.text(path).contains("pub(super) fn check("))
            .count();
        assert_eq!(rules, RULES.len());
    }
}
