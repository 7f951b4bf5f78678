//! Warnings that a statement silences, each with its reason.
//!
//! ```text
//! despite = "despite" code {"," code} string
//! ```
//!
//! One parser for every statement: the loop that reads statements calls it behind each, so a
//! statement's own parser need only stop at the keyword.

use nom::Parser;

use super::context::Context;
use super::keyword::guess;
use super::lexical::{Read, clip, expect_word, keyword, next_is, string, symbol, word};
use super::tail;
use crate::ast::Despite;
use crate::diagnostic::{Code, Diagnostic};
use crate::span::{Located, Span};

const KEYWORD: &str = "despite";

/// Whether a word begins a clause.
pub(super) fn begins(word: &str) -> bool {
    word == KEYWORD
}

/// Whether a word is the code of a warning.
pub(super) fn may_warn(word: &str) -> bool {
    named(word).is_some_and(Code::may_warn)
}

/// `{despite}`, behind a statement
pub(super) fn clauses<'s>(context: &Context<'s>, mut input: &'s str) -> Read<'s, Vec<Despite>> {
    let mut clauses: Vec<Despite> = Vec::new();
    while let Ok((rest, _)) = keyword(KEYWORD).parse(input) {
        let (rest, codes) = codes(context, rest)?;
        let (rest, reason) = string(context, "the reason", rest)?;
        if reason.value.trim().is_empty() {
            let message = "the reason is empty";
            let found = Diagnostic::error(Code::Syntax, reason.span, message);
            context.say(found.help("say why the warning is known and meant"));
        }
        let mut kept: Vec<Located<Code>> = Vec::new();
        for code in codes {
            let told = clauses.iter().flat_map(|clause| &clause.codes).chain(&kept);
            match told.into_iter().find(|before| before.value == code.value) {
                Some(before) => say_repeated(context, &code, before.span),
                None => kept.push(code),
            }
        }
        if !kept.is_empty() {
            let codes = kept;
            clauses.push(Despite { codes, reason });
        }
        input = rest;
    }
    if let Ok((_, late)) = word(input)
        && tail::is_keyword(late)
    {
        let message = format!("`{late}` stands behind `{KEYWORD}`");
        let found = context.error(Code::Syntax, late, message);
        return context.fail(found.help(tail::ORDER));
    }
    Ok((input, clauses))
}

/// `code {"," code}`, without those that are none, which are told
fn codes<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Vec<Located<Code>>> {
    let what = "the code of a warning";
    let (mut rest, first) = expect_word(context, what, input)?;
    let mut codes: Vec<Located<Code>> = code(context, first).into_iter().collect();
    while !next_is(rest, '"') {
        let after = match symbol(",").parse(rest) {
            Ok((after, _)) => after,
            // Another code without its comma.
            Err(_) => match word(rest) {
                Ok((_, next)) if named(next).is_some() => {
                    let message = format!("a comma is missing before `{next}`");
                    let found = context.error(Code::Syntax, next, message);
                    context.say(found.help("part the codes by commas"));
                    rest
                }
                _ => break,
            },
        };
        let (after, text) = expect_word(context, what, after)?;
        codes.extend(code(context, text));
        rest = after;
    }
    Ok((rest, codes))
}

/// A word as a code; `None` when it is none that may warn, which is told.
fn code(context: &Context<'_>, text: &str) -> Option<Located<Code>> {
    let shown = clip(text);
    let (message, help) = match named(text) {
        Some(code) if code.may_warn() => return Some(context.located(code, text)),
        Some(Code::NeedlessDespite) => (
            format!("`{shown}` is about the clause itself"),
            "delete the clause that silences nothing".to_owned(),
        ),
        Some(_) => (
            format!("`{shown}` is an error, which no reason silences"),
            "mend what it tells of, and delete this code".to_owned(),
        ),
        None => {
            let known = Code::ALL.iter().filter(|code| code.may_warn());
            let names: Vec<&'static str> = known.map(|code| code.name()).collect();
            let help = match guess(text, &names) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "write the code that stands in the warning".to_owned(),
            };
            (format!("there is no warning `{shown}`"), help)
        }
    };
    let found = context.error(Code::BadDespite, text, message);
    context.say(found.help(help));
    None
}

fn named(text: &str) -> Option<Code> {
    Code::ALL.iter().copied().find(|code| code.name() == text)
}

fn say_repeated(context: &Context<'_>, code: &Located<Code>, before: Span) {
    let message = format!("`{}` is silenced twice in one statement", code.value);
    let found = Diagnostic::error(Code::Repeated, code.span, message);
    context.say(found.help("delete one").related(before, "the first one"));
}

/// Tells of a whole clause where none may stand, and passes over it; `None` where there is none. A
/// host may be called `despite`, so the keyword alone does not tell.
pub(super) fn say_misplaced<'s>(
    context: &Context<'s>,
    input: &'s str,
    message: &str,
) -> Option<&'s str> {
    let (mut rest, key) = keyword(KEYWORD).parse(input).ok()?;
    loop {
        let (after, text) = word(rest).ok()?;
        named(text).or_else(|| next_is(after, '"').then_some(Code::BadDespite))?;
        rest = after;
        match symbol(",").parse(rest) {
            Ok((after, _)) => rest = after,
            Err(_) => break,
        }
    }
    let (rest, _) = string(context, "the reason", rest).ok()?;
    let found = context.error(Code::Syntax, key, message);
    context.say(found.help("write the clause behind the `}` of the block"));
    Some(rest)
}
