//! Braces, and the statements and comments between them.
//!
//! The same loop reads a file, a block of statements and a set of patterns. A statement that
//! cannot be read costs only itself.

use super::context::Context;
use super::despite;
use super::foreign;
use super::keyword::{Place, begins_top_level, is_foreign_comment};
use super::lexical::{Read, at_line_end, blanks, comment, expected, found, next_is, symbol, word};
use super::recovery::skip_statement;
use crate::ast::{Block, Comment, Despite, Item};
use crate::diagnostic::{Code, Diagnostic};
use nom::Parser;

/// The comments and line ends before a statement.
#[derive(Default)]
struct Lead {
    comments: Vec<Comment>,
    n_line_ends: usize,
}

/// Where a loop over statements ends.
enum End<'s> {
    /// The file.
    Text,
    /// At the partner of this brace; `None` where the brace is missing and has been told.
    Brace(Option<&'s str>),
}

/// `file = {statement NL}`
pub(super) fn statements<'s, T>(
    context: &Context<'s>,
    input: &'s str,
    statement: impl Fn(&Context<'s>, &'s str) -> Read<'s, Option<T>>,
) -> Block<T> {
    let (_, block) = items(context, Place::File, &End::Text, input, statement);
    block
}

/// `block = "{" {statement NL | NL} [statement] "}"`, or a set, whose items share lines.
pub(super) fn block<'s, T>(
    context: &Context<'s>,
    place: Place,
    input: &'s str,
    statement: impl Fn(&Context<'s>, &'s str) -> Read<'s, Option<T>>,
) -> Read<'s, Block<T>> {
    let Some((body, brace)) = opening_brace(context, input) else {
        return Ok((input, Block::default()));
    };
    let (rest, mut block) = items(context, place, &End::Brace(brace), body, statement);
    let inside = body.split_at_checked(body.len() - rest.len());
    block.one_line = inside.is_none_or(|(inside, _)| !inside.contains('\n'));
    Ok((rest, block))
}

/// The text behind the `{`, and the brace. One that is missing is told; where a body seems to
/// follow all the same it is read, else there is `None`.
fn opening_brace<'s>(
    context: &Context<'s>,
    mut input: &'s str,
) -> Option<(&'s str, Option<&'s str>)> {
    while let Some(rest) =
        despite::say_misplaced(context, input, "no `despite` stands before a block")
    {
        input = rest;
    }
    if let Ok((rest, brace)) = symbol("{").parse(input) {
        return Some((rest, Some(brace)));
    }
    if !at_line_end(input) {
        context.say(expected(context, "`{`", input));
        let mut rest = input;
        while let Ok((after, _)) = word(rest) {
            rest = after;
        }
        let open = symbol("{").parse(rest).ok();
        return open.map(|(rest, brace)| (rest, Some(brace)));
    }
    let (next, _) = lead(context, input);
    if let Ok((rest, brace)) = symbol("{").parse(next) {
        context.say(
            context
                .error(Code::Syntax, brace, "`{` stands on a line of its own")
                .help("write it at the end of the line before")
                .edit(context.span_at(context.offset(input), 0), " {")
                .edit(context.span(brace), ""),
        );
        return Some((rest, Some(brace)));
    }
    let missing = expected(context, "`{`", input).help("write `{` at the end of this line");
    let has_body = !next.is_empty() && !begins_top_level(next);
    context.say(match has_body {
        true => missing.replace_with(" {"),
        false => missing,
    });
    has_body.then_some((input, None))
}

/// The statements up to the end.
fn items<'s, T>(
    context: &Context<'s>,
    place: Place,
    end: &End<'s>,
    mut input: &'s str,
    statement: impl Fn(&Context<'s>, &'s str) -> Read<'s, Option<T>>,
) -> (&'s str, Block<T>) {
    let mut block = Block::default();
    if let End::Brace(_) = end {
        (input, block.opening) = trailing_comment(input);
    }
    loop {
        let (start, lead) = lead(context, input);
        match end {
            End::Text if start.is_empty() => {
                block.end = lead.into_end(block.items.is_empty());
                return (start, block);
            }
            End::Text => {}
            End::Brace(brace) => {
                if let Ok((rest, _)) = symbol("}").parse(start) {
                    block.end = lead.into_end(block.items.is_empty());
                    return (rest, block);
                }
                if start.is_empty() || ends_unclosed(context, *brace, start) {
                    say_unclosed(context, place, *brace, start);
                    return (input, block);
                }
            }
        }
        match statement(context, start) {
            Ok((rest, node)) => {
                let (rest, despite) = clauses(context, place, rest);
                let span = context.span_between(start, rest);
                let (rest, trailing) = statement_end(context, place, rest);
                if let Some(node) = node {
                    let follows = lead.is_empty() && !block.items.is_empty();
                    let (blank_before, blank_after_comments, comments) =
                        lead.into_item(block.items.is_empty());
                    block.items.push(Item {
                        blank_before,
                        comments,
                        blank_after_comments,
                        follows,
                        node,
                        despite,
                        span,
                        trailing,
                    });
                }
                input = rest;
            }
            Err(_) => input = skip_statement(context, start),
        }
    }
}

/// `{despite}`, which patterns of a set have none of. What is wrong with a clause costs only that.
fn clauses<'s>(context: &Context<'s>, place: Place, input: &'s str) -> (&'s str, Vec<Despite>) {
    if place == Place::Set {
        return (input, Vec::new());
    }
    despite::clauses(context, input)
        .unwrap_or_else(|_| (skip_statement(context, input), Vec::new()))
}

/// Whether the block ends before `start` although its `}` is missing.
fn ends_unclosed(context: &Context<'_>, brace: Option<&str>, start: &str) -> bool {
    context.at_line_start(start)
        && begins_top_level(start)
        && (brace.is_none() || context.leaves_a_brace_open())
}

fn say_unclosed(context: &Context<'_>, place: Place, brace: Option<&str>, start: &str) {
    let Some(brace) = brace else {
        return;
    };
    let (next, what) = match word(start) {
        Ok((_, next)) => (
            context.span(next),
            format!("`{next}` cannot stand {}", place.called()),
        ),
        Err(_) => (
            context.span_at(context.offset(start), 0),
            "the file ends here".to_owned(),
        ),
    };
    context.say(
        context
            .error(Code::Syntax, brace, "this `{` is never closed")
            .help("write `}` behind the last statement of the block")
            .related(next, what),
    );
}

/// `{comment | NL}`
fn lead<'s>(context: &Context<'s>, mut input: &'s str) -> (&'s str, Lead) {
    let mut lead = Lead::default();
    let mut at_line_start = context.at_line_start(input);
    loop {
        let is_parted = match blanks(input) {
            Ok((rest, blanks)) => {
                input = rest;
                at_line_start || !blanks.is_empty()
            }
            Err(_) => at_line_start,
        };
        if let Some(rest) = input.strip_prefix('\n') {
            lead.n_line_ends += 1;
            at_line_start = true;
            input = rest;
        } else if let Some((rest, text)) = comment(input).ok().filter(|_| is_parted) {
            lead.comments.push(Comment {
                blank_before: lead.n_line_ends > 1,
                text: text.into(),
            });
            lead.n_line_ends = 0;
            input = rest;
        } else {
            return (input, lead);
        }
    }
}

impl Lead {
    /// Whether nothing parts the statement from what stands before it.
    fn is_empty(&self) -> bool {
        self.comments.is_empty() && self.n_line_ends == 0
    }

    /// `(blank_before, blank_after_comments, comments)` of an item.
    fn into_item(mut self, is_first: bool) -> (bool, bool, Vec<Comment>) {
        let blank = self.n_line_ends > 1;
        let (blank_before, blank_after_comments) = match self.comments.first_mut() {
            Some(first) => (std::mem::take(&mut first.blank_before), blank),
            None => (blank, false),
        };
        (
            blank_before && !is_first,
            blank_after_comments,
            self.comments,
        )
    }

    /// The comments before a closing brace or the end of the file.
    fn into_end(mut self, is_first: bool) -> Vec<Comment> {
        if let Some(first) = self.comments.first_mut() {
            first.blank_before &= !is_first;
        }
        self.comments
    }
}

/// A comment behind something on its line.
fn trailing_comment(input: &str) -> (&str, Option<Box<str>>) {
    match blanks(input) {
        Ok((rest, blanks)) if !blanks.is_empty() => match comment(rest) {
            Ok((rest, text)) => (rest, Some(text.into())),
            Err(_) => (input, None),
        },
        _ => (input, None),
    }
}

/// The end of the line or of the block. Anything else is told and passed over.
fn statement_end<'s>(
    context: &Context<'s>,
    place: Place,
    input: &'s str,
) -> (&'s str, Option<Box<str>>) {
    let (rest, trailing) = trailing_comment(input);
    if trailing.is_some() || place == Place::Set || at_line_end(rest) || next_is(rest, '}') {
        return (rest, trailing);
    }
    if let Ok((_, next)) = word(rest)
        && place.keywords().contains(&next)
    {
        let message = "each statement stands on a line of its own";
        let diagnostic = context.error(Code::Syntax, next, message);
        context.say(
            diagnostic
                .help(format!("begin a new line before `{next}`"))
                .edit(context.span_at(context.offset(next), 0), "\n"),
        );
        return (rest, None);
    }
    if next_is(rest, ',') {
        let (comma, _) = symbol(",")
            .parse(rest)
            .map_or((rest, ""), |(_, comma)| (comma, comma));
        context.say_comma(comma);
    } else {
        context.say(unexpected(context, place, rest));
    }
    (skip_statement(context, rest), None)
}

fn unexpected(context: &Context<'_>, place: Place, input: &str) -> Diagnostic {
    let (found, span) = found(context, input);
    let diagnostic = Diagnostic::error(
        Code::Syntax,
        span,
        format!("expected the end of the line, found {found}"),
    );
    let next = word(input).map_or("", |(_, word)| word);
    if is_foreign_comment(next) {
        foreign::help_with_comment(context, diagnostic, next)
    } else if next_is(input, '#') {
        let place = context.span_at(context.offset(input), 0);
        let help = "a comment begins with a blank and `#`";
        diagnostic.help(help).edit(place, " ")
    } else if next_is(input, '"') && place == Place::Agent {
        diagnostic.help("a reason is written `because \"…\"`")
    } else {
        foreign::help_with_unexpected(diagnostic, next)
    }
}
