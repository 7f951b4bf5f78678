//! Words, strings, comments and the small values made of one word.
//!
//! ```text
//! word    = character {character}       no blank, no line end, none of { } " , and no # in front
//! string  = '"' {character} '"'         no escapes, no line end
//! comment = "#" {character}             after a blank or at the start of a line
//! ```

use nom::bytes::complete::tag;
use nom::combinator::verify;
use nom::error::{ErrorKind, ParseError};
use nom::sequence::preceded;
use nom::{IResult, Input, Parser};

use super::context::Context;
use super::foreign;
use crate::diagnostic::{Code, Diagnostic};
use crate::name::{MAX_NAME_LEN, Name};
use crate::port::Port;
use crate::span::Located;

/// What a parser returns: the rest of the text and a value.
pub(super) type Read<'s, T> = IResult<&'s str, T, Stop>;

/// Why a parser has no value. As a nom `Error`: something else stands here, try that. As a
/// `Failure`: the mistake has been told, skip the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop;

impl ParseError<&str> for Stop {
    fn from_error_kind(_: &str, _: ErrorKind) -> Self {
        Stop
    }

    fn append(_: &str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// Something else stands here.
pub(super) fn miss<'s, T>() -> Read<'s, T> {
    Err(nom::Err::Error(Stop))
}

/// The mistake has been told.
pub(super) fn stop<'s, T>() -> Read<'s, T> {
    Err(nom::Err::Failure(Stop))
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}

fn is_of_word(byte: u8) -> bool {
    !matches!(
        byte,
        b' ' | b'\t' | b'\r' | b'\n' | b'{' | b'}' | b'"' | b','
    )
}

fn is_of_question(byte: u8) -> bool {
    byte == b',' || is_of_word(byte)
}

/// The longest start of `input` whose bytes all fit, which must be ASCII where they do not.
#[inline]
fn run(input: &str, fits: impl Fn(u8) -> bool) -> (&str, &str) {
    let len = input.bytes().position(|byte| !fits(byte));
    input.take_split(len.unwrap_or(input.len()))
}

/// Blanks, possibly none. The carriage return of a line end is one.
pub(super) fn blanks(input: &str) -> Read<'_, &str> {
    Ok(run(input, is_blank))
}

#[inline]
fn word_of(fits: impl Fn(u8) -> bool, input: &str) -> Read<'_, &str> {
    let (input, _) = blanks(input)?;
    let (rest, word) = run(input, fits);
    if word.is_empty() || word.starts_with('#') {
        return miss();
    }
    Ok((rest, word))
}

/// `word = character {character}`
pub(super) fn word(input: &str) -> Read<'_, &str> {
    word_of(is_of_word, input)
}

/// A word of a question, in which a comma is a character like others.
pub(super) fn question_word(input: &str) -> Read<'_, &str> {
    word_of(is_of_question, input)
}

/// Exactly this word.
pub(super) fn keyword<'s>(expected: &str) -> impl Parser<&'s str, Output = &'s str, Error = Stop> {
    verify(word, move |found: &str| found == expected)
}

/// This punctuation, blanks before it allowed.
pub(super) fn symbol<'s>(expected: &str) -> impl Parser<&'s str, Output = &'s str, Error = Stop> {
    preceded(blanks, tag(expected))
}

/// Whether the next character that is no blank is this one.
pub(super) fn next_is(input: &str, expected: char) -> bool {
    blanks(input).is_ok_and(|(rest, _)| rest.starts_with(expected))
}

/// Whether the line has no more words.
pub(super) fn at_line_end(input: &str) -> bool {
    blanks(input).is_ok_and(|(rest, blanks)| {
        rest.is_empty() || rest.starts_with('\n') || (rest.starts_with('#') && !blanks.is_empty())
    })
}

/// `comment = "#" {character}`, from the `#` on: the text without the blanks around it.
pub(super) fn comment(input: &str) -> Read<'_, &str> {
    let (input, _) = tag("#").parse(input)?;
    let (rest, text) = run(input, |byte| byte != b'\n');
    Ok((rest, text.trim_matches([' ', '\t', '\r'])))
}

/// `string = '"' {character} '"'`
pub(super) fn string<'s>(
    context: &Context<'s>,
    what: &str,
    input: &'s str,
) -> Read<'s, Located<Box<str>>> {
    let (start, _) = blanks(input)?;
    let Ok((text, _)) = symbol("\"").parse(input) else {
        let unexpected = expected(context, what, input);
        return context.fail(match word(input) {
            Ok((rest, word)) => {
                let quoted = format!("\"{word}\"");
                let help = format!("write it in double quotes: `\"{}\"`", clip(word));
                let found = unexpected.help(help);
                // Of several words, who knows where the string ends.
                match at_line_end(rest) || next_is(rest, '{') {
                    true => found.replace_with(quoted),
                    false => found,
                }
            }
            Err(_) => unexpected.help("write it in double quotes"),
        });
    };
    let (rest, value) = run(text, |byte| !matches!(byte, b'"' | b'\n'));
    let Ok((rest, _)) = tag::<_, _, Stop>("\"").parse(rest) else {
        let value = value.trim_end_matches('\r');
        let place = context.span_at(context.offset(start), 1 + value.len());
        return context.fail(
            Diagnostic::error(Code::Syntax, place, "the string is not closed on its line")
                .help("a string ends with `\"` on the line it begins on, and has no escapes"),
        );
    };
    let place = context.span_between(start, rest);
    Ok((rest, Located::new(value.into(), place)))
}

/// "expected WHAT, found …", at what stands there.
pub(super) fn expected(context: &Context<'_>, what: &str, input: &str) -> Diagnostic {
    let (found, place) = found(context, input);
    Diagnostic::error(
        Code::Syntax,
        place,
        format!("expected {what}, found {found}"),
    )
}

/// How messages call what comes next, and its place: that of the end of the text before it, if
/// the line ends here.
pub(super) fn found(context: &Context<'_>, input: &str) -> (String, crate::span::Span) {
    if at_line_end(input) {
        let place = context.span_at(context.offset(input), 0);
        return ("the end of the line".to_owned(), place);
    }
    if let Ok((_, word)) = word(input) {
        return (format!("`{}`", clip(word)), context.span(word));
    }
    let (rest, _) = run(input, is_blank);
    let place = context.span_at(context.offset(rest), 1);
    match rest.chars().next() {
        Some('"') => ("a string".to_owned(), place),
        Some('#') => ("`#` without a blank before it".to_owned(), place),
        other => (format!("`{}`", other.unwrap_or(' ')), place),
    }
}

/// A word as a message shows it: a very long one is cut.
pub(super) fn clip(word: &str) -> String {
    const MAX_SHOWN: usize = 60;
    match word.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!(
            "{}…",
            word.split_at_checked(at).map_or("", |(start, _)| start)
        ),
        None => word.to_owned(),
    }
}

/// A word, or for good: "expected WHAT, found …".
pub(super) fn expect_word<'s>(
    context: &Context<'s>,
    what: &str,
    input: &'s str,
) -> Read<'s, &'s str> {
    word(input).or_else(|_: nom::Err<Stop>| context.fail(expected(context, what, input)))
}

/// `name = [A-Za-z0-9][A-Za-z0-9_-]{0,63}`; `None` for a word that is no name, which is told.
pub(super) fn name<'s>(
    context: &Context<'s>,
    what: &str,
    input: &'s str,
) -> Read<'s, Option<Located<Name>>> {
    if next_is(input, '"') {
        let (rest, quoted) = string(context, what, input)?;
        context.say(foreign::write_instead(
            Diagnostic::error(Code::BadName, quoted.span, "a name stands without quotes"),
            &quoted.value,
            |value| value.parse::<Name>().is_ok(),
        ));
        return Ok((rest, None));
    }
    let (rest, text) = expect_word(context, what, input)?;
    Ok((rest, checked_name(context, text)))
}

/// A word as a name; `None` when it is none, which is told.
pub(super) fn checked_name(context: &Context<'_>, text: &str) -> Option<Located<Name>> {
    match text.parse::<Name>() {
        Ok(name) => Some(context.located(name, text)),
        Err(reason) => {
            context.say(context.error(Code::BadName, text, reason.to_string()).help(format!(
                "a name has letters, digits, `-` and `_`, begins with a letter or a digit, and \
                 has at most {MAX_NAME_LEN} characters"
            )));
            None
        }
    }
}

/// `port = digits`, from 1 to 65535; `None` for a word that is no port, which is told.
pub(super) fn port<'s>(
    context: &Context<'s>,
    what: &str,
    input: &'s str,
) -> Read<'s, Option<Located<Port>>> {
    let (rest, text) = expect_word(context, what, input)?;
    Ok((rest, checked_port(context, text)))
}

/// A word as a port; `None` when it is none, which is told.
pub(super) fn checked_port(context: &Context<'_>, text: &str) -> Option<Located<Port>> {
    match text.parse::<Port>() {
        Ok(port) => Some(context.located(port, text)),
        Err(_) => {
            context.say(foreign::bad_port(context, text));
            None
        }
    }
}

/// One of a few words; `None` for another, which is told.
pub(super) fn choice<'s, T: Copy>(
    context: &Context<'s>,
    what: &str,
    choices: &[(&'static str, T)],
    input: &'s str,
) -> Read<'s, Option<Located<T>>> {
    let (rest, text) = expect_word(context, what, input)?;
    if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
        return Ok((rest, Some(context.located(*value, text))));
    }
    let words: Vec<&'static str> = choices.iter().map(|(word, _)| *word).collect();
    let unexpected = expected(context, what, input);
    context.say(match super::keyword::guess(text, &words) {
        Some(meant) => unexpected.did_you_mean(meant),
        None => unexpected.help(format!("write {}", super::keyword::one_of(&words))),
    });
    Ok((rest, None))
}

/// Passes over a `=` or `:` that stands between a keyword and its value, and tells of it.
pub(super) fn skip_equals<'s>(context: &Context<'s>, input: &'s str) -> &'s str {
    let Ok((rest, sign)) = word(input) else {
        return input;
    };
    if !matches!(sign, "=" | ":" | ":=") || at_line_end(rest) {
        return input;
    }
    let message = format!("no `{sign}` stands here");
    let found = context.error(Code::Syntax, sign, message);
    context.say(
        found
            .help("write the value behind the keyword")
            .replace_with(""),
    );
    rest
}

/// `word` at its last colon.
pub(super) fn split_port(word: &str) -> (&str, Option<&str>) {
    match word.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (word, None),
    }
}
