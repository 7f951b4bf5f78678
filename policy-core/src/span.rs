//! Places in the policy text, so that every message can point at the bytes it speaks of.
//!
//! Offsets are bytes from the start of one file. They are 32 bits wide: the reader refuses a
//! file larger than [`MAX_FILE_LEN`], so a conversion can never lose bits.

use serde::Serialize;

/// The longest policy file that is read, in bytes.
pub const MAX_FILE_LEN: usize = 64 * 1024 * 1024;

/// Which file of a `Sources` a span lies in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct FileId(pub u32);

/// A run of bytes in one file; `start..end`, which may be empty at the end of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span of `file`; offsets beyond 32 bits are cut to the largest one.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self {
            file,
            start: narrow(start),
            end: narrow(end.max(start)),
        }
    }

    /// The smallest span that holds both; the file is that of `self`.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The bytes as a range of the file's text.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value and where it was written.
///
/// Two located values are equal when their values are: where a thing stands never changes what
/// it means.
#[derive(Clone, Debug)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

impl<T> Located<T> {
    /// Joins a value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

impl<T: PartialEq> PartialEq for Located<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Located<T> {}

/// Line and column of a byte, both counted from 1; a column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LineColumn {
    /// The line.
    pub line: u32,
    /// The character in the line.
    pub column: u32,
}

/// Bytes between two places up to which [`LineIndex`] knows the number of characters.
const STEP: usize = 1024;

/// Where the lines of a text start; made once for each file.
///
/// A line may be as long as the file, so a column is not counted from the start of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// How many characters begin in the first 0, [`STEP`], 2 × [`STEP`]… bytes.
    n_chars: Vec<u32>,
}

impl LineIndex {
    /// Finds the line starts of `text`.
    pub fn new(text: &str) -> Self {
        let after_newline = text.bytes().zip(1u32..).filter(|(byte, _)| *byte == b'\n');
        let mut n_chars = vec![0];
        let mut total = 0;
        for step in text.as_bytes().chunks(STEP) {
            total += count(step);
            n_chars.push(total);
        }
        Self {
            starts: std::iter::once(0)
                .chain(after_newline.map(|(_, next)| next))
                .collect(),
            n_chars,
        }
    }

    /// The line and column of byte `offset` of `text`, which must be the text of [`Self::new`].
    pub fn locate(&self, text: &str, offset: u32) -> LineColumn {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let before = |offset| self.n_chars_before(text, offset);
        LineColumn {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: before(offset).saturating_sub(before(start)) + 1,
        }
    }

    fn n_chars_before(&self, text: &str, offset: u32) -> u32 {
        let offset = (offset as usize).min(text.len());
        let step = offset / STEP;
        let rest = text.as_bytes().get(step * STEP..offset).unwrap_or(&[]);
        self.n_chars.get(step).copied().unwrap_or(0) + count(rest)
    }
}

/// How many characters begin in these bytes of a text.
fn count(bytes: &[u8]) -> u32 {
    let continues = |byte: u8| byte & 0b1100_0000 == 0b1000_0000;
    bytes.iter().map(|byte| u32::from(!continues(*byte))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_columns_count_characters() {
        let text = "ä b\nsecond\n";
        let index = LineIndex::new(text);
        let at = |offset| {
            let LineColumn { line, column } = index.locate(text, offset);
            (line, column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(3), (1, 3));
        assert_eq!(at(5), (2, 1));
        assert_eq!(at(12), (3, 1));
    }

    #[test]
    fn a_column_is_exact_in_a_long_line() {
        let text = format!("x\n{}", "aä€".repeat(STEP));
        let index = LineIndex::new(&text);
        for (n_before, (offset, _)) in text.char_indices().enumerate().skip(2) {
            let at = index.locate(&text, u32::try_from(offset).unwrap());
            assert_eq!((at.line, at.column as usize), (2, n_before - 1));
        }
    }
}
