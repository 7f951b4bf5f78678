//! Characters that make the text look other than it is.
//!
//! Control characters and those that steer the direction of text are errors everywhere, even in a
//! comment: an escape sequence or a bidirectional override there can hide the statement beside
//! it. Characters without a shape are errors outside of comments, odd blanks outside of comments
//! and strings. Strings and comments never leave their line, so each line is judged alone, and
//! only a line that is not plain ASCII is looked at twice.

use std::ops::Range;

use super::context::Context;
use crate::diagnostic::{Code, Diagnostic};

/// Which part of a line a character stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Words,
    String,
    Comment,
}

/// Reports every such run of characters, and returns where they are.
pub(super) fn scan(context: &Context<'_>, text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let is_odd = |byte: u8| !(0x20..0x7f).contains(&byte) && !matches!(byte, b'\t' | b'\n');
        // No early exit: that is what makes it fast.
        if line.bytes().fold(false, |odd, byte| odd | is_odd(byte)) {
            let plain = line.strip_suffix("\r\n").unwrap_or(line);
            scan_line(context, plain, start, &mut found);
        }
        start += line.len();
    }
    found
}

/// One line without its line end, which begins at byte `line_start` of the text.
fn scan_line(context: &Context<'_>, line: &str, line_start: usize, found: &mut Vec<Range<usize>>) {
    let mut part = Part::Words;
    let mut before = ' ';
    let mut told = Vec::new();
    for (at, character) in line.char_indices() {
        let start = line_start + at;
        let is_mark = start == 0 && character == '\u{feff}';
        match (part, character) {
            (Part::Words, '#') if matches!(before, ' ' | '\t' | '\u{feff}') => part = Part::Comment,
            (Part::Words, '"') => part = Part::String,
            (Part::String, '"') => part = Part::Words,
            _ => {}
        }
        before = character;
        let Some(what) = what_is_wrong(part, character).filter(|_| !is_mark) else {
            continue;
        };
        let end = start + character.len_utf8();
        if let Some(last) = found.last_mut().filter(|last| last.end == start) {
            last.end = end;
            continue;
        }
        found.push(start..end);
        let message = format!("U+{:04X} {what}", u32::from(character));
        let place = context.span_at(start, end - start);
        let finding = Diagnostic::error(Code::HiddenCharacter, place, message);
        told.push((found.len() - 1, finding));
    }
    for (at, finding) in told {
        if let Some(range) = found.get(at) {
            let run = line.get(range.start - line_start..range.end - line_start);
            say_run(context, finding, run.unwrap_or(""), range);
        }
    }
}

/// Tells of the run of characters at `range`, which is a part of `line`.
fn say_run(context: &Context<'_>, finding: Diagnostic, run: &str, range: &Range<usize>) {
    let finding = finding.help("delete it, or write a plain blank");
    // Where lines were meant to end, only the author knows.
    if run.contains(['\r', '\u{2028}', '\u{2029}']) {
        return context.say(finding);
    }
    let instead = match run.contains(char::is_whitespace) {
        true => " ",
        false => "",
    };
    context.say(finding.edit(context.span_at(range.start, range.len()), instead));
}

/// Whether a string may hold the character, and so a comment: for whoever writes policy text.
pub fn may_stand_in_string(character: char) -> bool {
    !matches!(character, '"' | '\n') && what_is_wrong(Part::String, character).is_none()
}

/// Whether a character is obeyed or cannot be seen where it is shown in a line of text.
pub fn is_hidden(character: char) -> bool {
    matches!(character, '\n' | '\t') || what_is_wrong(Part::Words, character).is_some()
}

/// What the character does, where it may not stand.
fn what_is_wrong(part: Part, character: char) -> Option<&'static str> {
    match character {
        '\n' | '\t' | ' '..='~' => None,
        '\r' => Some("is a carriage return without a line feed"),
        '\0'..='\x1f' | '\x7f'..='\u{9f}' => Some("is a control character"),
        '\u{2028}' | '\u{2029}' => Some("ends a line for some readers and not for others"),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some("changes the direction of the text around it")
        }
        _ if part == Part::Comment => None,
        // Default_Ignorable_Code_Point, and the blank that Braille has.
        '\u{ad}'
        | '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}'
        | '\u{2060}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => Some("cannot be seen"),
        _ if part == Part::Words && character.is_whitespace() => {
            Some("is a blank that the language does not have")
        }
        _ => None,
    }
}
