//! The canonical form as edits of lines, so that an editor keeps its marks and folds.
//!
//! The form differs from a text in blanks and empty lines, hardly ever in more. So lines are
//! paired by what they say, and where that fails the rest is replaced in one piece.

use std::ops::Range;

use lsp_types::TextEdit;
use policy_core::format::format_tree;

use crate::text::Text;

/// The edits that give a text its canonical form; `None` for one that has none.
pub(crate) fn edits(text: &Text) -> Option<Vec<TextEdit>> {
    if !text.is_sound() {
        return None;
    }
    let new = format_tree(text.tree());
    let (old, new) = (lines(text.as_str()), lines(&new));
    let starts: Vec<usize> = std::iter::once(0)
        .chain(old.iter().scan(0, |end, line| {
            *end += line.len();
            Some(*end)
        }))
        .collect();
    let start_of = |line: usize| starts.get(line).copied().unwrap_or(text.as_str().len());
    let edits = hunks(&old, &new).into_iter().map(|hunk| {
        let bytes = start_of(hunk.old.start)..start_of(hunk.old.end);
        let new = new.get(hunk.new).unwrap_or(&[]).concat();
        TextEdit::new(text.range(bytes), new)
    });
    Some(edits.collect())
}

/// Lines in place of others.
struct Hunk {
    old: Range<usize>,
    new: Range<usize>,
}

fn hunks(old: &[&str], new: &[&str]) -> Vec<Hunk> {
    let n_same_at_end = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (i_end, j_end) = (old.len() - n_same_at_end, new.len() - n_same_at_end);
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut change = |old: Range<usize>, new: Range<usize>| match hunks.last_mut() {
        // Neighbours are one.
        Some(last) if last.old.end == old.start && last.new.end == new.start => {
            last.old.end = old.end;
            last.new.end = new.end;
        }
        _ => hunks.push(Hunk { old, new }),
    };
    let (mut i, mut j) = (0, 0);
    loop {
        let a = old.get(i..i_end).unwrap_or(&[]);
        let b = new.get(j..j_end).unwrap_or(&[]);
        match (a.first(), b.first()) {
            (None, None) => return hunks,
            (Some(a), Some(b)) if a == b => (i, j) = (i + 1, j + 1),
            (Some(a), Some(b)) if says(a).eq(says(b)) => {
                change(i..i + 1, j..j + 1);
                (i, j) = (i + 1, j + 1);
            }
            (Some(a), _) if a.trim().is_empty() => {
                change(i..i + 1, j..j);
                i += 1;
            }
            (_, Some(b)) if b.trim().is_empty() => {
                change(i..i, j..j + 1);
                j += 1;
            }
            _ => {
                change(i..i_end, j..j_end);
                return hunks;
            }
        }
    }
}

/// A line without its blanks.
fn says(line: &str) -> impl Iterator<Item = u8> {
    line.bytes().filter(|byte| !byte.is_ascii_whitespace())
}

/// The lines, each with its end.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::position::Encoding;
    use policy_core::format::format;
    use policy_core::span::FileId;

    /// The edits of `text`, and what they make of it.
    fn applied(text: &str) -> (Vec<TextEdit>, String) {
        let text = Text::new(text.to_owned(), Encoding::Utf16);
        let edits = edits(&text).unwrap();
        let mut new = text.as_str().to_owned();
        for edit in edits.iter().rev() {
            let (start, end) = (text.offset(edit.range.start), text.offset(edit.range.end));
            new.replace_range(start..end, &edit.new_text);
        }
        (edits, new)
    }

    #[test]
    fn the_edits_lead_to_the_canonical_form() {
        for text in [
            "policy 1\nagent a {\n  cdp\n}\n",
            "policy 1\nagent a {\ncdp\n}\nagent b {\n cdp\n}",
            "\n\n policy 1\n\n\n\nagent a { cdp  \n }\n\n\n",
            "policy 1\r\nagent a {\r\n\taccess  list\r\n  allow \u{e4}.example  # \u{1f980}\r\n}\r\n",
            "policy 1\nhosts a {\n  x.example   y.example\n\n\n  z.example\n}\n",
            "policy 1",
        ] {
            let text = text.replace("\u{e4}.example", "xn--4ca.example");
            let wanted = format(FileId(0), &text).unwrap();
            assert_eq!(applied(&text).1, wanted);
            assert!(applied(&wanted).0.is_empty(), "{wanted}");
        }
    }

    #[test]
    fn lines_that_stay_are_not_touched() {
        let text = "policy 1\nagent a {\n  cdp\n}\nagent b {\n cdp\n}\nagent c {\n  cdp\n}\n";
        let (edits, _) = applied(text);
        let touched: Vec<_> = edits
            .iter()
            .map(|it| (it.range.start.line, &*it.new_text))
            .collect();
        assert_eq!(touched, [(4, "\n"), (5, "  cdp\n"), (7, "\n")]);
    }

    #[test]
    fn a_text_with_mistakes_is_left_alone() {
        let text = Text::new("policy 1\nagent {\n".to_owned(), Encoding::Utf8);
        assert_eq!(edits(&text), None);
    }
}
