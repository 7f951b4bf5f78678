//! Which words may stand next, and what a keyword means: both out of `GRAMMAR.md`.
//!
//! The productions there are read and followed word by word, so a statement that the document
//! describes is completed and explained without a line about it here. A part behind a `:` belongs
//! to the word before it, as `"@"` does to the one behind it.

mod production;
mod section;
#[cfg(test)]
mod textmate;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use self::production::{Expression, Production, Words};
use self::section::Section;

/// The language as its document has it.
pub(crate) struct Grammar {
    sections: Vec<Section>,
    productions: Vec<Production>,
    keywords: BTreeSet<String>,
    /// The parts of productions.
    mentioned: BTreeSet<String>,
}

/// What may stand at a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Next {
    /// This word.
    Keyword(String),
    /// A word of a kind, such as `name` or `port`; `@name` is one that begins so.
    Kind(String),
}

/// The productions of a line at the top of a file: the first one, and any other.
const TOP: [&str; 2] = ["file", "statement"];

static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| Grammar::read(policy_core::GRAMMAR));

impl Grammar {
    /// That of the language.
    pub(crate) fn get() -> &'static Self {
        &GRAMMAR
    }

    fn read(text: &str) -> Self {
        let sections = section::sections(text);
        let mut productions = Vec::new();
        for (at, section) in sections.iter().enumerate() {
            productions.extend(production::productions(&section.grammar, at));
        }
        let mut words = Words::default();
        for production in &productions {
            production.expression.words(&mut words);
            if let Some(inside) = &production.inside {
                inside.words(&mut words);
            }
        }
        Self {
            sections,
            productions,
            keywords: words.keywords,
            mentioned: words.parts,
        }
    }

    /// Every word that the language itself gives a meaning.
    #[cfg(test)]
    pub(crate) fn keywords(&self) -> &BTreeSet<String> {
        &self.keywords
    }

    /// What may stand behind `before` in a statement of the block with the head `block`.
    pub(crate) fn next(&self, block: &[&str], before: &[&str]) -> BTreeSet<Next> {
        self.walk(block, before, None).next
    }

    /// The text of the section about the keyword `word`, which stands there behind `before`.
    pub(crate) fn section(&self, block: &[&str], before: &[&str], word: &str) -> Option<&str> {
        let at = self.walk(block, before, Some(word)).section?;
        self.sections.get(at).map(|section| &*section.text)
    }

    fn walk<'a>(
        &'a self,
        block: &[&str],
        before: &'a [&'a str],
        asked: Option<&'a str>,
    ) -> Walk<'a> {
        let mut walk = Walk {
            grammar: self,
            before,
            asked,
            next: BTreeSet::new(),
            section: None,
        };
        let mut ends = BTreeSet::new();
        match block.first() {
            None => {
                for part in TOP.iter().filter_map(|name| self.production(name)) {
                    ends.extend(walk.follow(&part.expression, part.section, 0));
                }
            }
            Some(head) => {
                let is_it = |it: &&Production| it.inside.is_some() && it.begins_with(head);
                let block = self.productions.iter().find(is_it);
                if let Some((block, inside)) = block.and_then(|it| Some((it, it.inside.as_ref()?)))
                {
                    ends.extend(walk.follow(inside, block.section, 0));
                }
            }
        }
        for part in self.productions.iter().filter(|it| self.is_clause(it)) {
            for end in ends.iter().filter(|end| **end > 0) {
                walk.follow(&part.expression, part.section, *end);
            }
        }
        walk
    }

    /// Whether a production may stand behind any statement: none of the others mentions it.
    fn is_clause(&self, it: &Production) -> bool {
        !TOP.contains(&&*it.name) && !self.mentioned.contains(&it.name)
    }

    fn production(&self, name: &str) -> Option<&Production> {
        self.productions.iter().find(|it| it.name == name)
    }
}

/// One way through the productions along the words of a statement.
struct Walk<'a> {
    grammar: &'a Grammar,
    before: &'a [&'a str],
    asked: Option<&'a str>,
    next: BTreeSet<Next>,
    /// The section of the production in which `asked` is a keyword.
    section: Option<usize>,
}

impl Walk<'_> {
    /// How many words may be behind us after `expression`, when `at` are before it.
    fn follow(&mut self, expression: &Expression, section: usize, at: usize) -> BTreeSet<usize> {
        match expression {
            Expression::Keyword(keyword) => match self.before.get(at) {
                Some(word) if word == keyword => BTreeSet::from([at + 1]),
                Some(_) => BTreeSet::new(),
                None => {
                    if self.asked == Some(keyword) && self.section.is_none() {
                        self.section = Some(section);
                    }
                    self.next.insert(Next::Keyword(keyword.clone()));
                    BTreeSet::new()
                }
            },
            Expression::Part(name) => {
                let grammar = self.grammar;
                match grammar.production(name) {
                    Some(part) => self.follow(&part.expression, part.section, at),
                    None => self.follow_word(name, at),
                }
            }
            Expression::Sequence(parts) => {
                let mut ends = BTreeSet::from([at]);
                for part in parts {
                    let starts = std::mem::take(&mut ends);
                    for at in starts {
                        ends.extend(self.follow(part, section, at));
                    }
                }
                ends
            }
            Expression::Either(parts) => {
                let mut ends = BTreeSet::new();
                for part in parts {
                    ends.extend(self.follow(part, section, at));
                }
                ends
            }
            Expression::Optional(part) => {
                let mut ends = self.follow(part, section, at);
                ends.insert(at);
                ends
            }
            Expression::Many(part) => {
                let mut ends = BTreeSet::from([at]);
                let mut fresh = ends.clone();
                while let Some(at) = fresh.pop_first() {
                    for end in self.follow(part, section, at) {
                        if ends.insert(end) {
                            fresh.insert(end);
                        }
                    }
                }
                ends
            }
        }
    }

    /// A word of a kind. One that is a keyword of the language is that instead, unless it is a
    /// name or a code, which may be any word.
    fn follow_word(&mut self, kind: &str, at: usize) -> BTreeSet<usize> {
        let Some(word) = self.before.get(at) else {
            self.next.insert(Next::Kind(kind.to_owned()));
            return BTreeSet::new();
        };
        let fits = match kind {
            "string" => word.starts_with('"'),
            "name" | "code" => *word != "," && !word.starts_with('"'),
            _ => !word.starts_with('"') && !self.grammar.keywords.contains(*word),
        };
        if fits {
            BTreeSet::from([at + 1])
        } else {
            BTreeSet::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(block: &str, before: &str) -> String {
        let split = |text: &'static str| text.split_whitespace().collect::<Vec<_>>();
        let (block, before) = (
            split(block.to_owned().leak()),
            split(before.to_owned().leak()),
        );
        let show = |next: Next| match next {
            Next::Keyword(word) => word,
            Next::Kind(kind) => format!("<{kind}>"),
        };
        let shown = Grammar::get().next(&block, &before).into_iter().map(show);
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_statement_is_followed_word_by_word() {
        assert_eq!(next("agent a", "access"), "full list model-only");
        assert_eq!(next("agent a", "allow"), "<@name> <pattern>");
        assert!(next("agent a", "allow x.example").starts_with("because despite since until "));
        assert!(!next("agent a", "allow x.example because \"r\"").contains("because"));
        assert_eq!(next("", "edge a"), "-> <->");
        assert_eq!(next("", "edge a -> b"), "as despite");
        assert_eq!(next("network", "isolation"), "per-agent shared");
        assert_eq!(next("invariant \"x\"", ""), "nobody only");
        assert_eq!(next("invariant \"x\"", "only a"), ", reaches");
        assert_eq!(next("invariant \"x\"", "only a , b"), ", reaches");
        assert!(next("test \"x\"", "a can h.example:1").ends_with("via <host>"));
        assert_eq!(
            next("test \"x\"", "a can h.example:1 via"),
            "direct forward gateway"
        );
        assert_eq!(next("hosts x", ""), "");
        assert_eq!(next("agent a", "nonsense"), "");
    }

    #[test]
    fn the_top_of_a_file_offers_every_statement() {
        let found = next("", "");
        for keyword in [
            "agent",
            "edge",
            "hosts",
            "include",
            "invariant",
            "safe-ports",
            "test",
        ] {
            assert!(
                found.split(' ').any(|word| word == keyword),
                "{keyword}: {found}"
            );
        }
    }

    #[test]
    fn every_keyword_leads_to_the_section_about_it() {
        let title = |block: &[&str], before: &[&str], word| {
            let text = Grammar::get().section(block, before, word).unwrap_or("");
            text.lines().next().unwrap_or("").to_owned()
        };
        assert_eq!(title(&[], &[], "agent"), "## Agent");
        assert_eq!(title(&["agent", "a"], &[], "sessions"), "## Agent");
        assert_eq!(title(&["agent", "a"], &[], "provider"), "## Agent");
        assert_eq!(title(&[], &[], "provider"), "## Providers and sets");
        assert_eq!(title(&["agent", "a"], &[], "lan"), "### LAN");
        assert_eq!(
            title(&["agent", "a"], &["lan", "host"], "because"),
            "### Allow and deny"
        );
        assert_eq!(title(&["test", "\"x\""], &["a"], "cannot"), "## Test");
        assert_eq!(title(&["agent", "a"], &["lan"], "pypi"), "");
    }

    #[test]
    fn what_no_production_mentions_may_stand_behind_any_statement() {
        let document = "## Made up\n```\nstatement = \"go\" name | agent\n\
            agent = \"agent\" name block      of: \"id\" word\n\
            though = \"though\" code {\",\" code} string      a remark\n```\n";
        let grammar = Grammar::read(document);
        let offers = |block: &[&str], before: &[&str]| {
            let though = Next::Keyword("though".to_owned());
            grammar.next(block, before).contains(&though)
        };
        assert!(offers(&[], &["go", "x"]));
        assert!(offers(&["agent", "x"], &["id", "1"]));
        assert!(!offers(&[], &["go"]) && !offers(&[], &[]));
        let next = grammar.next(&[], &["go", "x", "though", "go", ","]);
        assert_eq!(next, BTreeSet::from([Next::Kind("code".to_owned())]));
    }

    #[test]
    fn every_keyword_of_the_parser_is_one_of_the_document() {
        let keywords = Grammar::get().keywords();
        for block in [
            None,
            Some("agent"),
            Some("network"),
            Some("gateway"),
            Some("invariant"),
        ] {
            let offered = next(block.unwrap_or(""), "");
            for word in offered.split(' ').filter(|word| !word.starts_with('<')) {
                assert!(keywords.contains(word), "{word}");
            }
        }
        assert!(keywords.len() > 35, "{keywords:?}");
    }
}
