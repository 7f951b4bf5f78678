//! Snapshots are accepted or thrown away, and each stands beside the policy it was made from.

use super::Problem;
use super::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let waiting = tree
        .paths()
        .filter(|path| path.ends_with(".snap.new") || path.ends_with(".pending-snap"));
    let waiting = waiting.map(|path| {
        Problem::file(
            path,
            "read it, then accept it with `cargo insta review` or remove it",
        )
    });
    let stray = tree
        .ending(".snap")
        .filter(|(path, _)| path.starts_with("fixtures/") && !has_a_policy_beside(tree, path))
        .map(|(path, _)| Problem::file(path, "no `.reeve` file stands beside this snapshot"));
    waiting.chain(stray).collect()
}

fn has_a_policy_beside(tree: &Tree, path: &str) -> bool {
    let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    tree.ending(".reeve")
        .any(|(policy, _)| folder(policy) == folder(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiting_and_a_stray_snapshot_are_found() {
        let tree = Tree::of(&[
            ("fixtures/ok/a/policy.reeve", ""),
            ("fixtures/ok/a/squid.conf.snap", ""),
            ("fixtures/ok/a/squid.conf.snap.new", ""),
            ("fixtures/ok/gone/squid.conf.snap", ""),
            ("core/src/.host.rs.pending-snap", ""),
        ]);
        let paths: Vec<_> = check(&tree).into_iter().map(|p| p.path).collect();
        assert_eq!(
            paths,
            [
                "core/src/.host.rs.pending-snap",
                "fixtures/ok/a/squid.conf.snap.new",
                "fixtures/ok/gone/squid.conf.snap",
            ]
        );
    }
}
