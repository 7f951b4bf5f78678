//! Where to go on after a mistake.

use super::context::Context;
use super::keyword::begins_top_level;

/// A byte outside of strings and comments that structures the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Open,
    Close,
    LineEnd,
}

/// The rest of the text behind a bad statement, which `input` begins with: at its line end, or at
/// the `}` that closes the block around it. Blocks that the statement opens are passed over.
pub(super) fn skip_statement<'s>(context: &Context<'s>, input: &'s str) -> &'s str {
    let mut depth = 0usize;
    for (at, mark) in marks(input) {
        let (_, rest) = input.split_at_checked(at).unwrap_or((input, ""));
        match mark {
            Mark::Open => depth += 1,
            Mark::Close if depth == 0 => return rest,
            Mark::Close => depth -= 1,
            Mark::LineEnd if depth == 0 => return rest,
            Mark::LineEnd => {
                let next = rest.strip_prefix('\n').unwrap_or(rest);
                if begins_top_level(next) && context.leaves_a_brace_open() {
                    return rest;
                }
            }
        }
    }
    input
        .split_at_checked(input.len())
        .map_or("", |(_, end)| end)
}

/// Whether a brace of `text` lacks its partner.
pub(super) fn leaves_a_brace_open(text: &str) -> bool {
    let mut n_open = 0usize;
    let mut n_closed = 0usize;
    for (_, mark) in marks(text) {
        match mark {
            Mark::Open => n_open += 1,
            Mark::Close => n_closed += 1,
            Mark::LineEnd => {}
        }
    }
    n_open > n_closed
}

/// The commas between the words of a statement, in the line that begins with the first of them.
pub(super) fn commas(line: &str) -> impl Iterator<Item = usize> {
    let mut is_quoted = false;
    let statement = line.bytes().enumerate().take_while(move |(_, byte)| {
        is_quoted ^= *byte == b'"';
        is_quoted || !matches!(byte, b'}' | b'#')
    });
    let mut is_quoted = false;
    statement.filter_map(move |(at, byte)| {
        is_quoted ^= byte == b'"';
        (byte == b',' && !is_quoted).then_some(at)
    })
}

/// The structure of a text that begins outside of strings and comments, behind a blank.
fn marks(text: &str) -> impl Iterator<Item = (usize, Mark)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Part {
        Words,
        String,
        Comment,
    }
    let mut part = Part::Words;
    let mut before = b' ';
    text.bytes().enumerate().filter_map(move |(at, byte)| {
        let after_blank = matches!(before, b' ' | b'\t' | b'\r' | b'\n');
        before = byte;
        let mark = match (part, byte) {
            (_, b'\n') => Mark::LineEnd,
            (Part::Words, b'{') => Mark::Open,
            (Part::Words, b'}') => Mark::Close,
            _ => {
                part = match (part, byte) {
                    (Part::Words, b'"') => Part::String,
                    (Part::String, b'"') => Part::Words,
                    (Part::Words, b'#') if after_blank => Part::Comment,
                    _ => part,
                };
                return None;
            }
        };
        if mark == Mark::LineEnd {
            part = Part::Words;
        }
        Some((at, mark))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::FileId;

    #[test]
    fn braces_in_strings_and_comments_do_not_count() {
        assert!(leaves_a_brace_open("a {\n"));
        assert!(!leaves_a_brace_open("a { \"{\" } # {\n"));
        assert!(!leaves_a_brace_open("a { x#} \"\n"));
        assert!(!leaves_a_brace_open("a { \"{\n}"));
    }

    #[test]
    fn commas_are_found_up_to_the_end_of_the_statement() {
        let found = |line| commas(line).collect::<Vec<_>>();
        assert_eq!(found(", b, c \"x, # y\" , } # ,"), [0, 3, 16]);
    }

    #[test]
    fn a_statement_is_skipped_with_the_blocks_it_opens() {
        let rest = |text| skip_statement(&Context::new(FileId(0), text), text);
        assert_eq!(rest("a b # }\nc"), "\nc");
        assert_eq!(rest("a b } c"), "} c");
        assert_eq!(rest("a {\n b { }\n} c\nd"), "\nd");
        assert_eq!(rest("a {\n b\nagent c {\n}"), "\nagent c {\n}");
        assert_eq!(rest("a {\n b"), "");
    }
}
