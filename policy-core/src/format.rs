//! The canonical form of a text: what `fmt` makes of a file.
//!
//! A text with mistakes has none, since a part of it is in no tree. Of any other text the form
//! reads as the same statements with the same comments in the same order; only the empty lines
//! between blocks may differ, so formatting can never change what is enforced.

use crate::ast::File;
use crate::diagnostic::Report;
use crate::parse::parse;
use crate::print::parted;
use crate::span::FileId;

/// The canonical form of `text`, or the mistakes that it cannot be had for.
pub fn format(file: FileId, text: &str) -> Result<String, Report> {
    let (tree, report) = parse(file, text);
    if report.has_errors() {
        return Err(report);
    }
    Ok(format_tree(&tree))
}

/// The canonical form of a text that was parsed without a mistake.
pub fn format_tree(tree: &File) -> String {
    parted(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(text: &str) -> String {
        format(FileId(0), &format!("policy 1\n{text}")).unwrap()
    }

    #[test]
    fn tall_blocks_are_parted_by_one_empty_line_and_others_are_left_alone() {
        let tall = "agent a {\n  cdp\n}\n";
        assert_eq!(
            formatted(&format!("{tall}{tall}")),
            format!("policy 1\n{tall}\n{tall}")
        );
        assert_eq!(
            formatted(&format!("{tall}# b\n{tall}")),
            format!("policy 1\n{tall}\n# b\n{tall}")
        );
        for kept in [
            format!("{tall}# b\n\n{tall}"),
            format!("{tall}agent b {{}}\nsafe-ports 80\n{tall}"),
            format!("\n{tall}\n{tall}"),
        ] {
            assert_eq!(formatted(&kept), format!("policy 1\n{kept}"));
        }
        assert_eq!(
            formatted(&format!("\n\n\n{tall}")),
            format!("policy 1\n\n{tall}")
        );
    }

    #[test]
    fn a_text_with_mistakes_has_no_form_and_warnings_do_not_matter() {
        let report = format(FileId(0), "policy 1\nagent a { alow b.com }\n").unwrap_err();
        assert_eq!(report.diagnostics().len(), 1);
        assert_eq!(
            formatted("agent a { lan 8.8.8.8 }"),
            "policy 1\nagent a { lan 8.8.8.8 }\n"
        );
    }
}
