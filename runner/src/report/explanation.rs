//! The answer of `explain`, for people and for programs.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Level, Renderer};
use policy_core::ast::Route;
use policy_core::decide::{BuiltIn, Cause, Decision, Kind};
use policy_core::edit::Edit;
use policy_core::explain::{Aim, Answer, Asked, Change, Remedy, hopeless, words};
use policy_core::ir::{Access, Policy};
use policy_core::sources::Sources;
use policy_core::span::Span;
use serde::Serialize;

use super::place::{Beginning, beginning, decision, method, route};
use super::{Drawing, patched, render};

/// The format.
const VERSION: u32 = 1;
/// How much of a printed line is shown, so that it fits beside its number into 80 columns.
const MAX_SHOWN: usize = 60;

/// A line of a printed file.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// The file.
    pub file: String,
    /// Its number, from 1.
    pub line: u32,
    /// The line.
    pub text: String,
}

/// Everything that there is to say about an answer.
pub struct Explanation<'a> {
    /// The text.
    pub sources: &'a Sources,
    /// What it means.
    pub policy: &'a Policy,
    /// The question.
    pub asked: Asked<'a>,
    /// The answer.
    pub answer: Answer<'a>,
    /// The printed lines that give it.
    pub lines: Vec<Line>,
    /// What would change it.
    pub remedies: Vec<Remedy>,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    agent: &'a str,
    destination: String,
    method: &'static str,
    decision: &'static str,
    route: Option<Route>,
    statement: Option<Beginning<'a>>,
    rule: Option<BuiltIn>,
    why: Option<String>,
    would: Option<Why<'a>>,
    lines: &'a [Line],
    remedies: Vec<Suggestion<'a>>,
    hopeless: Option<String>,
}

#[derive(Serialize)]
struct Why<'a> {
    statement: Option<Beginning<'a>>,
    rule: Option<BuiltIn>,
    why: Option<String>,
}

#[derive(Serialize)]
struct Suggestion<'a> {
    summary: String,
    decision: &'static str,
    route: Option<Route>,
    statement: Option<Beginning<'a>>,
    rule: Option<BuiltIn>,
    breaks: &'a [String],
    edits: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
struct Replacement<'a> {
    #[serde(flatten)]
    start: Beginning<'a>,
    end_line: u32,
    end_column: u32,
    text: &'a str,
}

impl Explanation<'_> {
    /// One JSON document.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        let verdict = &self.answer.verdict;
        let (statement, rule) = self.cause(verdict.cause);
        let document = Document {
            version: VERSION,
            agent: self.answer.agent.name.as_str(),
            destination: self.asked.destination.to_string(),
            method: method(self.answer.kind),
            decision: decision(verdict.decision),
            route: route(verdict.decision),
            statement,
            rule,
            why: rule.map(|rule| self.words(rule)),
            would: verdict.would.map(|cause| {
                let (statement, rule) = self.cause(cause);
                let why = rule.map(|rule| self.words(rule));
                Why {
                    statement,
                    rule,
                    why,
                }
            }),
            lines: &self.lines,
            remedies: self.remedies.iter().map(|r| self.suggestion(r)).collect(),
            hopeless: self.hopeless(),
        };
        Ok(serde_json::to_string_pretty(&document)? + "\n")
    }

    fn suggestion<'s>(&'s self, remedy: &'s Remedy) -> Suggestion<'s> {
        let edits = remedy.edits.iter().map(|Edit { span, text }| {
            let (_, end) = self.sources.locate_end(*span);
            Replacement {
                start: beginning(self.sources, *span),
                end_line: end.line,
                end_column: end.column,
                text,
            }
        });
        Suggestion {
            summary: self.summary(remedy),
            decision: decision(remedy.decision),
            route: route(remedy.decision),
            statement: remedy.statement.map(|span| beginning(self.sources, span)),
            rule: remedy.rule,
            breaks: &remedy.breaks,
            edits: edits.collect(),
        }
    }

    /// The statement or the built-in rule.
    fn cause(&self, cause: Cause<'_>) -> (Option<Beginning<'_>>, Option<BuiltIn>) {
        match cause {
            Cause::Statement(origin) => (Some(beginning(self.sources, origin.span)), None),
            Cause::BuiltIn(rule) => (None, Some(rule)),
        }
    }

    /// The answer with the lines of the policy that it comes from, and suggested edits.
    pub fn human(&self) -> String {
        let verdict = &self.answer.verdict;
        let agent = &self.answer.agent.name;
        let asked = self.asked.destination;
        let (level, title) = match verdict.decision {
            Decision::Allow(Route::Gateway) => (
                "allow",
                format!("`{agent}` reaches {asked} via the gateway"),
            ),
            Decision::Allow(Route::Direct) => {
                ("allow", format!("`{agent}` reaches {asked} directly"))
            }
            Decision::Allow(Route::Forward) => (
                "allow",
                format!("`{agent}` reaches {asked}, forwarded to Chrome on the host"),
            ),
            Decision::Deny => ("deny", format!("`{agent}` does not reach {asked}")),
        };
        let colour = match verdict.decision {
            Decision::Allow(_) => Level::NOTE,
            Decision::Deny => Level::ERROR,
        };
        let mut places = Vec::new();
        let mut notes = vec![match self.answer.kind {
            Kind::Connect => "asked with CONNECT".to_owned(),
            Kind::Plain | Kind::OtherScheme => "asked with a plain request".to_owned(),
        }];
        let mut id = None;
        match verdict.cause {
            Cause::Statement(origin) => {
                places.push((origin.span, AnnotationKind::Primary, Some("this decides")));
            }
            Cause::BuiltIn(rule) => {
                id = Some(rule.name());
                notes.insert(0, self.words(rule));
                if rule == BuiltIn::DefaultDeny {
                    places.push(self.access());
                }
            }
        }
        match verdict.would {
            Some(Cause::Statement(origin)) => {
                let what = "`mode enforce` would deny it by this";
                places.push((origin.span, AnnotationKind::Context, Some(what)));
            }
            Some(Cause::BuiltIn(rule)) => {
                notes.push(format!(
                    "`mode enforce` would deny it: {}",
                    self.words(rule)
                ));
                if rule == BuiltIn::DefaultDeny {
                    places.push(self.access());
                }
            }
            None => {}
        }
        let notes = notes.iter().map(|note| (Level::NOTE, vec![&**note]));
        let printed = self.printed();
        let printed = printed.iter().map(|lines| {
            let lines = lines.iter().map(String::as_str).collect();
            (Level::NOTE, lines)
        });
        let mut notes: Vec<_> = notes.chain(printed).collect();
        let hopeless = self.hopeless();
        notes.extend(hopeless.iter().map(|help| (Level::HELP, vec![&**help])));
        let drawing = Drawing {
            level: colour.with_name(level),
            id,
            title: &title,
            places,
            notes,
        };
        let summaries: Vec<String> = self.remedies.iter().map(|r| self.summary(r)).collect();
        let suggested = self.remedies.iter().zip(&summaries);
        let mut groups = vec![drawing.group(self.sources)];
        groups.extend(
            suggested.map(|(remedy, summary)| patched(self.sources, summary, &remedy.edits)),
        );
        render(&Renderer::styled(), &groups) + "\n"
    }

    /// The place that says what the agent reaches by default.
    fn access(&self) -> (Span, AnnotationKind, Option<&'static str>) {
        let agent = self.answer.agent;
        let what = match agent.access {
            Access::ModelOnly if agent.access_origin.span == agent.span => {
                "no `access` here, so it is `model-only`"
            }
            _ => "its access is set here",
        };
        (
            agent.access_origin.span,
            AnnotationKind::Context,
            Some(what),
        )
    }

    /// The printed lines of each file, as far as they fit.
    fn printed(&self) -> Vec<Vec<String>> {
        let numbers = self.lines.iter().map(|line| line.line);
        let width = numbers.max().unwrap_or(0).to_string().len();
        let files = self.lines.chunk_by(|one, other| one.file == other.file);
        let shown = |line: &Line| format!("{:>width$} {}", line.line, clipped(&line.text));
        let head = |line: &Line| format!("printed in {}", line.file);
        files
            .map(|lines| {
                lines
                    .first()
                    .map(head)
                    .into_iter()
                    .chain(lines.iter().map(shown))
            })
            .map(Iterator::collect)
            .collect()
    }

    fn words(&self, rule: BuiltIn) -> String {
        words(self.policy, &self.asked, &self.answer, rule)
    }

    /// Why nothing is suggested for a denial.
    fn hopeless(&self) -> Option<String> {
        match self.answer.verdict.cause {
            Cause::BuiltIn(rule)
                if self.answer.verdict.decision == Decision::Deny && self.remedies.is_empty() =>
            {
                Some(hopeless(self.policy, &self.answer, rule))
            }
            _ => None,
        }
    }

    /// A remedy in one sentence.
    fn summary(&self, remedy: &Remedy) -> String {
        let aim = match (remedy.aim, remedy.decision) {
            (Aim::Allow, _) if self.answer.verdict.would.is_some() => {
                "to allow it under `mode enforce` too"
            }
            (Aim::Allow, Decision::Allow(Route::Direct)) => "to allow it past the gateway",
            (Aim::Allow, _) => "to allow it",
            (Aim::Deny, _) => "to deny it",
        };
        let mut changes = String::new();
        let mut before = "";
        for change in &remedy.changes {
            let (verb, what) = self.change(change);
            let and = if before.is_empty() { "" } else { " and" };
            let verb_again = if verb == before { "" } else { verb };
            let blank = if verb_again.is_empty() { "" } else { " " };
            let _ = write!(changes, "{and}{blank}{verb_again} {what}");
            before = verb;
        }
        let then = match (remedy.decision, remedy.statement) {
            (Decision::Allow(_), Some(span)) => {
                let at = beginning(self.sources, span);
                format!("; then {}:{}:{} allows it", at.file, at.line, at.column)
            }
            _ => String::new(),
        };
        let breaks = match remedy.breaks.as_slice() {
            [] => String::new(),
            titles => format!("; this breaks \"{}\"", titles.join("\", \"")),
        };
        format!("{aim},{changes}{then}{breaks}")
    }

    /// What is done, and to what.
    fn change(&self, change: &Change) -> (&'static str, String) {
        let text = |span: &Span| {
            let file = self.sources.file(span.file);
            let text = file.and_then(|file| file.text.get(span.range()));
            text.unwrap_or_default()
        };
        match change {
            Change::Add(line) => ("add", format!("`{line}`")),
            Change::Replace(_, line) => ("write", format!("`{line}`")),
            Change::Delete(span) => {
                let keyword = text(span).split_whitespace().next().unwrap_or_default();
                ("delete", format!("the `{keyword}`"))
            }
            Change::TakeOut(span) => ("take out", format!("`{}`", clipped(text(span)))),
        }
    }
}

/// The start of a text, as long as it is shown.
fn clipped(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!(
            "{}…",
            text.split_at_checked(at).map_or("", |(start, _)| start)
        ),
        None => text.to_owned(),
    }
}
