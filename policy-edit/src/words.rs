//! Statements out of the words of a command line, read by the parser of policies: what a file may
//! say a command may, with the same advice.

use policy_core::ast::{AgentItem, Statement, Target};
use policy_core::parse::parse;
use policy_core::span::FileId;
use thiserror::Error;

/// Why words are no statement.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct WordsError {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// Reason and dates, as words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Why.
    pub because: Option<String>,
    /// Since when.
    pub since: Option<String>,
    /// The last day.
    pub until: Option<String>,
}

/// The statement of an agent that a keyword, its words and a tail make.
pub fn statement(keyword: &str, words: &[String], notes: &Notes) -> Result<AgentItem, WordsError> {
    let mut line = keyword.to_owned();
    for word in words {
        // A word with a blank or a quote in it would be another statement.
        let is_odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '{' | '}');
        if word.is_empty() || word.contains(is_odd) || word.starts_with('#') {
            return Err(WordsError {
                message: format!("`{}` is not one word", word.escape_debug()),
                help: "give each host or address as an argument of its own".to_owned(),
            });
        }
        line.push(' ');
        line.push_str(word);
    }
    if let Some(reason) = &notes.because {
        if reason.trim().is_empty() || reason.contains(|c: char| c == '"' || c.is_control()) {
            return Err(WordsError {
                message: format!("`{}` is no reason", reason.escape_debug()),
                help: "write a text of one line without double quotes".to_owned(),
            });
        }
        line.push_str(&format!(" because \"{reason}\""));
    }
    for (keyword, day) in [("since", &notes.since), ("until", &notes.until)] {
        if let Some(day) = day {
            if day.parse::<jiff::civil::Date>().is_err() {
                return Err(WordsError {
                    message: format!("`{}` is no day", day.escape_debug()),
                    help: "write it as in 2027-01-31".to_owned(),
                });
            }
            line.push_str(&format!(" {keyword} {day}"));
        }
    }
    let text = format!("policy 1\nagent a {{\n  {line}\n}}\n");
    let (tree, report) = parse(FileId(0), &text);
    let found = report.diagnostics().first();
    if let Some(found) = found {
        return Err(WordsError {
            message: found.message.clone(),
            help: found.help.clone().unwrap_or_else(|| {
                "see the GRAMMAR of policies for what may stand here".to_owned()
            }),
        });
    }
    let other = || WordsError {
        message: format!("`{}` is not one statement", line.escape_debug()),
        help: "give each host or address as an argument of its own".to_owned(),
    };
    let [_, agent] = tree.statements.as_slice() else {
        return Err(other());
    };
    match &agent.node {
        Statement::Agent { block, .. } => match block.items.as_slice() {
            [item] if item.trailing.is_none() && item.despite.is_empty() => Ok(item.node.clone()),
            _ => Err(other()),
        },
        _ => Err(other()),
    }
}

/// Hosts and sets, as `allow` has them.
pub fn targets(words: &[String]) -> Result<Vec<Target>, WordsError> {
    match statement("allow", words, &Notes::default())? {
        AgentItem::Allow(grant) => Ok(grant.targets.into_iter().map(|own| own.value).collect()),
        _ => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn words_are_one_statement_or_an_error_with_advice() {
        let read = |list: &[&str]| statement("allow", &words(list), &Notes::default());
        assert!(read(&["pypi.org", "@github", "*.x.example:443"]).is_ok());
        for bad in [
            &["a b"][..],
            &["a.example\n  deny b.example"],
            &["#a"],
            &[""],
            &[],
            &["a.example", "}"],
            &["a.example", "despite", "lan-wide"],
            &["https://x.example/"],
        ] {
            let error = read(bad).unwrap_err();
            assert!(!error.help.is_empty(), "{bad:?}");
        }
        let odd = Notes {
            because: Some("a\" until \"b".to_owned()),
            ..Notes::default()
        };
        assert!(statement("allow", &words(&["a.example"]), &odd).is_err());
    }
}
