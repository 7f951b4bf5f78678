//! The agent block.
//!
//! ```text
//! agent = "agent" name block     of: "id" id | "provider" name
//!                                  | "access" ("full" | "list" | "model-only")
//!                                  | allow | lan | cdp | "sessions" number
//!                                  | "mode" ("enforce" | "report")
//! id    = [A-Za-z0-9][A-Za-z0-9._-]{0,127}
//! ```

use super::block::block;
use super::context::Context;
use super::keyword::{Place, say_unknown};
use super::lexical::{Read, choice, clip, expect_word, name, skip_equals, stop};
use super::set::block_name;
use super::{cdp, internet, lan};
use crate::ast::{Access, AgentItem, Mode, Statement};
use crate::diagnostic::Code;

/// The longest `id`, in characters.
pub(super) const MAX_ID_LEN: usize = 128;

/// `agent = "agent" name block`
pub(super) fn agent<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<Statement>> {
    let (rest, name) = block_name(context, "the name of the agent", input)?;
    let (rest, block) = block(context, Place::Agent, rest, item)?;
    Ok((rest, name.map(|name| Statement::Agent { name, block })))
}

fn item<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<AgentItem>> {
    let (rest, key) = expect_word(context, "a statement", input)?;
    let rest = skip_equals(context, rest);
    match key {
        "id" => id(context, rest),
        "provider" => {
            let (rest, name) = name(context, "the name of a provider", rest)?;
            Ok((rest, name.map(AgentItem::Provider)))
        }
        "access" => {
            let choices = [
                ("full", Access::Full),
                ("list", Access::List),
                ("model-only", Access::ModelOnly),
            ];
            let what = "`full`, `list` or `model-only`";
            let (rest, access) = choice(context, what, &choices, rest)?;
            Ok((rest, access.map(AgentItem::Access)))
        }
        "allow" => {
            let (rest, grant) = internet::grant(context, rest)?;
            Ok((rest, grant.map(AgentItem::Allow)))
        }
        "deny" => {
            let (rest, grant) = internet::grant(context, rest)?;
            Ok((rest, grant.map(AgentItem::Deny)))
        }
        "lan" => lan::lan(context, rest),
        "cdp" => cdp::cdp(context, rest),
        "sessions" => sessions(context, rest),
        "mode" => {
            let choices = [("enforce", Mode::Enforce), ("report", Mode::Report)];
            let (rest, mode) = choice(context, "`enforce` or `report`", &choices, rest)?;
            Ok((rest, mode.map(AgentItem::Mode)))
        }
        _ => {
            say_unknown(context, Place::Agent, key);
            stop()
        }
    }
}

/// Whether a text can be an agent's `id`: `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`.
pub fn is_agent_id(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    begins && text.len() <= MAX_ID_LEN && text.bytes().all(fits)
}

/// `"id" id`
fn id<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<AgentItem>> {
    let (rest, word) = expect_word(context, "an agent group id", input)?;
    if is_agent_id(word) {
        let id = AgentItem::Id(context.located(word.into(), word));
        return Ok((rest, Some(id)));
    }
    let message = format!("`{}` is no agent group id", clip(word));
    context.say(context.error(Code::BadName, word, message).help(format!(
        "an id has letters, digits, `.`, `-` and `_`, begins with a letter or a digit, and has \
         at most {MAX_ID_LEN} characters"
    )));
    Ok((rest, None))
}

/// `"sessions" number`
fn sessions<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<AgentItem>> {
    let (rest, word) = expect_word(context, "a number of containers", input)?;
    let is_plain = word.bytes().all(|byte| byte.is_ascii_digit());
    let number = word.parse::<u16>().ok().filter(|n| *n > 0 && is_plain);
    if number.is_none() {
        let message = format!("`{}` is no number of containers", clip(word));
        let help = format!("write a number from 1 to {}", u16::MAX);
        context.say(context.error(Code::Syntax, word, message).help(help));
    }
    let sessions = number.map(|number| AgentItem::Sessions(context.located(number, word)));
    Ok((rest, sessions))
}
