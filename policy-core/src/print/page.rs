//! The lines of a printed file, and their columns.
//!
//! Tails stand in one column while the lines that have one follow each other, and so do comments.
//! A line that is longer than most is left out, so that it does not push the others to the right.

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
            text: [indent, text].concat(),
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
        let len = 1 + width(word);
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

    /// Puts an empty line above each of these lines, which are in their order.
    pub(super) fn part(&mut self, above: &[usize]) {
        if above.is_empty() {
            return;
        }
        let mut above = above.iter().peekable();
        let lines = std::mem::take(&mut self.lines);
        for (at, line) in lines.into_iter().enumerate() {
            if above.next_if_eq(&&at).is_some() {
                self.empty_line();
            }
            self.lines.push(line);
        }
    }

    /// The text, with its columns.
    pub(super) fn into_text(mut self) -> String {
        add_column(&mut self.lines, |line| line.tail.take());
        for line in &mut self.lines {
            line.text.push_str(&line.despite);
        }
        add_column(&mut self.lines, |line| line.comment.take());
        let n_bytes = self.lines.iter().map(|line| line.text.len() + 1).sum();
        let mut text = String::with_capacity(n_bytes);
        for line in &self.lines {
            text.push_str(&line.text);
            text.push('\n');
        }
        text
    }
}

/// Puts the next column behind the lines that have it.
fn add_column(lines: &mut [Line], cell: impl Fn(&mut Line) -> Option<String>) {
    // The lines above that have the column, with it.
    let mut run: Vec<(&mut Line, String)> = Vec::new();
    for line in lines {
        match cell(line) {
            Some(text) => run.push((line, text)),
            None => align(&mut run),
        }
    }
    align(&mut run);
}

fn align(run: &mut Vec<(&mut Line, String)>) {
    let widths = run.iter().map(|(line, _)| width(&line.text));
    let column = widths.filter(|width| *width <= MAX_ALIGNED).max();
    for (line, text) in run.drain(..) {
        let gap = column.unwrap_or(0).saturating_sub(width(&line.text)) + GAP;
        line.text.extend(std::iter::repeat_n(' ', gap));
        line.text.push_str(&text);
    }
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
            page.into_text(),
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
            page.into_text(),
            format!("ä      # c\n{long}  # c\nthree  # c\nwithout\nx  #\n")
        );
    }
}
