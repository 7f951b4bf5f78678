//! Places as an editor counts them: lines from 0, and in a line bytes or UTF-16 units.
//!
//! The protocol ends a line at `\n`, `\r\n` and a lone `\r`, which the policy language does not; so
//! the lines are found here. A line may be as long as the file, so units are not counted from its
//! start.

use std::ops::Range;

use lsp_types::Position;

/// What an editor and the server have agreed to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf16,
}

/// Bytes between two places up to which the number of UTF-16 units is known.
const STEP: usize = 1024;

/// The lines of one text; made once for each.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    starts: Vec<usize>,
    /// How many UTF-16 units the characters have that begin in the first 0, [`STEP`], … bytes.
    units: Vec<usize>,
}

impl Lines {
    pub(crate) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1));
        let mut units = vec![0];
        let mut total = 0;
        for step in bytes.chunks(STEP) {
            total += n_units(step);
            units.push(total);
        }
        Self {
            starts: starts.collect(),
            units,
        }
    }

    /// The place of byte `offset` of `text`, which must be the text of [`Lines::new`].
    pub(crate) fn position(&self, text: &str, offset: usize, encoding: Encoding) -> Position {
        let offset = offset.min(text.len());
        let line = self.starts.partition_point(|start| *start <= offset).max(1) - 1;
        let start = self.starts.get(line).copied().unwrap_or(0);
        let character = match encoding {
            Encoding::Utf8 => offset - start,
            Encoding::Utf16 => self.units_before(text, offset) - self.units_before(text, start),
        };
        Position::new(narrow(line), narrow(character))
    }

    /// The two ends of a run of bytes.
    pub(crate) fn range(
        &self,
        text: &str,
        bytes: Range<usize>,
        encoding: Encoding,
    ) -> lsp_types::Range {
        lsp_types::Range::new(
            self.position(text, bytes.start, encoding),
            self.position(text, bytes.end, encoding),
        )
    }

    /// The byte at a place: the end of the line for one behind it, the end of the text for a line
    /// that is not there, the start of the character for one inside of a character.
    pub(crate) fn offset(&self, text: &str, position: Position, encoding: Encoding) -> usize {
        let line = position.line as usize;
        let Some(start) = self.starts.get(line).copied() else {
            return text.len();
        };
        let next = self.starts.get(line + 1).copied().unwrap_or(text.len());
        let content = text.get(start..next).unwrap_or("");
        let content = content.trim_end_matches(['\n', '\r']);
        let wanted = position.character as usize;
        if encoding == Encoding::Utf8 || content.is_ascii() {
            return start + floor_char_boundary(content, wanted);
        }
        let mut n_units = 0;
        for (at, character) in content.char_indices() {
            n_units += character.len_utf16();
            if n_units > wanted {
                return start + at;
            }
        }
        start + content.len()
    }

    fn units_before(&self, text: &str, offset: usize) -> usize {
        let step = offset / STEP;
        let known = self.units.get(step).copied().unwrap_or(0);
        let rest = text.as_bytes().get(step * STEP..offset).unwrap_or(&[]);
        known + n_units(rest)
    }
}

/// The UTF-16 units of the characters that begin in these bytes of a text.
fn n_units(bytes: &[u8]) -> usize {
    // Without a branch, so that many bytes are looked at at once.
    let of = |byte: &u8| usize::from(byte & 0xc0 != 0x80) + usize::from(*byte >= 0xf0);
    bytes.iter().map(of).sum()
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a\u{e4}\u{1f980}b\r\n\u{65e5}x\rlast\n";

    fn place(offset: usize, encoding: Encoding) -> (u32, u32) {
        let position = Lines::new(TEXT).position(TEXT, offset, encoding);
        (position.line, position.character)
    }

    fn offset(line: u32, character: u32, encoding: Encoding) -> usize {
        Lines::new(TEXT).offset(TEXT, Position::new(line, character), encoding)
    }

    #[test]
    fn characters_are_counted_in_what_was_agreed_on() {
        // a ä 🦀 b
        assert_eq!(place(7, Encoding::Utf8), (0, 7));
        assert_eq!(place(7, Encoding::Utf16), (0, 4));
        assert_eq!(place(8, Encoding::Utf16), (0, 5));
        assert_eq!(place(13, Encoding::Utf16), (1, 1));
        assert_eq!(place(13, Encoding::Utf8), (1, 3));
    }

    #[test]
    fn every_place_leads_back_to_its_byte() {
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            for (at, character) in TEXT.char_indices() {
                let (line, column) = place(at, encoding);
                let is_line_end = character == '\n' && TEXT.as_bytes()[at - 1] == b'\r';
                if !is_line_end {
                    assert_eq!(offset(line, column, encoding), at, "{encoding:?} {at}");
                }
            }
        }
    }

    #[test]
    fn a_lone_carriage_return_ends_a_line_as_the_protocol_says() {
        assert_eq!(place(15, Encoding::Utf8), (2, 0));
        assert_eq!(place(TEXT.len(), Encoding::Utf8), (3, 0));
    }

    #[test]
    fn a_place_that_is_not_there_is_the_nearest_one() {
        assert_eq!(offset(0, 99, Encoding::Utf16), 8);
        assert_eq!(offset(9, 0, Encoding::Utf16), TEXT.len());
        // Inside of the crab, and inside of the bytes of ä.
        assert_eq!(offset(0, 3, Encoding::Utf16), 3);
        assert_eq!(offset(0, 2, Encoding::Utf8), 1);
    }

    #[test]
    fn units_are_counted_across_steps_of_a_long_line() {
        let text = format!("{}x", "\u{1f980}\u{e4}".repeat(1000));
        let lines = Lines::new(&text);
        let position = lines.position(&text, text.len() - 1, Encoding::Utf16);
        assert_eq!((position.line, position.character), (0, 3000));
        assert_eq!(
            lines.offset(&text, position, Encoding::Utf16),
            text.len() - 1
        );
    }
}
