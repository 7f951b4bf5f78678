//! One production: `edge = "edge" name ("->" | "<->") name ["as" name]`.
//!
//! `of:` behind a production says what stands in its block. Prose behind three blanks is a remark.

use std::collections::BTreeSet;

/// A production of the document.
#[derive(Clone, Debug)]
pub(super) struct Production {
    pub(super) name: String,
    /// The words of a statement.
    pub(super) expression: Expression,
    /// The statements of its block.
    pub(super) inside: Option<Expression>,
    /// Which section it stands in.
    pub(super) section: usize,
}

/// What a production is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    /// `"edge"`
    Keyword(String),
    /// `name`: another production, or a kind of word.
    Part(String),
    /// One behind the other.
    Sequence(Vec<Expression>),
    /// `a | b`
    Either(Vec<Expression>),
    /// `[a]`
    Optional(Box<Expression>),
    /// `{a}`
    Many(Box<Expression>),
}

/// What productions are made of in the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    pub(super) keywords: BTreeSet<String>,
    /// The names of other productions, and kinds of words.
    pub(super) parts: BTreeSet<String>,
}

/// The productions of one section.
pub(super) fn productions(text: &str, section: usize) -> Vec<Production> {
    let tokens: Vec<String> = text
        .lines()
        .flat_map(|line| tokens(without_remark(line)))
        .collect();
    // Each begins with a name in front of a `=`.
    let mut starts: Vec<usize> = Vec::new();
    for (at, token) in tokens.iter().enumerate().skip(1) {
        if token == "=" {
            starts.push(at - 1);
        }
    }
    let mut found = Vec::new();
    for (nth, start) in starts.iter().enumerate() {
        let end = starts.get(nth + 1).copied().unwrap_or(tokens.len());
        let Some([name, _, body @ ..]) = tokens.get(*start..end) else {
            continue;
        };
        let mut halves = body.splitn(2, |token| token == "of:");
        found.push(Production {
            name: name.clone(),
            expression: halves
                .next()
                .map_or(Expression::Sequence(Vec::new()), expression),
            inside: halves.next().map(expression),
            section,
        });
    }
    found
}

impl Production {
    /// Whether the statement begins with this keyword.
    pub(super) fn begins_with(&self, keyword: &str) -> bool {
        match &self.expression {
            Expression::Sequence(parts) => {
                parts.first() == Some(&Expression::Keyword(keyword.to_owned()))
            }
            _ => false,
        }
    }
}

impl Expression {
    /// Adds the words in it.
    pub(super) fn words(&self, found: &mut Words) {
        match self {
            Expression::Keyword(word) => {
                found.keywords.insert(word.clone());
            }
            Expression::Part(name) => {
                found.parts.insert(name.clone());
            }
            Expression::Sequence(parts) | Expression::Either(parts) => {
                parts.iter().for_each(|part| part.words(found));
            }
            Expression::Optional(part) | Expression::Many(part) => part.words(found),
        }
    }
}

fn without_remark(line: &str) -> &str {
    let (_, body) = line.split_once('=').unwrap_or(("", line));
    let body_at = line.len() - body.trim_start().len();
    let body = line.get(body_at..).unwrap_or("");
    match body.split_once("   ") {
        Some((grammar, rest)) if !rest.trim_start().starts_with("of:") => {
            line.get(..body_at + grammar.len()).unwrap_or(line)
        }
        _ => line,
    }
}

/// Names, quoted words and single signs.
fn tokens(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let len = match first {
            '"' => rest
                .get(1..)
                .and_then(|rest| rest.find('"'))
                .map_or(rest.len(), |at| at + 2),
            _ if rest.starts_with("of:") => "of:".len(),
            _ if is_of_name(first) => rest.find(|c| !is_of_name(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (token, behind) = rest.split_at_checked(len).unwrap_or((rest, ""));
        found.push(token.to_owned());
        rest = behind.trim_start();
    }
    found
}

fn expression(tokens: &[String]) -> Expression {
    let mut rest = tokens;
    either(&mut rest)
}

fn either(rest: &mut &[String]) -> Expression {
    let mut parts = vec![sequence(rest)];
    while let Some(([sign], behind)) = rest.split_at_checked(1)
        && sign == "|"
    {
        *rest = behind;
        parts.push(sequence(rest));
    }
    // What begins with `:` stands in the word before.
    parts.retain(|part| *part != Expression::Sequence(Vec::new()));
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            Expression::Either(parts)
        }
        None => Expression::Sequence(parts),
    }
}

fn sequence(rest: &mut &[String]) -> Expression {
    let mut parts = Vec::new();
    while let Some((token, behind)) = rest.split_first() {
        let inner = match &**token {
            "|" | ")" | "]" | "}" => break,
            ":" | "\":\"" => {
                *rest = behind;
                // The part behind it stands in the same word.
                item(rest);
                continue;
            }
            _ => item(rest),
        };
        parts.extend(inner);
    }
    Expression::Sequence(parts)
}

fn item(rest: &mut &[String]) -> Option<Expression> {
    let (token, behind) = rest.split_first()?;
    *rest = behind;
    let closed = |rest: &mut &[String]| {
        let inner = either(rest);
        if let Some((_, behind)) = rest.split_first() {
            *rest = behind;
        }
        inner
    };
    Some(match &**token {
        "(" => closed(rest),
        "[" => Expression::Optional(Box::new(closed(rest))),
        "{" => Expression::Many(Box::new(closed(rest))),
        "\"@\"" => {
            item(rest);
            Expression::Part("@name".to_owned())
        }
        word => match word
            .strip_prefix('"')
            .and_then(|word| word.strip_suffix('"'))
        {
            // A part of a word, such as `"host:"` in front of a port.
            Some(start) if start.ends_with(':') => {
                item(rest);
                Expression::Part(start.to_owned())
            }
            Some(keywords) => {
                let words = keywords.split(' ').map(str::to_owned);
                let mut words: Vec<_> = words.map(Expression::Keyword).collect();
                match words.pop() {
                    Some(only) if words.is_empty() => only,
                    last => Expression::Sequence(words.into_iter().chain(last).collect()),
                }
            }
            None => Expression::Part(word.to_owned()),
        },
    })
}
