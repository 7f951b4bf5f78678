//! The command in the README is the one that CI runs.

use super::Problem;
use super::tree::Tree;

const COMMAND: &str = "cargo xtask ci";

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    let script = tree.text(".ci/run");
    if !script.lines().any(|line| line.trim() == COMMAND) {
        problems.push(Problem::file(
            ".ci/run",
            format!("does not run `{COMMAND}`"),
        ));
    }
    for path in ["README.md", "CONTRIBUTING.md"] {
        let commands: Vec<(usize, &str)> = fenced(tree.text(path)).collect();
        if !commands.iter().any(|(_, line)| *line == COMMAND) {
            let message = format!("no code block names the one command, `{COMMAND}`");
            problems.push(Problem::file(path, message));
        }
        // Whoever runs less than everything is told a second truth.
        let others = commands
            .iter()
            .filter(|(_, line)| path == "README.md" && line.starts_with("cargo test"));
        problems.extend(others.map(|(number, line)| {
            Problem::line(path, *number, format!("`{line}`: CI runs `{COMMAND}`"))
        }));
    }
    for (path, text) in tree.ending(".yml") {
        if path.starts_with(".github/") && !text.contains(".ci/run") {
            problems.push(Problem::file(path, "does not call .ci/run"));
        }
    }
    problems
}

/// The lines inside of code blocks, with their numbers.
fn fenced(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = false;
    text.lines().zip(1..).filter_map(move |(line, number)| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        (inside && !fence).then(|| (number, line.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(script: &str, readme: &str) -> usize {
        check(&Tree::of(&[
            (".ci/run", script),
            ("README.md", readme),
            ("CONTRIBUTING.md", "```\ncargo xtask ci\n```\n"),
            (".github/workflows/ci.yml", "run: .ci/run\n"),
        ]))
        .len()
    }

    #[test]
    fn readme_and_ci_run_the_same_command() {
        let readme = "Text.\n\n```sh\ncargo xtask ci\n```\n";
        assert_eq!(problems("set -e\ncargo xtask ci\n", readme), 0);
        assert_eq!(problems("cargo test\n", readme), 1);
        assert_eq!(problems("cargo xtask ci\n", "cargo xtask ci\n"), 1);
        let two = format!("{readme}```\ncargo test -p policy-core\n```\n");
        assert_eq!(problems("cargo xtask ci\n", &two), 1);
    }

    #[test]
    fn a_workflow_of_its_own_mind_is_found() {
        let tree = Tree::of(&[(".github/workflows/ci.yml", "run: cargo test\n")]);
        let found = check(&tree);
        assert!(found.iter().any(|p| p.path == ".github/workflows/ci.yml"));
    }
}
