//! No file holds an address of two documentation networks, which build machines of ours use.
//!
//! Tests take addresses out of 198.18.0.0/15 and 198.51.100.0/24 instead.

use super::Problem;
use super::tree::Tree;

/// The networks, as the text their addresses begin with. Split, so that this file holds none.
const NETWORKS: &[(&str, &str)] = &[("192.0", ".2."), ("203.0", ".113.")];

/// Files that name the networks in order to forbid them.
const RULES: &[&str] = &["CONTRIBUTING.md", "fixtures/README.md"];

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for path in tree.paths().filter(|path| !RULES.contains(path)) {
        for (line, number) in tree.text(path).lines().zip(1..) {
            for (start, end) in NETWORKS {
                let network = format!("{start}{end}");
                if holds(line, &network) {
                    let message = format!("an address in {network}0/24: take 198.51.100.0/24");
                    problems.push(Problem::line(path, number, message));
                }
            }
        }
    }
    problems
}

/// Whether an address that begins with `network` stands in the line.
fn holds(line: &str, network: &str) -> bool {
    let mut rest = line;
    let mut before = None;
    while let Some((left, right)) = rest.split_once(network) {
        let last = left.chars().next_back().or(before);
        let apart = !last.is_some_and(|c| c.is_ascii_digit() || c == '.');
        if apart && right.starts_with(|c: char| c.is_ascii_digit()) {
            return true;
        }
        before = network.chars().next_back();
        rest = right;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_build_network_is_found() {
        let bad = format!("lan 198.51.100.7:80\nlan {}{}7:80\n", "192.0", ".2.");
        let good = "lan 192.0.21.7:80\nlan 198.51.100.7:80\nlan 192.0.0.2:80\n".to_owned()
            + &format!("1{}{}7 and 1.{}{}7\n", "203.0", ".113.", "203.0", ".113.");
        let tree = Tree::of(&[
            ("a.reeve", &bad),
            ("b.reeve", &good),
            ("CONTRIBUTING.md", &bad),
        ]);
        let found = check(&tree);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found.first().map(|p| p.line), Some(2));
    }
}
