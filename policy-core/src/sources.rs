//! A policy's files, joined by `include`.
//!
//! Reading them is the caller's: this module says which files it wants and keeps what it gets.
//! Each include may cost a walk through a folder, so their number is bounded, and so is that of
//! the files they name.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ast::{File, Statement};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::parse::parse;
use crate::span::{FileId, LineColumn, LineIndex, Located, MAX_FILE_LEN, Span};

/// How deep includes may nest.
pub const MAX_INCLUDE_DEPTH: usize = 16;
/// How many `include` statements all files of a policy have together.
pub const MAX_INCLUDES: usize = 1000;
/// How many files all includes of a policy name together; a file named twice counts twice.
pub const MAX_INCLUDED_FILES: usize = 10_000;

/// Finds and reads files. Names are opaque here, but two names of one file must be equal.
pub trait Reader {
    /// The files that `pattern`, a relative path written in file `from`, stands for, sorted. Of
    /// more than [`MAX_INCLUDED_FILES`] it may leave out all but one more than that.
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
    pub tree: Arc<File>,
    lines: LineIndex,
}

impl Source {
    fn new(id: FileId, name: String, text: String) -> (Self, Report) {
        let (tree, found) = parse(id, &text);
        (Self::of(name, text, Arc::new(tree)), found)
    }

    fn of(name: String, text: String, tree: Arc<File>) -> Self {
        let lines = LineIndex::new(&text);
        Self {
            name,
            text,
            tree,
            lines,
        }
    }
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
        let mut loader = Loader::new(reader);
        loader.add(name, text, &mut Vec::new());
        (loader.sources, loader.report)
    }

    /// The same for a text that was parsed already, as file 0.
    pub fn load_parsed(
        name: &str,
        text: String,
        (tree, found): (Arc<File>, Report),
        reader: &mut impl Reader,
    ) -> (Self, Report) {
        let mut loader = Loader::new(reader);
        loader.report = found;
        loader
            .sources
            .files
            .push(Source::of(name.to_owned(), text, tree));
        loader.follow(FileId(0), name, &mut Vec::new());
        (loader.sources, loader.report)
    }

    /// A policy of one text.
    pub fn single(name: &str, text: &str) -> (Self, Report) {
        Self::load(name, text.to_owned(), &mut NoIncludes)
    }

    /// Files that were read before, each with its name and text. What they include is among them.
    pub fn again(files: impl IntoIterator<Item = (String, String)>) -> (Self, Report) {
        let mut again = (Self::default(), Report::default());
        for (name, text) in files {
            let report = again.0.push(name, text);
            again.1.extend(report);
        }
        again
    }

    /// The same files with another text in one of them, and what reading it has reported. Its
    /// includes are not followed anew.
    pub fn with_text(&self, id: FileId, text: String) -> (Self, Report) {
        let mut sources = self.clone();
        let mut found = Report::default();
        if let Some(file) = sources.files.get_mut(id.0 as usize) {
            (*file, found) = Source::new(id, std::mem::take(&mut file.name), text);
        }
        (sources, found)
    }

    /// Parses a file and adds it.
    fn push(&mut self, name: String, text: String) -> Report {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        let (file, found) = Source::new(id, name, text);
        self.files.push(file);
        found
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
    names: BTreeSet<String>,
    n_includes: usize,
    n_included: usize,
}

impl<'a, R: Reader> Loader<'a, R> {
    fn new(reader: &'a mut R) -> Self {
        Self {
            reader,
            sources: Sources::default(),
            report: Report::default(),
            names: BTreeSet::new(),
            n_includes: 0,
            n_included: 0,
        }
    }

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
        let report = self.sources.push(name.to_owned(), text);
        self.report.extend(report);
        self.follow(id, name, chain);
    }

    /// Adds what a file includes.
    fn follow(&mut self, id: FileId, name: &str, chain: &mut Vec<String>) {
        let added = self.sources.file(id).map(|file| &file.tree.statements);
        let includes: Vec<Located<Box<str>>> = added
            .into_iter()
            .flatten()
            .filter_map(|item| match &item.node {
                Statement::Include(pattern) => Some(pattern.clone()),
                _ => None,
            })
            .collect();
        self.names.insert(name.to_owned());
        chain.push(name.to_owned());
        for pattern in includes {
            if self.n_includes >= MAX_INCLUDES {
                let message = format!("a policy has at most {MAX_INCLUDES} includes");
                let help = "include several files at once: `include \"team/*.reeve\"`";
                self.stop(pattern.span, message, help);
                break;
            }
            self.n_includes += 1;
            self.include(name, &pattern, chain);
        }
        chain.pop();
    }

    /// Reports that a bound is reached, and includes nothing more.
    fn stop(&mut self, span: Span, message: String, help: &str) {
        if self.n_includes <= MAX_INCLUDES {
            self.report
                .push(Diagnostic::error(Code::Limit, span, message).help(help));
        }
        self.n_includes = usize::MAX;
    }

    fn include(&mut self, from: &str, pattern: &Located<Box<str>>, chain: &mut Vec<String>) {
        let fail = |report: &mut Report, message: String, help: &str| {
            report.push(Diagnostic::error(Code::Include, pattern.span, message).help(help));
        };
        if pattern.value.starts_with('/') {
            let message = format!("`{}` is absolute", pattern.value);
            let help = "write the path relative to this file";
            return fail(&mut self.report, message, help);
        }
        let names = match self.reader.expand(from, &pattern.value) {
            Ok(names) if names.is_empty() => {
                let message = format!("`{}` matches no file", pattern.value);
                let help = "the path is relative to this file; `*` stands for any file name";
                return fail(&mut self.report, message, help);
            }
            Ok(names) => names,
            Err(reason) => {
                let message = format!("`{}` cannot be read: {reason}", pattern.value);
                return fail(
                    &mut self.report,
                    message,
                    "see that the path and its rights are right",
                );
            }
        };
        for name in names {
            if self.n_included >= MAX_INCLUDED_FILES {
                let message =
                    format!("the includes of a policy name at most {MAX_INCLUDED_FILES} files");
                let help = "join files, and include each one once";
                return self.stop(pattern.span, message, help);
            }
            self.n_included += 1;
            if chain.contains(&name) {
                let message = format!("`{name}` includes itself: {} -> {name}", chain.join(" -> "));
                fail(
                    &mut self.report,
                    message,
                    "remove one include of the circle",
                );
                continue;
            }
            if self.names.contains(&name) {
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
