//! The lines of a printed file, and their columns.
//!
//! Tails stand in one column while the lines that have one follow each other, and so do comments.
//! A line that is longer than most is left out, so that it does not push the others to the right.

use std::fmt::{self, Write};

/// The longest line that has a say in the column of what stands behind it, in characters.
const MAX_ALIGNED: usize = 60;

/// What parts a column from the one before it, at the least.
const GAP: usize = 2;

/// Lines without their line ends.
#[derive(Debug, Default)]
pub(super) struct Page {
    lines: Vec<Line>,
}

#[derive(Debug, Default)]
struct Line {
    text: String,
    tail: Option<String>,
    despite: String,
    comment: Option<String>,
}

impl Page {
    /// Adds a line.
    pub(super) fn line(&mut self, indent: &str, text: &str) {
        self.lines.push(Line {
            text: format!("{indent}{text}"),
            ..Line::default()
        });
    }

    /// Adds an empty line.
    pub(super) fn empty_line(&mut self) {
        self.line("", "");
    }

    /// Adds a comment on a line of its own.
    pub(super) fn comment(&mut self, indent: &str, text: &str) {
        self.line(indent, &comment(text));
    }

    /// Adds a word to the last line, unless that has a comment or would be longer than `most`
    /// characters.
    pub(super) fn append(&mut self, word: &str, most: usize) -> bool {
        let len = 1 + word.chars().count();
        match self.lines.last_mut() {
            Some(line) if line.comment.is_none() && width(&line.text) + len <= most => {
                line.text.push(' ');
                line.text.push_str(word);
                true
            }
            _ => false,
        }
    }

    /// Gives the last line its tail, if that is not empty.
    pub(super) fn tail(&mut self, tail: String) {
        if let Some(line) = self.lines.last_mut() {
            line.tail = Some(tail).filter(|tail| !tail.is_empty());
        }
    }

    /// Puts what the last line silences behind its tail, blanks included.
    pub(super) fn despite(&mut self, text: &str) {
        if let Some(line) = self.lines.last_mut() {
            line.despite.push_str(text);
        }
    }

    /// Puts a comment behind the last line.
    pub(super) fn trailing(&mut self, text: Option<&str>) {
        if let Some(line) = self.lines.last_mut() {
            line.comment = text.map(comment);
        }
    }

    /// How many lines there are.
    pub(super) fn n_lines(&self) -> usize {
        self.lines.len()
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = self.lines.iter().map(|line| line.text.clone()).collect();
        let mut tailed = with_column(texts, &self.lines, |line| line.tail.as_deref());
        for (text, line) in tailed.iter_mut().zip(&self.lines) {
            text.push_str(&line.despite);
        }
        let whole = with_column(tailed, &self.lines, |line| line.comment.as_deref());
        for line in whole {
            f.write_str(&line)?;
            f.write_char('\n')?;
        }
        Ok(())
    }
}

/// The lines as far as they are written, with the next column behind those that have it.
fn with_column(
    mut written: Vec<String>,
    lines: &[Line],
    cell: impl Fn(&Line) -> Option<&str>,
) -> Vec<String> {
    let mut rest = written.as_mut_slice();
    for run in lines.chunk_by(|above, below| cell(above).is_some() == cell(below).is_some()) {
        let Some((of_run, after)) = rest.split_at_mut_checked(run.len()) else {
            break;
        };
        rest = after;
        let widths = of_run.iter().map(|line| width(line));
        let column = widths.filter(|width| *width <= MAX_ALIGNED).max();
        for (line, text) in of_run.iter_mut().zip(run.iter().map(&cell)) {
            let Some(text) = text else { continue };
            let gap = column.unwrap_or(0).saturating_sub(width(line)) + GAP;
            line.extend(std::iter::repeat_n(' ', gap));
            line.push_str(text);
        }
    }
    written
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn comment(text: &str) -> String {
    match text.is_empty() {
        true => "#".to_owned(),
        false => format!("# {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_and_comments_have_columns_of_their_own() {
        let mut page = Page::default();
        for (text, tail, comment) in [
            ("a", "tail", Some("c")),
            ("longer", "t", Some("c")),
            ("b", "", Some("c")),
            ("c", "tail", None),
        ] {
            page.line("", text);
            page.tail(tail.to_owned());
            page.trailing(comment);
        }
        assert_eq!(
            page.to_string(),
            "a       tail  # c\nlonger  t     # c\nb             # c\nc  tail\n"
        );
    }

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
