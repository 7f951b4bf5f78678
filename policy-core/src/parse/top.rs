//! The statements at the top of a file, and `policy 1`, which begins each.
//!
//! ```text
//! file    = "policy 1" NL {statement NL}
//! include = "include" string
//! safe-ports = "safe-ports" port {port}
//! ```

use super::block::statements;
use super::context::Context;
use super::despite;
use super::keyword::{Place, say_unknown};
use super::lexical::{
    Read, at_line_end, expect_word, expected, found, next_is, port, skip_equals, stop, string,
    symbol, word,
};
use super::{agent, edge, gateway, invariant, network, set, test};
use crate::ast::{File, Statement};
use crate::diagnostic::{Code, Diagnostic};
use nom::Parser;

/// The one version of the language.
const VERSION: u32 = 1;

/// `file = "policy 1" NL {statement NL}`
pub(super) fn file<'s>(context: &Context<'s>, input: &'s str) -> File {
    let block = statements(context, input, statement);
    if context.policy.get().is_none() {
        let place = context.first_statement.get();
        let place = place.unwrap_or(context.span_at(context.offset(input), 0));
        context.say(
            Diagnostic::error(Code::PolicyVersion, place, "a file begins with `policy 1`")
                .help("write `policy 1` before the first statement")
                .edit(context.span_at(place.range().start, 0), "policy 1\n"),
        );
    }
    File {
        statements: block.items,
        end: block.end,
    }
}

fn statement<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<Statement>> {
    if let Ok((rest, brace)) = symbol("}").parse(input) {
        let message = "this `}` closes nothing";
        context.say(
            context
                .error(Code::Syntax, brace, message)
                .help("delete it"),
        );
        return Ok((rest, None));
    }
    let Ok((rest, key)) = word(input) else {
        return context.fail(expected(context, "a statement", input));
    };
    let is_first = context.first_statement.get().is_none();
    if is_first {
        context.first_statement.set(Some(context.span(key)));
    }
    let rest = skip_equals(context, rest);
    if let Some(read) = known(context, is_first, key, key, rest) {
        return read;
    }
    let meant = say_unknown(context, Place::File, key);
    // What follows is read as what was meant, so that its mistakes are told as well.
    match meant.and_then(|meant| known(context, is_first, meant, key, rest)) {
        Some(Ok((rest, _))) => Ok((rest, None)),
        Some(Err(error)) => Err(error),
        None => stop(),
    }
}

/// The statement that begins with `meant`, which is written as `key`.
fn known<'s>(
    context: &Context<'s>,
    is_first: bool,
    meant: &str,
    key: &'s str,
    rest: &'s str,
) -> Option<Read<'s, Option<Statement>>> {
    Some(match meant {
        "policy" => policy(context, is_first, key, rest),
        "gateway" => gateway::gateway(context, rest),
        "network" => network::network(context, rest),
        "safe-ports" => safe_ports(context, rest),
        "provider" => with(
            set::named_set(context, "provider", rest),
            Statement::Provider,
        ),
        "hosts" => with(set::named_set(context, "set", rest), Statement::Hosts),
        "include" => include(context, rest),
        "agent" => agent::agent(context, rest),
        "edge" => with(edge::edge(context, rest), Statement::Edge),
        "test" => test::test(context, rest),
        "invariant" => invariant::invariant(context, rest),
        _ => return None,
    })
}

fn with<T>(
    read: Read<'_, Option<T>>,
    make: impl FnOnce(T) -> Statement,
) -> Read<'_, Option<Statement>> {
    read.map(|(rest, node)| (rest, node.map(make)))
}

/// `"policy" version`
fn policy<'s>(
    context: &Context<'s>,
    is_first: bool,
    key: &'s str,
    input: &'s str,
) -> Read<'s, Option<Statement>> {
    let earlier = context.policy.get();
    context.policy.set(earlier.or(Some(context.span(key))));
    let (rest, number) = match word(input) {
        Ok((rest, number)) => (rest, number),
        Err(_) => {
            let (found, place) = found(context, input);
            let message = format!("expected the version of the language, found {found}");
            let diagnostic = Diagnostic::error(Code::PolicyVersion, place, message);
            return context.fail(diagnostic.help("write `policy 1`").replace_with(" 1"));
        }
    };
    if number != "1" {
        let message = format!("`{}` is no known version", super::lexical::clip(number));
        let diagnostic = context.error(Code::PolicyVersion, number, message);
        context.say(diagnostic.help("write `policy 1`, the one version there is"));
        return Ok((rest, None));
    }
    let node = Statement::Policy(context.located(VERSION, number));
    if is_first {
        return Ok((rest, Some(node)));
    }
    let whole = context.span(key).to(context.span(number));
    let first = context.first_statement.get().unwrap_or(whole).range().start;
    context.say(match earlier {
        Some(earlier) => context
            .error(Code::Repeated, key, "`policy 1` stands twice")
            .help("delete this one")
            .edit(whole, "")
            .related(earlier, "the first one"),
        None => context
            .error(
                Code::PolicyVersion,
                key,
                "`policy 1` is not the first statement",
            )
            .help("write it before all others")
            .edit(context.span_at(first, 0), "policy 1\n")
            .edit(whole, ""),
    });
    Ok((rest, None))
}

/// `include = "include" string`
fn include<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<Statement>> {
    let (rest, path) = string(context, "the path of a file", input)?;
    if path.value.is_empty() {
        let message = "the path of the included file is empty";
        let found = Diagnostic::error(Code::Include, path.span, message);
        context.say(found.help("the path is relative to this file; `*` stands for any file name"));
        return Ok((rest, None));
    }
    Ok((rest, Some(Statement::Include(path))))
}

/// `safe-ports = "safe-ports" port {port}`
fn safe_ports<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<Statement>> {
    expect_word(context, "a port", input)?;
    let mut ports = Vec::new();
    let mut rest = input;
    while !at_line_end(rest) && !next_is(rest, '}') {
        if let Ok((after, comma)) = symbol(",").parse(rest) {
            context.say_comma(comma);
            rest = after;
            continue;
        }
        if rest != input && word(rest).is_ok_and(|(_, text)| despite::begins(text)) {
            break;
        }
        let (after, port) = port(context, "a port", rest)?;
        ports.extend(port);
        rest = after;
    }
    let node = (!ports.is_empty()).then_some(Statement::SafePorts(ports));
    Ok((rest, node))
}
