//! What stands around one byte of a text that is still being written.
//!
//! The tree has no place for a statement that has only begun; an editor asks about just that one.
//! So this reads words and braces alone, from the last line that can only stand at the top of a
//! file: a brace that is missing further up does no harm, and a long file costs little.

use std::ops::Range;

use super::keyword::begins_top_level;

/// The surroundings of a byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor<'s> {
    /// The words in front of the `{` of the block around it; none at the top of a file.
    pub block: Vec<&'s str>,
    /// The words of its statement that end before it. A string is one word, quotes and all, and so
    /// is a comma.
    pub before: Vec<&'s str>,
    /// The bytes of the word it stands in, or right behind; empty where there is none.
    pub word: Range<usize>,
    /// What the byte is part of.
    pub part: Part,
}

/// What a byte is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Words and blanks.
    Words,
    /// The inside of a string.
    String,
    /// A comment.
    Comment,
}

/// The surroundings of byte `offset` of `text`.
pub fn cursor(text: &str, offset: usize) -> Cursor<'_> {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let mut scan = Scan {
        text,
        blocks: Vec::new(),
        words: Vec::new(),
    };
    let mut at = last_top_level(text, offset);
    loop {
        let (end, kind) = scan.token(at);
        let is_open = matches!(kind, Token::Word | Token::OpenString | Token::Comment);
        if end > offset || (end == offset && is_open) || end == at {
            return scan.finish(at, end, kind, offset);
        }
        scan.take(at, end, kind);
        at = end;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Blank,
    LineEnd,
    Open,
    Close,
    Comma,
    String,
    /// One that is not closed on its line.
    OpenString,
    Comment,
    Word,
}

struct Scan<'s> {
    text: &'s str,
    /// The heads of the open blocks.
    blocks: Vec<Vec<&'s str>>,
    /// The words of the statement so far.
    words: Vec<&'s str>,
}

impl<'s> Scan<'s> {
    /// The end and the kind of the token at byte `at`.
    fn token(&self, at: usize) -> (usize, Token) {
        let bytes = self.text.as_bytes();
        let run = |from: usize, ends: &dyn Fn(u8) -> bool| {
            let rest = bytes.get(from..).unwrap_or(&[]);
            from + rest
                .iter()
                .position(|byte| ends(*byte))
                .unwrap_or(rest.len())
        };
        let after_blank = at == 0 || bytes.get(at - 1).is_some_and(|byte| is_blank(*byte));
        match bytes.get(at) {
            None => (at, Token::Blank),
            Some(b'\n') => (at + 1, Token::LineEnd),
            Some(b'{') => (at + 1, Token::Open),
            Some(b'}') => (at + 1, Token::Close),
            Some(b',') => (at + 1, Token::Comma),
            Some(byte) if is_blank(*byte) => {
                let ends = |byte| byte == b'\n' || !is_blank(byte);
                (run(at, &ends), Token::Blank)
            }
            Some(b'#') if after_blank => (run(at, &|byte| byte == b'\n'), Token::Comment),
            Some(b'"') => {
                let end = run(at + 1, &|byte| matches!(byte, b'"' | b'\n'));
                match bytes.get(end) {
                    Some(b'"') => (end + 1, Token::String),
                    _ => (end, Token::OpenString),
                }
            }
            Some(_) => {
                let ends = |byte| is_blank(byte) || matches!(byte, b'{' | b'}' | b',' | b'"');
                (run(at, &ends), Token::Word)
            }
        }
    }

    fn take(&mut self, at: usize, end: usize, kind: Token) {
        match kind {
            Token::Blank | Token::Comment => {}
            Token::LineEnd => self.words.clear(),
            Token::Open => self.blocks.push(std::mem::take(&mut self.words)),
            Token::Close => {
                self.blocks.pop();
                self.words.clear();
            }
            Token::Comma | Token::String | Token::OpenString | Token::Word => {
                self.words.push(self.text.get(at..end).unwrap_or(""));
            }
        }
    }

    fn finish(mut self, at: usize, end: usize, kind: Token, offset: usize) -> Cursor<'s> {
        let part = match kind {
            Token::String | Token::OpenString if at < offset => Part::String,
            Token::Comment if at < offset => Part::Comment,
            _ => Part::Words,
        };
        Cursor {
            block: self.blocks.pop().unwrap_or_default(),
            before: self.words,
            word: match kind {
                Token::Word => at..end,
                _ => offset..offset,
            },
            part,
        }
    }
}

/// Blanks and line ends part words alike.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Where the last line at or before `offset` begins that can only stand at the top of a file.
fn last_top_level(text: &str, offset: usize) -> usize {
    let mut end = offset;
    loop {
        let before = text.get(..end).unwrap_or("");
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        if start == 0 || begins_top_level(text.get(start..).unwrap_or("")) {
            return start;
        }
        end = start - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The surroundings of the `|` in a text.
    fn at(text: &str) -> (String, String, String, Part) {
        let offset = text.find('|').unwrap();
        let text = text.replacen('|', "", 1);
        let found = cursor(&text, offset);
        let word = text.get(found.word).unwrap_or("").to_owned();
        (
            found.block.join(" "),
            found.before.join(" "),
            word,
            found.part,
        )
    }

    fn words(block: &str, before: &str, word: &str) -> (String, String, String, Part) {
        (
            block.to_owned(),
            before.to_owned(),
            word.to_owned(),
            Part::Words,
        )
    }

    #[test]
    fn a_statement_knows_its_block_and_the_words_before() {
        assert_eq!(at("policy 1\n|"), words("", "", ""));
        assert_eq!(at("policy 1\nag|ent a {\n}"), words("", "", "agent"));
        assert_eq!(
            at("agent a {\n  allow x.example @g|\n"),
            words("agent a", "allow x.example", "@g")
        );
        assert_eq!(
            at("agent a {\n  allow x |"),
            words("agent a", "allow x", "")
        );
        assert_eq!(at("agent a { cdp }\nedge |"), words("", "edge", ""));
        assert_eq!(at("agent a { | }\n"), words("agent a", "", ""));
        assert_eq!(at("agent a {|}\n"), words("agent a", "", ""));
        assert_eq!(
            at("invariant \"x y\" { only a,| }"),
            words("invariant \"x y\"", "only a ,", "")
        );
    }

    #[test]
    fn a_brace_that_is_missing_further_up_does_not_matter() {
        assert_eq!(
            at("agent a {\n  cdp\nagent b {\n  al|"),
            words("agent b", "", "al")
        );
        assert_eq!(at("hosts s {\nagent\n|}"), words("hosts s", "", ""));
    }

    #[test]
    fn strings_and_comments_are_no_words() {
        assert_eq!(at("agent a { lan x because \"{ |\n").3, Part::String);
        assert_eq!(at("agent a { cdp # { |\n").3, Part::Comment);
        assert_eq!(
            at("test \"a { # b\" { |"),
            words("test \"a { # b\"", "", "")
        );
        assert_eq!(at("include |\"x\"").3, Part::Words);
        assert_eq!(at("agent a#b { |").0, "agent a#b");
    }

    #[test]
    fn any_byte_of_any_text_has_surroundings() {
        let text = "agent \u{e4} {\r\n  allow \"\u{1f980} # } {\n}}} , \"x";
        for offset in 0..=text.len() + 1 {
            let found = cursor(text, offset);
            assert!(text.get(found.word).is_some(), "{offset}");
        }
    }
}
