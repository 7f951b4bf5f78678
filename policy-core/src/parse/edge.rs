//! Who may message whom.
//!
//! ```text
//! edge = "edge" name ("->" | "<->") name ["as" name]
//! ```

use nom::Parser;

use super::context::Context;
use super::foreign;
use super::lexical::{Read, expect_word, expected, keyword, name, word};
use crate::ast::Edge;
use crate::diagnostic::Code;

/// `edge = "edge" name ("->" | "<->") name ["as" name]`, behind the keyword
pub(super) fn edge<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<Edge>> {
    if let Ok((_, text)) = word(input)
        && let Some((from, to)) = text.split_once("->").filter(|(from, _)| !from.is_empty())
    {
        let arrow = if from.ends_with('<') { "<->" } else { "->" };
        let from = from.trim_end_matches('<');
        let message = format!("`{arrow}` stands between blanks");
        let diagnostic = context.error(Code::Syntax, text, message);
        let shown = if to.is_empty() { "…" } else { to };
        return context.fail(
            diagnostic
                .help(format!("write `edge {from} {arrow} {shown}`"))
                .replace_with(foreign::parted_arrow(text, arrow)),
        );
    }
    let (rest, from) = name(context, "the name of an agent", input)?;
    let (after, arrow) = expect_word(context, "`->` or `<->`", rest)?;
    let both = match arrow {
        "->" => false,
        "<->" => true,
        _ => {
            let help = match arrow {
                "<-" => "write the sender first: `edge SENDER -> RECEIVER`",
                _ => "write `edge SENDER -> RECEIVER`, or `<->` for both ways",
            };
            let unexpected = expected(context, "`->` or `<->`", rest).help(help);
            return context.fail(match arrow {
                "=>" | "-->" | "→" => unexpected.replace_with("->"),
                "<=>" | "<-->" | "↔" => unexpected.replace_with("<->"),
                _ => unexpected,
            });
        }
    };
    let (rest, to) = name(context, "the name of an agent", after)?;
    let (rest, local_name) = match keyword("as").parse(rest) {
        Ok((rest, _)) => {
            let (rest, local_name) = name(context, "the name that the sender uses", rest)?;
            (rest, Some(local_name))
        }
        Err(_) => (rest, None),
    };
    let is_sound = local_name != Some(None);
    let local_name = local_name.flatten();
    let edge = from.zip(to).filter(|_| is_sound);
    Ok((
        rest,
        edge.map(|(from, to)| Edge {
            from,
            to,
            both,
            local_name,
        }),
    ))
}
