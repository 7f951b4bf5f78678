//! What a diagnostic code means: the sections of `CHECKS.md`, which is the one text about them.

use crate::diagnostic::{Code, Severity};

const CHECKS: &str = include_str!("../CHECKS.md");

/// How a section says that its finding stops nothing.
const IS_WARNING: &str = "This is a warning.";

impl Code {
    /// The section about it, in Markdown and without its heading: what it means, why it matters, a
    /// policy that has it, and one that has not.
    pub fn explanation(self) -> &'static str {
        CHECKS
            .split("\n## ")
            .find_map(|section| section.strip_prefix(self.name())?.strip_prefix('\n'))
            .map_or("", str::trim)
    }

    /// What it means, on one line.
    pub fn summary(self) -> String {
        let paragraph = self.explanation().split("\n\n").next().unwrap_or("");
        paragraph.replace(IS_WARNING, "").trim().replace('\n', " ")
    }

    /// What a finding of this code usually is.
    pub fn usual_severity(self) -> Severity {
        match self.explanation().contains(IS_WARNING) {
            true => Severity::Warning,
            false => Severity::Error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_an_explanation_and_a_summary_of_one_line() {
        for code in Code::ALL {
            let text = code.explanation();
            assert!(text.split("\n\n").count() >= 2, "{code}: {text}");
            assert!(!text.contains("\n## "), "{code}: {text}");
            let summary = code.summary();
            assert!(
                summary.ends_with('.') && !summary.contains('\n'),
                "{code}: {summary}"
            );
        }
    }

    #[test]
    fn a_section_says_whether_its_finding_is_a_warning() {
        assert_eq!(Code::Expired.usual_severity(), Severity::Warning);
        assert_eq!(Code::Floor.usual_severity(), Severity::Error);
    }
}
