//! What stands under the pointer: the meaning of a name, of a rule, of a keyword, of a finding.

use std::sync::Arc;

use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, TextDocumentPositionParams};
use policy_core::ast::{NamedSet, Statement};
use policy_core::mention::{Kind, Mention};
use policy_core::parse::cursor::{Part, cursor};
use policy_core::providers;
use policy_core::span::FileId;

use crate::effect;
use crate::grammar::Grammar;
use crate::text::Text;
use crate::workspace::{Place, Workspace, all, mention_at};

pub(crate) fn hover(workspace: &Workspace, asked: &TextDocumentPositionParams) -> Option<Hover> {
    let (document, offset) = workspace.at(asked)?;
    let text = &document.text;
    let here = cursor(text.as_str(), offset);
    if here.part == Part::Comment {
        return None;
    }
    let mut parts = Vec::new();
    let mut bytes = here.word.clone();
    if let Some(mention) = mention_at(text, offset) {
        bytes = mention.span.range();
        parts.extend(of_name(workspace, asked, &mention));
    } else {
        let word = text.as_str().get(here.word.clone()).unwrap_or("");
        let section = Grammar::get().section(&here.block, &here.before, word);
        parts.extend(of_rule(workspace, asked, text, offset));
        parts.extend(section.map(|section| section.trim_end().to_owned()));
    }
    parts.extend(of_findings(workspace, asked, text, offset));
    if parts.is_empty() {
        return None;
    }
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent {
            kind: MarkupKind::Markdown,
            value: parts.join("\n\n---\n\n"),
        }),
        range: (!bytes.is_empty()).then(|| text.range(bytes)),
    })
}

fn of_name(
    workspace: &Workspace,
    asked: &TextDocumentPositionParams,
    mention: &Mention<'_>,
) -> Option<String> {
    let uri = &asked.text_document.uri;
    let places = workspace.places(uri);
    match mention.kind {
        Kind::Agent => {
            let mut policies = workspace.policies(uri).map(|it| it.policy.as_ref());
            let Some(policy) = policies.next()? else {
                return Some("The policy has errors: nobody reaches anything yet.".to_owned());
            };
            let agent = policy.agent(mention.name.as_str())?;
            Some(effect::agent(policy, agent))
        }
        Kind::Set => {
            let (place, set) = declaration(&places, mention)?;
            let mut text = format!(
                "**hosts {}**, in `{}`:\n\n",
                set.name.value,
                place.uri.as_str()
            );
            effect::list(&mut text, hosts(set));
            text += "\nUsed by:\n\n";
            effect::list(&mut text, users(&places, mention).into_iter());
            Some(text)
        }
        Kind::Provider => Some(of_provider(workspace, &places, mention)),
    }
}

fn of_provider(workspace: &Workspace, places: &[Place], mention: &Mention<'_>) -> String {
    let name = mention.name;
    if let Some((place, set)) = declaration(places, mention) {
        let uri = place.uri.as_str();
        let mut text = format!("**provider {name}**, in `{uri}`:\n\n");
        effect::list(&mut text, hosts(set));
        return text;
    }
    let key = name.folded();
    let Some(hosts) = workspace.done.providers.get(&key) else {
        return format!("**provider {name}**: neither the policy nor the facts give it hosts.");
    };
    let source = match providers::built_in().get(&key) == Some(hosts) {
        true => "built in",
        false => "from the facts",
    };
    let mut text = format!("**provider {name}**, {source}:\n\n");
    effect::list(&mut text, hosts.iter().map(|host| format!("`{host}`")));
    text
}

/// The block that gives a set or a provider its hosts.
fn declaration<'a>(
    places: &'a [Place],
    mention: &Mention<'_>,
) -> Option<(&'a Place, &'a NamedSet)> {
    places.iter().find_map(|place| {
        let mut statements = place.text.tree().statements.iter();
        let set = statements.find_map(|item| match (&item.node, mention.kind) {
            (Statement::Hosts(set), Kind::Set) | (Statement::Provider(set), Kind::Provider) => {
                set.name.value.is(mention.name).then_some(set)
            }
            _ => None,
        })?;
        Some((place, set))
    })
}

fn hosts(set: &NamedSet) -> impl Iterator<Item = String> {
    set.block
        .items
        .iter()
        .map(|item| format!("`{}`", item.node))
}

/// The agents with a statement that names a set.
fn users(places: &[Place], mention: &Mention<'_>) -> Vec<String> {
    let uses = all(places, mention.kind, mention.name);
    let mut users: Vec<String> = Vec::new();
    for place in places {
        for item in &place.text.tree().statements {
            let Statement::Agent { name, .. } = &item.node else {
                continue;
            };
            let is_used = uses.iter().any(|it| {
                let bytes = it.mention.span.range();
                let is_inside = item.span.range().contains(&bytes.start);
                is_inside && it.place.uri == place.uri && !it.mention.declares
            });
            if is_used {
                users.push(format!("agent `{}`", name.value));
            }
        }
    }
    users
}

/// The rule that a statement has become, if the text is the one that was compiled.
fn of_rule(
    workspace: &Workspace,
    asked: &TextDocumentPositionParams,
    text: &Arc<Text>,
    offset: usize,
) -> Option<String> {
    workspace.policies(&asked.text_document.uri).find_map(|it| {
        let at = it
            .files
            .iter()
            .position(|file| Arc::ptr_eq(&file.text, text))?;
        let file = FileId(u32::try_from(at).ok()?);
        effect::rule(it.policy.as_ref()?, file, offset)
    })
}

/// What the codes of the findings at a place mean, if the text is the one that was compiled.
fn of_findings(
    workspace: &Workspace,
    asked: &TextDocumentPositionParams,
    text: &Arc<Text>,
    offset: usize,
) -> Vec<String> {
    let mut shown = Vec::new();
    for policy in workspace.policies(&asked.text_document.uri) {
        for finding in policy.report.diagnostics() {
            let file = policy.files.get(finding.span.file.0 as usize);
            let is_here = file.is_some_and(|file| Arc::ptr_eq(&file.text, text));
            let bytes = finding.span.range();
            if is_here && (bytes.start..=bytes.end).contains(&offset) {
                let code = finding.code;
                let text = format!("**{code}**: {}", code.explanation());
                if !shown.contains(&text) {
                    shown.push(text);
                }
            }
        }
    }
    shown
}
