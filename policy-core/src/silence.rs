//! Which warnings the policy says are known and meant.
//!
//! A `despite` silences the warnings of its codes that point into its statement, so one behind a
//! block speaks for the whole block. Errors are not silenced, whatever their code. A clause without
//! effect is told: it would hide the warning that comes one day.

use std::collections::BTreeMap;

use crate::ast::{Block, Item, Statement};
use crate::diagnostic::{Code, Diagnostic, Report, Severity};
use crate::sources::Sources;
use crate::span::{FileId, Span};

/// The clauses of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Silences {
    // INVARIANT: statements of one level do not overlap.
    inner: Level,
    top: Level,
}

/// The silenced statements of blocks, or those around them, by code and by where they begin.
type Level = BTreeMap<(Code, FileId, u32), Silence>;

/// One code of one clause.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Silence {
    /// Where the statement ends.
    end: u32,
    /// Where the code stands.
    span: Span,
    has_silenced: bool,
}

impl Silences {
    /// The clauses of all files.
    pub fn of(sources: &Sources) -> Self {
        let mut silences = Self::default();
        for item in sources
            .files()
            .iter()
            .flat_map(|file| &file.tree.statements)
        {
            add(&mut silences.top, item);
            let inner = &mut silences.inner;
            match &item.node {
                Statement::Gateway { block, .. } => add_all(inner, block),
                Statement::Network(block) => add_all(inner, block),
                Statement::Agent { block, .. } => add_all(inner, block),
                Statement::Test { block, .. } => add_all(inner, block),
                Statement::Invariant { block, .. } => add_all(inner, block),
                Statement::Provider(_)
                | Statement::Hosts(_)
                | Statement::Policy(_)
                | Statement::SafePorts(_)
                | Statement::Include(_)
                | Statement::Edge(_) => {}
            }
        }
        silences
    }

    /// Whether a finding is silenced. The nearest clause is the one that has done it.
    pub(crate) fn silence(&mut self, found: &Diagnostic) -> bool {
        if found.severity == Severity::Error {
            return false;
        }
        let key = (found.code, found.span.file, found.span.start);
        for level in [&mut self.inner, &mut self.top] {
            if let Some((at, silence)) = level.range_mut(..=key).next_back()
                && (at.0, at.1) == (key.0, key.1)
                && found.span.end <= silence.end
            {
                silence.has_silenced = true;
                return true;
            }
        }
        false
    }

    /// Tells of the clauses that have silenced nothing.
    pub(crate) fn tell_needless(&self, report: &mut Report) {
        let levels = self.inner.iter().chain(&self.top);
        for ((code, ..), silence) in levels.filter(|(_, silence)| !silence.has_silenced) {
            let message = format!("there is no warning `{code}` here to silence");
            let help = "delete the code, or the whole `despite` when it is the only one";
            let found = Diagnostic::warning(Code::NeedlessDespite, silence.span, message);
            report.push(found.help(help));
        }
    }
}

fn add_all<T>(level: &mut Level, block: &Block<T>) {
    block.items.iter().for_each(|item| add(level, item));
}

fn add<T>(level: &mut Level, item: &Item<T>) {
    for code in item.despite.iter().flat_map(|clause| &clause.codes) {
        let key = (code.value, item.span.file, item.span.start);
        let silence = Silence {
            end: item.span.end,
            span: code.span,
            has_silenced: false,
        };
        level.insert(key, silence);
    }
}
