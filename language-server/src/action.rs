//! Code actions: the fix that a finding brings, where nothing else can be meant.
//!
//! The findings are those of the last compile, moved to where they stand now. In lines that have changed since
//! they are not known: such a question waits for the newest compile. A fix that touches a change elsewhere
//! is not offered.

use std::collections::BTreeMap;

use lsp_types::{CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, TextEdit};

use crate::capabilities::Capabilities;
use crate::compiler::Compiled;
use crate::diagnostics::Places;
use crate::document::name;
use crate::rename::{Edits, workspace_edit};
use crate::workspace::Workspace;

/// The fixes of the findings that touch a range.
pub(crate) fn actions(
    workspace: &Workspace,
    params: &CodeActionParams,
    can: Capabilities,
) -> Vec<CodeActionOrCommand> {
    let kinds = params.context.only.as_ref();
    let is_wanted = kinds.is_none_or(|kinds| {
        let all = [CodeActionKind::EMPTY, CodeActionKind::QUICKFIX];
        kinds.iter().any(|kind| all.contains(kind))
    });
    if !is_wanted {
        return Vec::new();
    }
    let mut actions = Vec::new();
    for policy in workspace.policies(&params.text_document.uri) {
        for action in of_policy(workspace, policy, params, can) {
            if !actions.contains(&action) {
                actions.push(action);
            }
        }
    }
    actions.into_iter().map(CodeActionOrCommand::from).collect()
}

/// Whether the last compile has seen the lines that are asked for as they are now.
pub(crate) fn is_known(workspace: &Workspace, params: &CodeActionParams) -> bool {
    let uri = &params.text_document.uri;
    let mut policies = workspace.policies(uri).peekable();
    policies.peek().is_some()
        && policies.all(|policy| !Places::of(workspace, policy).have_changed(uri, params.range))
}

fn of_policy(
    workspace: &Workspace,
    policy: &Compiled,
    params: &CodeActionParams,
    can: Capabilities,
) -> Vec<CodeAction> {
    let asked = name(&params.text_document.uri);
    let places = Places::of(workspace, policy);
    let findings = policy.report.diagnostics().iter();
    let actions = findings.filter_map(|finding| {
        let fix = finding.fix.as_ref()?;
        let at = places.location(finding.span)?;
        let touches = at.range.start <= params.range.end && params.range.start <= at.range.end;
        if !touches || name(&at.uri) != asked {
            return None;
        }
        let mut edits: Edits = BTreeMap::new();
        for (span, text) in &fix.edits {
            let at = places.location(*span)?;
            let version = workspace.document(&at.uri).map(|it| it.version);
            let edit = TextEdit::new(at.range, text.clone());
            let (_, _, file) = edits
                .entry(name(&at.uri))
                .or_insert_with(|| (at.uri, version, Vec::new()));
            file.push(edit);
        }
        let title = finding
            .help
            .clone()
            .unwrap_or_else(|| "mend this".to_owned());
        Some(CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![places.shown(finding, at.range)]),
            edit: Some(workspace_edit(edits, can)),
            // A finding has a fix only where nothing else can be meant.
            is_preferred: Some(true),
            ..CodeAction::default()
        })
    });
    actions.collect()
}
