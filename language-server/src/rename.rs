//! Gives an agent, a set or a provider another name, in every file of the policy.
//!
//! A part that could not be read is in no tree and would keep the old name, so a policy with such
//! a part is left alone.

use std::collections::BTreeMap;

use lsp_server::{ErrorCode, ResponseError};
use lsp_types::{
    DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, PrepareRenameResponse,
    RenameParams, TextDocumentEdit, TextDocumentPositionParams, TextEdit, Uri, WorkspaceEdit,
};
use policy_core::name::Name;

use crate::capabilities::Capabilities;
use crate::protocol::refusal;
use crate::workspace::{Workspace, all, mention_at};

/// Edits by what we call their file.
pub(crate) type Edits = BTreeMap<String, (Uri, Option<i32>, Vec<TextEdit>)>;

/// The name that would be renamed.
pub(crate) fn prepare(
    workspace: &Workspace,
    asked: &TextDocumentPositionParams,
) -> Option<PrepareRenameResponse> {
    let (document, offset) = workspace.at(asked)?;
    let mention = mention_at(&document.text, offset)?;
    Some(PrepareRenameResponse::RangeWithPlaceholder {
        range: document.text.range_of(mention.span),
        placeholder: mention.name.to_string(),
    })
}

pub(crate) fn rename(
    workspace: &Workspace,
    params: &RenameParams,
    can: Capabilities,
) -> Result<Option<WorkspaceEdit>, ResponseError> {
    let asked = &params.text_document_position;
    let refused = |message: String| Err(refusal(ErrorCode::RequestFailed, message));
    let Some((document, offset)) = workspace.at(asked) else {
        return Ok(None);
    };
    let Some(mention) = mention_at(&document.text, offset) else {
        return refused("no name of an agent, a set or a provider stands here".to_owned());
    };
    let new: Name = match params.new_name.parse() {
        Ok(new) => new,
        Err(reason) => return refused(reason.to_string()),
    };
    let places = workspace.places(&asked.text_document.uri);
    if let Some(unsound) = places.iter().find(|place| !place.text.is_sound()) {
        let uri = unsound.uri.as_str();
        return refused(format!("`{uri}` has mistakes: mend them first"));
    }
    let what = mention.kind.called();
    let takes = |other: &Name| !other.is(mention.name);
    let others = all(&places, mention.kind, &new);
    let taken = others
        .iter()
        .find(|it| it.mention.declares && takes(it.mention.name));
    if let Some(taken) = taken {
        let name = taken.mention.name;
        return refused(format!("a second {what} is called `{name}`"));
    }
    let found = all(&places, mention.kind, mention.name);
    if !found.iter().any(|it| it.mention.declares) {
        let name = mention.name;
        return refused(format!("there is no {what} called `{name}`"));
    }
    let mut edits: Edits = BTreeMap::new();
    for it in found {
        let edit = TextEdit::new(it.place.text.range_of(it.mention.span), new.to_string());
        let (_, _, file) = edits
            .entry(it.place.uri.as_str().to_owned())
            .or_insert_with(|| (it.place.uri.clone(), it.place.version, Vec::new()));
        file.push(edit);
    }
    Ok(Some(workspace_edit(edits, can)))
}

/// Edits in the form that the editor understands.
pub(crate) fn workspace_edit(edits: Edits, can: Capabilities) -> WorkspaceEdit {
    let edits = edits.into_values();
    if !can.versioned_edits {
        return WorkspaceEdit::new(edits.map(|(uri, _, edits)| (uri, edits)).collect());
    }
    let of_file = |(uri, version, edits): (Uri, Option<i32>, Vec<TextEdit>)| TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
        edits: edits.into_iter().map(OneOf::Left).collect(),
    };
    WorkspaceEdit {
        document_changes: Some(DocumentChanges::Edits(edits.map(of_file).collect())),
        ..WorkspaceEdit::default()
    }
}
