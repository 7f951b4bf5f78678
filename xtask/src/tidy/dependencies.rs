//! Who depends on what, written down twice: here for each crate, in CONTRIBUTING.md the reason.
//!
//! A new dependency is a decision, not an edit of one line. Versions live in the root manifest
//! alone.

use std::collections::BTreeSet;

use super::Problem;
use super::manifest::{crates, dependencies};
use super::tree::Tree;

/// The direct dependencies of one crate.
struct Allowed {
    folder: &'static str,
    normal: &'static [&'static str],
    dev: &'static [&'static str],
}

/// The written list. `policy-core` keeps the shortest one it can.
const LIST: &[Allowed] = &[
    Allowed {
        folder: "language-server",
        normal: &[
            "lsp-server",
            "lsp-types",
            "policy-core",
            "serde",
            "serde_json",
        ],
        dev: &["criterion", "policy-core"],
    },
    Allowed {
        folder: "nanoclaw",
        normal: &[
            "jiff",
            "policy-core",
            "rusqlite",
            "serde_json",
            "tempfile",
            "thiserror",
        ],
        dev: &["policy-render"],
    },
    Allowed {
        folder: "policy-core",
        normal: &[
            "idna",
            "ipnet",
            "jiff",
            "nom",
            "proptest",
            "psl",
            "serde",
            "sha2",
            "strsim",
            "thiserror",
            "unicode-security",
        ],
        dev: &["criterion", "insta", "policy-core", "proptest"],
    },
    Allowed {
        folder: "policy-edit",
        normal: &["ipnet", "jiff", "policy-core", "thiserror"],
        dev: &["policy-core", "proptest"],
    },
    Allowed {
        folder: "policy-render",
        normal: &[
            "askama",
            "ipnet",
            "policy-core",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
        ],
        dev: &["criterion", "insta", "policy-core", "proptest", "regex"],
    },
    Allowed {
        folder: "runner",
        normal: &[
            "annotate-snippets",
            "anstream",
            "clap",
            "clap_complete",
            "clap_mangen",
            "glob",
            "indicatif",
            "ipnet",
            "jiff",
            "language-server",
            "nanoclaw",
            "notify",
            "policy-core",
            "policy-edit",
            "policy-render",
            "rustix",
            "serde",
            "serde_json",
            "sha2",
            "signal-hook",
            "similar",
            "tempfile",
            "thiserror",
        ],
        dev: &[
            "insta",
            "policy-core",
            "proptest",
            "rusqlite",
            "saphyr-parser",
        ],
    },
    Allowed {
        folder: "xtask",
        normal: &[],
        dev: &[],
    },
    Allowed {
        folder: "fuzz",
        normal: &["libfuzzer-sys", "policy-core"],
        dev: &[],
    },
];

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = compare(tree, LIST);
    problems.extend(reasons(tree));
    problems.extend(versions(tree));
    problems
}

/// Each crate against the list.
fn compare(tree: &Tree, list: &[Allowed]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for folder in crates(tree) {
        let path = format!("{folder}/Cargo.toml");
        let text = tree.text(&path);
        let Some(allowed) = list.iter().find(|allowed| allowed.folder == folder) else {
            let message = "not in the list of xtask/src/tidy/dependencies.rs";
            problems.push(Problem::file(&path, message));
            continue;
        };
        let kinds = [
            ("dependencies", allowed.normal),
            ("dev-dependencies", allowed.dev),
            ("build-dependencies", &[]),
        ];
        for (kind, wanted) in kinds {
            let wanted: BTreeSet<&str> = wanted.iter().copied().collect();
            let found = dependencies(text, kind);
            for name in found.difference(&wanted) {
                let message = format!(
                    "`{name}` is new in [{kind}]: decide, then add it to \
                     xtask/src/tidy/dependencies.rs and its reason to CONTRIBUTING.md"
                );
                problems.push(Problem::file(&path, message));
            }
            for name in wanted.difference(&found) {
                let message = format!("`{name}` is listed for [{kind}] but not used: unlist it");
                problems.push(Problem::file(&path, message));
            }
        }
    }
    problems
}

/// Each dependency against the table of reasons, both ways.
fn reasons(tree: &Tree) -> Vec<Problem> {
    let ours: BTreeSet<&str> = crates(tree).into_iter().collect();
    let used: BTreeSet<&str> = dependencies(tree.text("Cargo.toml"), "workspace.dependencies")
        .into_iter()
        .chain(dependencies(tree.text("fuzz/Cargo.toml"), "dependencies"))
        .filter(|name| !ours.contains(name))
        .collect();
    let table = table(tree.text("CONTRIBUTING.md"));
    let problem = |message: String| Problem::file("CONTRIBUTING.md", message);
    let missing = used.difference(&table).map(|name| {
        problem(format!(
            "the dependency `{name}` has no reason in the table"
        ))
    });
    let stale = table.difference(&used).map(|name| {
        problem(format!(
            "the table names `{name}`, on which nothing depends"
        ))
    });
    missing.chain(stale).collect()
}

/// The first column of the table under `## Dependencies`.
fn table(text: &str) -> BTreeSet<&str> {
    text.lines()
        .skip_while(|line| *line != "## Dependencies")
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| {
            let (name, rest) = line.strip_prefix("| `")?.split_once('`')?;
            // A row without a reason is no row.
            rest.split('|')
                .any(|cell| !cell.trim().is_empty())
                .then_some(name)
        })
        .collect()
}

/// No member names a version of its own; a crate may name itself, to get at its own features.
fn versions(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for folder in crates(tree).into_iter().filter(|folder| *folder != "fuzz") {
        let path = format!("{folder}/Cargo.toml");
        let text = tree.text(&path);
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let own = super::manifest::section(text, kind)
                .filter(|line| line.contains(" = \"") || line.contains("version = "))
                .filter(|line| !line.contains("path = \".\""));
            problems.extend(own.map(|line| {
                let message = format!("`{line}`: versions belong into the root Cargo.toml");
                Problem::file(&path, message)
            }));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE_UP: &[Allowed] = &[Allowed {
        folder: "a",
        normal: &["nom", "serde"],
        dev: &[],
    }];

    fn messages(problems: Vec<Problem>) -> String {
        let lines: Vec<_> = problems.iter().map(Problem::to_string).collect();
        lines.join("\n")
    }

    #[test]
    fn a_new_and_a_dropped_dependency_are_found() {
        let tree = Tree::of(&[
            ("Cargo.toml", "members = [\"a\", \"b\"]\n"),
            (
                "a/Cargo.toml",
                "[dependencies]\nnom.workspace = true\ntokio.workspace = true\n\
                 [build-dependencies]\ncc.workspace = true\n",
            ),
            ("b/Cargo.toml", ""),
        ]);
        let said = messages(compare(&tree, MADE_UP));
        assert!(said.contains("`tokio` is new in [dependencies]"), "{said}");
        assert!(
            said.contains("`cc` is new in [build-dependencies]"),
            "{said}"
        );
        assert!(said.contains("`serde` is listed"), "{said}");
        assert!(said.contains("b/Cargo.toml: not in the list"), "{said}");
        assert_eq!(said.lines().count(), 4);
    }

    #[test]
    fn each_dependency_has_its_reason_and_each_reason_its_dependency() {
        let tree = Tree::of(&[
            (
                "Cargo.toml",
                "members = [\"a\"]\n[workspace.dependencies]\na = { path = \"a\" }\n\
                 nom = \"8\"\nserde = \"1\"\n",
            ),
            ("a/Cargo.toml", ""),
            (
                "CONTRIBUTING.md",
                "| `other` | table |\n## Dependencies\n| `nom` | the parser |\n\
                 | `serde` |  |\n| `tokio` | fashion |\n## More\n",
            ),
        ]);
        let said = messages(reasons(&tree));
        assert!(said.contains("`serde` has no reason"), "{said}");
        assert!(said.contains("names `tokio`"), "{said}");
        assert_eq!(said.lines().count(), 2, "{said}");
    }

    #[test]
    fn a_version_in_a_member_is_found() {
        let tree = Tree::of(&[
            ("Cargo.toml", "members = [\"a\"]\n"),
            (
                "a/Cargo.toml",
                "[dependencies]\nnom = \"8\"\nserde = { version = \"1\" }\nidna.workspace = true\n\
                 a = { path = \".\", features = [\"testing\"] }\n",
            ),
        ]);
        assert_eq!(versions(&tree).len(), 2);
    }
}
