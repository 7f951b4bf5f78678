//! The lines of a printed file.
//!
//! Comments behind statements stand in one column while the lines follow each other. A line that
//! is longer than most is left out, so that it does not push the others to the right.

use std::fmt::{self, Write};

/// The longest line that has a say in the column of the comments around it, in characters.
const MAX_ALIGNED: usize = 60;

/// What parts a statement from its comment, at the least.
const GAP: usize = 2;

/// Lines without their line ends.
#[derive(Debug, Default)]
pub(super) struct Page {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    text: String,
    comment: Option<Box<str>>,
}

impl Page {
    /// Adds a line.
    pub(super) fn line(&mut self, indent: &str, text: &str) {
        self.lines.push(Line {
            text: format!("{indent}{text}"),
            comment: None,
        });
    }

    /// Adds an empty line.
    pub(super) fn empty_line(&mut self) {
        self.line("", "");
    }

    /// Adds a comment on a line of its own.
    pub(super) fn comment(&mut self, indent: &str, text: &str) {
        let mut line = indent.to_owned();
        // Writing to a string cannot fail.
        let _ = write_comment(&mut line, text);
        self.line("", &line);
    }

    /// Puts a comment behind the last line.
    pub(super) fn trailing(&mut self, comment: Option<&str>) {
        if let Some(line) = self.lines.last_mut() {
            line.comment = comment.map(Into::into);
        }
    }

    /// How many lines there are.
    pub(super) fn n_lines(&self) -> usize {
        self.lines.len()
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs = self
            .lines
            .chunk_by(|above, below| above.comment.is_some() == below.comment.is_some());
        for run in runs {
            let widths = run.iter().map(Line::width);
            let column = widths.filter(|width| *width <= MAX_ALIGNED).max();
            run.iter()
                .try_for_each(|line| line.write(f, column.unwrap_or(0)))?;
        }
        Ok(())
    }
}

impl Line {
    fn width(&self) -> usize {
        self.text.chars().count()
    }

    /// The line and its end, its comment behind `column`.
    fn write(&self, f: &mut impl Write, column: usize) -> fmt::Result {
        f.write_str(&self.text)?;
        if let Some(comment) = &self.comment {
            let gap = column.saturating_sub(self.width()) + GAP;
            write!(f, "{:gap$}", "")?;
            write_comment(f, comment)?;
        }
        f.write_char('\n')
    }
}

fn write_comment(f: &mut impl Write, text: &str) -> fmt::Result {
    f.write_char('#')?;
    if text.is_empty() {
        return Ok(());
    }
    write!(f, " {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_has_its_comment_behind_it_and_moves_no_other() {
        let mut page = Page::default();
        let long = "x".repeat(MAX_ALIGNED + 1);
        for text in ["ä", &long, "three"] {
            page.line("", text);
            page.trailing(Some("c"));
        }
        page.line("", "without");
        page.line("", "x");
        page.trailing(Some(""));
        assert_eq!(
            page.to_string(),
            format!("ä      # c\n{long}  # c\nthree  # c\nwithout\nx  #\n")
        );
    }
}
