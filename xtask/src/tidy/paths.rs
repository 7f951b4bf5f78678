//! No fixture holds a path of somebody's machine.

use super::Problem;
use super::tree::Tree;

const MACHINE: &[&str] = &[
    "/home/",
    "/root/",
    "/tmp/",
    "/Users/",
    "/var/folders/",
    "/private/",
];

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for path in tree.paths().filter(|path| path.starts_with("fixtures/")) {
        for (line, number) in tree.text(path).lines().zip(1..) {
            for machine in MACHINE.iter().filter(|machine| line.contains(**machine)) {
                let message = format!("`{machine}…` exists on one machine only");
                problems.push(Problem::line(path, number, message));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_folder_in_a_snapshot_is_found() {
        let tree = Tree::of(&[
            (
                "fixtures/ok/a/diagnostics.snap",
                "ok\n --> /home/me/policy.reeve\n",
            ),
            ("fixtures/ok/b/diagnostics.snap", " --> policy.reeve\n"),
            ("docs/install.md", "cd /tmp/\n"),
        ]);
        let found = check(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(found.first().map(|p| p.line), Some(2));
    }
}
