//! Files stay short: 500 lines of code, 700 of tests.

use super::Problem;
use super::tree::Tree;

const CODE: usize = 500;
const TESTS: usize = 700;

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    tree.ending(".rs")
        .filter_map(|(path, text)| {
            let (lines, ceiling) = match is_test(path) {
                true => (text.lines().count(), TESTS),
                false => (code_lines(text), CODE),
            };
            let message = format!("{lines} lines, the ceiling is {ceiling}: split it by noun");
            (lines > ceiling).then(|| Problem::file(path, message))
        })
        .collect()
}

fn is_test(path: &str) -> bool {
    path.split('/')
        .any(|part| matches!(part, "tests" | "benches" | "tests.rs"))
}

/// The lines before the `#[cfg(test)] mod tests` at the end of the file.
fn code_lines(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let opens = |line: &&str| line.starts_with("mod tests");
    let Some(module) = lines.iter().rposition(opens) else {
        return lines.len();
    };
    // Attributes may stand between `#[cfg(test)]` and the module.
    let gate = lines
        .iter()
        .take(module)
        .rposition(|line| *line == "#[cfg(test)]");
    gate.unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_beyond_the_ceiling_is_found_and_tests_at_the_end_are_not_counted() {
        let long = "fn a() {}\n".repeat(501);
        let tested = format!(
            "{}#[cfg(test)]\n#[rustfmt::skip]\nmod tests {{\n{long}}}\n",
            "fn a() {}\n".repeat(500)
        );
        let tree = Tree::of(&[
            ("src/long.rs", &long),
            ("src/tested.rs", &tested),
            ("tests/it/long.rs", &long),
        ]);
        let problems = check(&tree);
        assert_eq!(
            problems,
            [Problem::file(
                "src/long.rs",
                "501 lines, the ceiling is 500: split it by noun"
            )]
        );
    }

    #[test]
    fn tests_have_a_ceiling_too() {
        let tree = Tree::of(&[("tests/it/long.rs", &"\n".repeat(701))]);
        assert_eq!(check(&tree).len(), 1);
    }

    #[test]
    fn a_gated_item_in_the_middle_does_not_end_the_code() {
        let text = "#[cfg(test)]\nfn only_for_tests() {}\nfn a() {}\n";
        assert_eq!(code_lines(text), 3);
    }
}
