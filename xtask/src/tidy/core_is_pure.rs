//! `policy-core` is built from crates that do no I/O.
//!
//! Its `clippy.toml` keeps its own code from the file system; this keeps out what would bring
//! the file system in through a dependency. The default features alone count: proptest, behind
//! the feature `testing`, may do as it likes.

use super::Problem;
use super::tree::Tree;

/// Crates that exist to reach the operating system, a network or a clock.
const FORBIDDEN: &[&str] = &[
    "async-std",
    "chrono",
    "crossbeam-channel",
    "fs4",
    "getrandom",
    "hyper",
    "libc",
    "linux-raw-sys",
    "mio",
    "nix",
    "rand",
    "rayon",
    "reqwest",
    "rusqlite",
    "rustix",
    "rustls",
    "socket2",
    "tempfile",
    "tokio",
    "ureq",
    "walkdir",
    "windows-sys",
];

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let path = "policy-core/Cargo.toml";
    if tree.core_crates.is_empty() {
        return vec![Problem::file(
            path,
            "`cargo tree` lists nothing, not even the crate",
        )];
    }
    tree.core_crates
        .iter()
        .filter(|name| FORBIDDEN.contains(&name.as_str()))
        .map(|name| Problem::file(path, format!("is built from `{name}`, which does I/O")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_io_crate_below_the_core_is_found() {
        let with = |names: &[&str]| {
            let mut tree = Tree::default();
            tree.core_crates = names.iter().map(|name| (*name).to_owned()).collect();
            tree
        };
        assert!(check(&with(&["nom", "policy-core"])).is_empty());
        assert_eq!(check(&with(&["mio", "nom", "policy-core"])).len(), 1);
        assert_eq!(check(&with(&[])).len(), 1);
    }
}
