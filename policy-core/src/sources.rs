//! A policy's files, joined by `include`.
//!
//! Reading them is the caller's: this module says which files it wants and keeps what it gets.

use crate::ast::{File, Statement};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::parse::parse;
use crate::span::{FileId, LineColumn, LineIndex, Located, MAX_FILE_LEN, Span};

/// How deep includes may nest.
pub const MAX_INCLUDE_DEPTH: usize = 16;

/// Finds and reads files. Names are opaque here, but two names of one file must be equal.
pub trait Reader {
    /// The files that `pattern`, written in file `from`, stands for, sorted.
    fn expand(&mut self, from: &str, pattern: &str) -> Result<Vec<String>, String>;

    /// The text of a file.
    fn read(&mut self, name: &str) -> Result<String, String>;
}

/// A reader for a policy of one file, which can include nothing.
pub struct NoIncludes;

impl Reader for NoIncludes {
    fn expand(&mut self, _from: &str, _pattern: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    fn read(&mut self, name: &str) -> Result<String, String> {
        Err(format!("`{name}` is not there"))
    }
}

/// One file, read and parsed.
#[derive(Clone, Debug)]
pub struct Source {
    /// What messages call it.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Its tree.
    pub tree: File,
    lines: LineIndex,
}

/// All files of one policy; the root is the first.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Reads `text`, the file called `name`, and everything it includes. What cannot be read or
    /// parsed is in the report; the rest is there all the same.
    pub fn load(name: &str, text: String, reader: &mut impl Reader) -> (Self, Report) {
        let mut loader = Loader {
            reader,
            sources: Self::default(),
            report: Report::default(),
        };
        loader.add(name, text, &mut Vec::new());
        (loader.sources, loader.report)
    }

    /// A policy of one text.
    pub fn single(name: &str, text: &str) -> (Self, Report) {
        Self::load(name, text.to_owned(), &mut NoIncludes)
    }

    /// The files, in the order of [`FileId`].
    pub fn files(&self) -> &[Source] {
        &self.files
    }

    /// One file.
    pub fn file(&self, id: FileId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// Where a span begins: file name, line and column.
    pub fn locate(&self, span: Span) -> (&str, LineColumn) {
        self.locate_offset(span, span.start)
    }

    /// Where a span ends: file name, line and column, the column one past the last character.
    pub fn locate_end(&self, span: Span) -> (&str, LineColumn) {
        self.locate_offset(span, span.end)
    }

    fn locate_offset(&self, span: Span, offset: u32) -> (&str, LineColumn) {
        match self.file(span.file) {
            Some(file) => (&file.name, file.lines.locate(&file.text, offset)),
            None => ("", LineColumn { line: 1, column: 1 }),
        }
    }
}

struct Loader<'a, R> {
    reader: &'a mut R,
    sources: Sources,
    report: Report,
}

impl<R: Reader> Loader<'_, R> {
    /// Adds a file and then what it includes; `chain` holds the names from the root to here.
    fn add(&mut self, name: &str, text: String, chain: &mut Vec<String>) {
        let id = FileId(u32::try_from(self.sources.files.len()).unwrap_or(u32::MAX));
        if text.len() > MAX_FILE_LEN {
            let message = format!("`{name}` has more than {MAX_FILE_LEN} bytes");
            let help = "split it and join the parts with `include`";
            let found = Diagnostic::error(Code::Limit, Span::new(id, 0, 0), message).help(help);
            self.report.push(found);
            return;
        }
        let (tree, report) = parse(id, &text);
        self.report.extend(report);
        let includes: Vec<Located<Box<str>>> = tree
            .statements
            .iter()
            .filter_map(|item| match &item.node {
                Statement::Include(pattern) => Some(pattern.clone()),
                _ => None,
            })
            .collect();
        let lines = LineIndex::new(&text);
        self.sources.files.push(Source {
            name: name.to_owned(),
            text,
            tree,
            lines,
        });
        chain.push(name.to_owned());
        for pattern in includes {
            self.include(name, &pattern, chain);
        }
        chain.pop();
    }

    fn include(&mut self, from: &str, pattern: &Located<Box<str>>, chain: &mut Vec<String>) {
        let fail = |report: &mut Report, message: String, help: &str| {
            report.push(Diagnostic::error(Code::Include, pattern.span, message).help(help));
        };
        let names = match self.reader.expand(from, &pattern.value) {
            Ok(names) if names.is_empty() => {
                let message = format!("`{}` matches no file", pattern.value.escape_debug());
                let help = "the path is relative to this file; `*` stands for any file name";
                return fail(&mut self.report, message, help);
            }
            Ok(names) => names,
            Err(reason) => {
                let message = format!(
                    "`{}` cannot be read: {reason}",
                    pattern.value.escape_debug()
                );
                return fail(
                    &mut self.report,
                    message,
                    "see that the path and its rights are right",
                );
            }
        };
        for name in names {
            if chain.contains(&name) {
                let message = format!("`{name}` includes itself: {} -> {name}", chain.join(" -> "));
                fail(
                    &mut self.report,
                    message,
                    "remove one include of the circle",
                );
                continue;
            }
            if self.sources.files.iter().any(|file| file.name == name) {
                continue;
            }
            if chain.len() >= MAX_INCLUDE_DEPTH {
                let message = format!("includes are nested more than {MAX_INCLUDE_DEPTH} deep");
                fail(
                    &mut self.report,
                    message,
                    "include the file from the root instead",
                );
                continue;
            }
            match self.reader.read(&name) {
                Ok(text) => self.add(&name, text, chain),
                Err(reason) => {
                    let message = format!("`{name}` cannot be read: {reason}");
                    fail(
                        &mut self.report,
                        message,
                        "see that the path and its rights are right",
                    );
                }
            }
        }
    }
}
