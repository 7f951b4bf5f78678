//! A text that is asked about: its lines, and its tree once somebody wants it.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use lsp_types::Position;
use policy_core::ast::File;
use policy_core::diagnostic::Report;
use policy_core::parse::parse;
use policy_core::span::{FileId, Span};

use crate::position::{Encoding, Lines};

/// One version of one file.
#[derive(Debug)]
pub(crate) struct Text {
    text: String,
    lines: Lines,
    encoding: Encoding,
    parsed: OnceLock<(Arc<File>, Report)>,
}

impl Text {
    pub(crate) fn new(text: String, encoding: Encoding) -> Self {
        Self {
            lines: Lines::new(&text),
            text,
            encoding,
            parsed: OnceLock::new(),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// What could be read. The file of its spans says nothing.
    pub(crate) fn tree(&self) -> &File {
        &self.parsed().0
    }

    /// Whether all of it could be read.
    pub(crate) fn is_sound(&self) -> bool {
        !self.parsed().1.has_errors()
    }

    /// The tree and what is wrong with the text, as of file 0: worked out once.
    pub(crate) fn parsed(&self) -> &(Arc<File>, Report) {
        self.parsed.get_or_init(|| {
            let (tree, found) = parse(FileId(0), &self.text);
            (Arc::new(tree), found)
        })
    }

    pub(crate) fn offset(&self, position: Position) -> usize {
        self.lines.offset(&self.text, position, self.encoding)
    }

    pub(crate) fn range(&self, bytes: Range<usize>) -> lsp_types::Range {
        self.lines.range(&self.text, bytes, self.encoding)
    }

    pub(crate) fn range_of(&self, span: Span) -> lsp_types::Range {
        self.range(span.range())
    }
}
