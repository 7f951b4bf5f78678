//! The headings of the document, and what stands under each.

/// What stands from one heading to the next.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// All of it, heading and all.
    pub(super) text: String,
    /// Its productions; none of those about single words, which an editor need not follow.
    pub(super) grammar: String,
}

/// The section about single words.
const WORDS: &str = "## Text";

pub(super) fn sections(document: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut fence: Option<bool> = None;
    for line in document.lines() {
        if fence.is_none() && line.starts_with('#') {
            sections.push(Section {
                text: String::new(),
                grammar: String::new(),
            });
        }
        let Some(section) = sections.last_mut() else {
            continue;
        };
        section.text += line;
        section.text.push('\n');
        fence = match (fence, line.strip_prefix("```")) {
            (None, Some(language)) => Some(language.is_empty()),
            (Some(_), Some(_)) => None,
            (fence, None) => fence,
        };
        if fence == Some(true) && !line.starts_with("```") && !section.text.starts_with(WORDS) {
            section.grammar += line;
            section.grammar.push('\n');
        }
    }
    sections
}
