//! What is known when a question comes: the open texts of now, and the policies as last compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lsp_types::{TextDocumentPositionParams, Uri};
use policy_core::mention::{Kind, Mention, mentions};
use policy_core::name::Name;
use policy_core::providers;

use crate::compiler::{Compiled, Done};
use crate::document::{Document, name};
use crate::position::Encoding;
use crate::text::Text;

/// Everything that answers are made from.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) encoding: Encoding,
    /// The open files, by what we call them.
    pub(crate) documents: BTreeMap<String, Document>,
    /// The newest compile that is over.
    pub(crate) done: Done,
    /// How often what is open has changed.
    pub(crate) moment: u64,
}

/// A file of the policy that a question is about, as it is now.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) uri: Uri,
    /// The editor's number for the text, if it is open.
    pub(crate) version: Option<i32>,
    pub(crate) text: Arc<Text>,
}

/// A name in a file of the policy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'a> {
    pub(crate) place: &'a Place,
    pub(crate) mention: Mention<'a>,
}

impl Workspace {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            documents: BTreeMap::new(),
            // Until the facts are known.
            done: Done {
                providers: providers::built_in(),
                ..Done::default()
            },
            moment: 0,
        }
    }

    /// The open file of a URI.
    pub(crate) fn document(&self, uri: &Uri) -> Option<&Document> {
        self.documents.get(&name(uri))
    }

    /// The open file and the byte that a question is about.
    pub(crate) fn at(&self, asked: &TextDocumentPositionParams) -> Option<(&Document, usize)> {
        let document = self.document(&asked.text_document.uri)?;
        Some((document, document.text.offset(asked.position)))
    }

    /// The policies that an open file is part of, as last compiled.
    pub(crate) fn policies(&self, uri: &Uri) -> impl Iterator<Item = &Compiled> {
        let wanted = name(uri);
        let has = move |policy: &&Compiled| {
            let mut uris = policy.files.iter().filter_map(|file| file.uri.as_ref());
            uris.any(|uri| name(uri) == wanted)
        };
        self.done.policies.iter().filter(has)
    }

    /// The files of the policies of an open file, itself first, each once and as it is now.
    pub(crate) fn places(&self, uri: &Uri) -> Vec<Place> {
        let own = self.document(uri).map(|document| &document.uri);
        let others = self.policies(uri).flat_map(|policy| &policy.files);
        let mut seen = BTreeSet::new();
        let uris = own.map(|uri| (uri, None)).into_iter();
        uris.chain(others.filter_map(|file| Some((file.uri.as_ref()?, Some(&file.text)))))
            .filter(|(uri, _)| seen.insert(name(uri)))
            .filter_map(|(uri, compiled)| match self.document(uri) {
                Some(document) => Some(Place {
                    uri: document.uri.clone(),
                    version: Some(document.version),
                    text: Arc::clone(&document.text),
                }),
                None => Some(Place {
                    uri: uri.clone(),
                    version: None,
                    text: Arc::clone(compiled?),
                }),
            })
            .collect()
    }

    /// Whether the newest text is compiled.
    pub(crate) fn is_fresh(&self) -> bool {
        self.done.moment == self.moment
    }
}

impl Place {
    pub(crate) fn location(&self, mention: &Mention<'_>) -> lsp_types::Location {
        lsp_types::Location::new(self.uri.clone(), self.text.range_of(mention.span))
    }
}

/// The name at a byte of a text, or right before it.
pub(crate) fn mention_at(text: &Text, offset: usize) -> Option<Mention<'_>> {
    let mut all = mentions(text.tree()).into_iter();
    all.find(|it| {
        let bytes = it.span.range();
        // The `@` belongs to the name of a set.
        let sign = usize::from(it.kind == Kind::Set && !it.declares);
        (bytes.start - sign..=bytes.end).contains(&offset)
    })
}

/// All mentions of a name. Names that differ only in case are one.
pub(crate) fn all<'a>(places: &'a [Place], kind: Kind, name: &Name) -> Vec<Found<'a>> {
    let of = |place: &'a Place| {
        let all = mentions(place.text.tree()).into_iter();
        all.map(move |mention| Found { place, mention })
    };
    let found = places.iter().flat_map(of);
    found
        .filter(|found| found.mention.kind == kind && found.mention.name.is(name))
        .collect()
}

/// The names that are declared, in their order.
pub(crate) fn declared(places: &[Place], kind: Kind) -> BTreeSet<String> {
    let all = places.iter().flat_map(|place| mentions(place.text.tree()));
    all.filter(|mention| mention.kind == kind && mention.declares)
        .map(|mention| mention.name.to_string())
        .collect()
}
