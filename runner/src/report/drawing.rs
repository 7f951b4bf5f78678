//! One message with the lines of the policy that it speaks of, and edits of them.

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Origin, Patch, Renderer, Snippet,
};
use anstream::adapter::strip_str;
use policy_core::edit::Edit;
use policy_core::sources::Sources;
use policy_core::span::{FileId, Span};

use super::excerpt::{Excerpt, Mark, Place, excerpts};
use super::visible;

/// What is drawn.
pub(crate) struct Drawing<'a> {
    /// Its word and colour.
    pub(crate) level: Level<'a>,
    /// What stands in brackets behind the word.
    pub(crate) id: Option<&'a str>,
    /// The message.
    pub(crate) title: &'a str,
    /// The places, the most important one first.
    pub(crate) places: Vec<Place<'a>>,
    /// What is said below, each in one line or more.
    pub(crate) notes: Vec<(Level<'a>, Vec<&'a str>)>,
}

impl<'a> Drawing<'a> {
    /// The message with its lines; files in the order of their first place.
    pub(crate) fn group(&self, sources: &'a Sources) -> Group<'a> {
        let mut title = self.level.clone().primary_title(visible(self.title));
        if let Some(id) = self.id {
            title = title.id(id);
        }
        let mut files: Vec<FileId> = self.places.iter().map(|(span, ..)| span.file).collect();
        if let Some((_, others)) = files.split_first_mut() {
            others.sort();
        }
        let mut group = Group::with_title(title);
        let mut drawn = Vec::new();
        for file in files {
            if !drawn.contains(&file) {
                drawn.push(file);
                group = group.elements(snippets(sources, file, &self.places));
            }
        }
        for (level, note) in &self.notes {
            let lines: Vec<_> = note.iter().map(|line| visible(line)).collect();
            group = group.element(level.clone().message(lines.join("\n")));
        }
        group
    }
}

/// The text of groups that belong together.
pub(crate) fn render(renderer: &Renderer, groups: &[Group<'_>]) -> String {
    // A snippet without a path, which a part of a line is, gets a line that should name the path.
    let names_nothing = |line: &str| strip_str(line).to_string().trim() == ":::";
    let text = renderer.render(groups);
    let lines: Vec<&str> = text.split('\n').filter(|l| !names_nothing(l)).collect();
    lines.join("\n")
}

/// A suggestion with the lines as its edits make them.
pub(crate) fn patched<'a>(sources: &'a Sources, title: &'a str, edits: &'a [Edit]) -> Group<'a> {
    let mut group = Group::with_title(Level::HELP.secondary_title(visible(title)));
    for edit in edits {
        let file = edit.span.file;
        let place = (edit.span, AnnotationKind::Primary, None);
        let Some(source) = sources.file(file) else {
            continue;
        };
        for Excerpt { window, .. } in excerpts(source, file, &[place]) {
            let (_, start) = sources.locate(Span::new(file, window.start, window.start));
            let range = edit.span.range();
            // A part that is too long to be drawn is drawn as far as it is.
            let end = range.end.min(window.end) - window.start;
            let patch = Patch::new(range.start - window.start..end, edit.text.as_str());
            let text = source.text.get(window).unwrap_or("");
            let snippet = Snippet::source(text).line_start(start.line as usize);
            group = group.element(snippet.patch(patch));
        }
    }
    group
}

/// The lines of one file that a message speaks of.
fn snippets<'a>(sources: &'a Sources, file: FileId, places: &[Place<'a>]) -> Vec<Element<'a>> {
    let Some(source) = sources.file(file) else {
        // A file that was refused as a whole is named in the message.
        return vec![Snippet::<Annotation<'_>>::source("").into()];
    };
    let mut elements = Vec::new();
    for excerpt in excerpts(source, file, places) {
        let Excerpt { window, marks, .. } = excerpt;
        let place = |offset| sources.locate(Span::new(file, offset, offset)).1;
        let path = visible(&source.name);
        let text = source.text.get(window.clone()).unwrap_or("");
        let snippet = Snippet::source(text).line_start(place(window.start).line as usize);
        let snippet = if excerpt.is_cut {
            // The column counts from the start of the line, which is not in the window.
            let at = place(marks.first().map_or(window.start, |mark| mark.range.start));
            let origin = Origin::path(path).line(at.line as usize);
            elements.push(origin.char_column(at.column as usize).into());
            snippet
        } else {
            snippet.path(path)
        };
        let annotations = marks.into_iter().map(|Mark { range, kind, what }| {
            let annotation = kind.span(range.start - window.start..range.end - window.start);
            match what {
                Some(what) => annotation.label(visible(what)),
                None => annotation,
            }
        });
        elements.push(snippet.annotations(annotations).into());
    }
    elements
}
