//! One line above each agent: what it reaches, and whether its tests hold.
//!
//! Only the lenses that are seen are worked out: a policy may have a thousand agents. What they say is
//! of the last compile; an editor that cannot be told of a newer one waits for the newest instead.

use lsp_types::{CodeLens, Command, Uri};
use policy_core::ast::Statement;
use serde_json::{Value, json};

use crate::effect;
use crate::workspace::Workspace;

/// Where the lines go, without the lines.
pub(crate) fn lenses(workspace: &Workspace, uri: &Uri) -> Vec<CodeLens> {
    let Some(document) = workspace.document(uri) else {
        return Vec::new();
    };
    // Without a policy there is nothing to say.
    if !workspace.policies(uri).any(|it| it.policy.is_some()) {
        return Vec::new();
    }
    let statements = document.text.tree().statements.iter();
    let lenses = statements.filter_map(|item| match &item.node {
        Statement::Agent { name, .. } => Some(CodeLens {
            range: document.text.range_of(name.span),
            command: None,
            data: Some(json!({ "uri": uri.as_str(), "agent": name.value })),
        }),
        _ => None,
    });
    lenses.collect()
}

/// Adds the line.
pub(crate) fn resolve(workspace: &Workspace, lens: CodeLens) -> CodeLens {
    let text = lens.data.as_ref().and_then(|data| line(workspace, data));
    let without = match workspace.is_fresh() {
        true => "the policy has errors",
        // A new agent, for as long as the text is compiled.
        false => "being checked",
    };
    CodeLens {
        command: Some(Command {
            // There is nothing to run.
            title: text.unwrap_or_else(|| without.to_owned()),
            command: String::new(),
            arguments: None,
        }),
        ..lens
    }
}

fn line(workspace: &Workspace, data: &Value) -> Option<String> {
    let uri: Uri = data.get("uri")?.as_str()?.parse().ok()?;
    let name = data.get("agent")?.as_str()?;
    workspace.policies(&uri).find_map(|it| {
        let policy = it.policy.as_ref()?;
        Some(effect::summary(policy, policy.agent(name)?))
    })
}
