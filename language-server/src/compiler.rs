//! Compiles what is open, beside the session: each policy once, from its root.
//!
//! An open file is a root unless another open file includes it. Names of files are the reader's;
//! an open file shadows the one on the disk that has its name.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;
use std::sync::Arc;

use lsp_types::Uri;
use policy_core::diagnostic::Report;
use policy_core::host::HostPattern;
use policy_core::ir::Policy;
use policy_core::sources::{Reader, Sources};
use policy_core::trial;

use crate::address;
use crate::document::name;
use crate::position::Encoding;
use crate::text::Text;
use crate::{Files, Host};

/// What is open, at one moment.
#[derive(Debug)]
pub(crate) struct Job {
    /// Which moment.
    pub(crate) moment: u64,
    pub(crate) open: Vec<(Uri, Arc<Text>)>,
    pub(crate) encoding: Encoding,
}

/// A policy, and what is wrong with it.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// Its files, the root first, in the order of `FileId`.
    pub(crate) files: Vec<CompiledFile>,
    pub(crate) report: Report,
    /// `None` when it has errors.
    pub(crate) policy: Option<Policy>,
}

/// A file of a policy as it was compiled.
#[derive(Debug)]
pub(crate) struct CompiledFile {
    /// What the editor calls it, or would.
    pub(crate) uri: Option<Uri>,
    pub(crate) text: Arc<Text>,
}

/// Everything that is open, compiled.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) moment: u64,
    pub(crate) policies: Vec<Compiled>,
    /// The files that the includes of open files name.
    pub(crate) included: Included,
    /// The hosts of the model providers, as the facts have them.
    pub(crate) providers: BTreeMap<String, Vec<HostPattern>>,
}

/// Files by what we call the open file that has the include, and by what is written there.
pub(crate) type Included = BTreeMap<(String, String), Vec<Uri>>;

pub(crate) fn compile<H: Host>(host: &mut H, job: &Job) -> Done {
    let facts = host.facts();
    let mut reader = Overlay {
        files: host.files(),
        open: BTreeMap::new(),
        included: Included::new(),
    };
    let mut roots = Vec::new();
    for (uri, text) in &job.open {
        let own = match address::path(uri) {
            Some(path) => reader.files.name(Path::new(&path)),
            None => uri.as_str().to_owned(),
        };
        // Two URIs of one file: the first one counts.
        if let Entry::Vacant(free) = reader.open.entry(own) {
            roots.push(free.key().clone());
            free.insert((uri.clone(), Arc::clone(text)));
        }
    }
    let mut loaded: Vec<Loaded> = Vec::new();
    for root in roots {
        if loaded.iter().any(|it| it.has(&root)) {
            continue;
        }
        let Some((_, text)) = reader.open.get(&root).cloned() else {
            continue;
        };
        // Answers need the same tree.
        let parsed = text.parsed().clone();
        let text = text.as_str().to_owned();
        let (sources, report) = Sources::load_parsed(&root, text, parsed, &mut reader);
        let new = Loaded {
            root,
            sources,
            report,
        };
        loaded.retain(|it| !new.has(&it.root));
        loaded.push(new);
    }
    let compiled = loaded.into_iter().map(|it| {
        // What the policy's own tests say against it hides nothing of what it means.
        let understood = policy_core::understand(&it.sources, it.report, &facts);
        let policy = understood.policy.map(|(policy, _)| policy);
        let mut report = understood.report;
        if let Some(policy) = &policy {
            trial::report(policy, &mut report);
            report = report.sorted();
        }
        let files = it.sources.files().iter();
        let mut files: Vec<_> = files
            .map(|file| reader.file(&file.name, &file.text, job.encoding))
            .collect();
        if files.is_empty() {
            // The root is too long to be read, and that is the finding.
            files.push(reader.file(&it.root, "", job.encoding));
        }
        Compiled {
            files,
            report,
            policy,
        }
    });
    let policies = compiled.collect();
    Done {
        moment: job.moment,
        policies,
        included: reader.included,
        providers: facts.providers,
    }
}

struct Loaded {
    root: String,
    sources: Sources,
    report: Report,
}

impl Loaded {
    fn has(&self, name: &str) -> bool {
        self.root == name || self.sources.files().iter().any(|file| file.name == name)
    }
}

/// The open files, and behind them those on the disk.
struct Overlay<F> {
    files: F,
    open: BTreeMap<String, (Uri, Arc<Text>)>,
    included: Included,
}

impl<F: Files> Overlay<F> {
    /// What the editor calls a file, or would.
    fn uri(&self, name: &str) -> Option<Uri> {
        match self.open.get(name) {
            Some((uri, _)) => Some(uri.clone()),
            None => address::uri(name),
        }
    }

    fn file(&self, name: &str, text: &str, encoding: Encoding) -> CompiledFile {
        let text = match self.open.get(name) {
            Some((_, text)) => Arc::clone(text),
            None => Arc::new(Text::new(text.to_owned(), encoding)),
        };
        CompiledFile {
            uri: self.uri(name),
            text,
        }
    }
}

impl<F: Files> Reader for Overlay<F> {
    fn expand(&mut self, from: &str, pattern: &str) -> Result<Vec<String>, String> {
        if !Path::new(from).is_absolute() {
            return Err("this document is in no folder yet".to_owned());
        }
        let names = self.files.expand(from, pattern)?;
        if let Some((uri, _)) = self.open.get(from) {
            let uris = names.iter().filter_map(|it| self.uri(it)).collect();
            self.included.insert((name(uri), pattern.to_owned()), uris);
        }
        Ok(names)
    }

    fn read(&mut self, name: &str) -> Result<String, String> {
        match self.open.get(name) {
            Some((_, text)) => Ok(text.as_str().to_owned()),
            None => self.files.read(name),
        }
    }
}
