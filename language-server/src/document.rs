//! A file that is open in the editor: what it holds there counts, whatever the disk says.

use std::sync::Arc;

use lsp_types::{TextDocumentContentChangeEvent, Uri};

use crate::address;
use crate::position::Encoding;
use crate::text::Text;

/// An open file.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// What the editor calls it.
    pub(crate) uri: Uri,
    /// The editor's number for the text.
    pub(crate) version: i32,
    pub(crate) text: Arc<Text>,
}

/// What we call the file of a URI: its path, or the URI where it has none.
pub(crate) fn name(uri: &Uri) -> String {
    address::path(uri).unwrap_or_else(|| uri.as_str().to_owned())
}

/// The text after changes, each of which speaks of the text that the one before has left.
pub(crate) fn changed(
    text: &Arc<Text>,
    changes: Vec<TextDocumentContentChangeEvent>,
    encoding: Encoding,
) -> Arc<Text> {
    changes.into_iter().fold(Arc::clone(text), |text, change| {
        let new = match change.range {
            None => change.text,
            Some(range) => {
                let (start, end) = (text.offset(range.start), text.offset(range.end));
                let mut new = text.as_str().to_owned();
                new.replace_range(start..end.max(start), &change.text);
                new
            }
        };
        Arc::new(Text::new(new, encoding))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lsp_types::{Position, Range};

    fn change(start: (u32, u32), end: (u32, u32), text: &str) -> TextDocumentContentChangeEvent {
        TextDocumentContentChangeEvent {
            range: Some(Range::new(
                Position::new(start.0, start.1),
                Position::new(end.0, end.1),
            )),
            range_length: None,
            text: text.to_owned(),
        }
    }

    #[test]
    fn changes_build_on_each_other_and_count_as_agreed() {
        let text = Arc::new(Text::new("\u{1f980}b\nc".to_owned(), Encoding::Utf16));
        let changes = vec![
            change((0, 2), (0, 3), "xy\n"),
            change((1, 0), (2, 0), ""),
            change((9, 9), (9, 9), "!"),
        ];
        let text = changed(&text, changes, Encoding::Utf16);
        assert_eq!(text.as_str(), "\u{1f980}xy\nc!");
    }

    #[test]
    fn a_range_that_ends_before_it_begins_is_empty() {
        let text = Arc::new(Text::new("abc".to_owned(), Encoding::Utf8));
        let text = changed(&text, vec![change((0, 2), (0, 1), "x")], Encoding::Utf8);
        assert_eq!(text.as_str(), "abxc");
    }
}
