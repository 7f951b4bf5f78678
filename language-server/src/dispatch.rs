//! Which function answers which request, and what it must know.

use lsp_server::ErrorCode;
use lsp_types::request::{self as ask, Request as _};
use lsp_types::{CompletionResponse, DocumentSymbolResponse, GotoDefinitionResponse};
use serde_json::Value;

use crate::capabilities::Capabilities;
use crate::protocol::{Answer, call, refusal};
use crate::workspace::Workspace;
use crate::{action, completion, formatting, hover, lens, navigation, outline, rename};

/// What must be known before a request can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// The text, which always is.
    Text,
    /// Which files the policy has: from a compile, be it an older one.
    Policy,
    /// What was found in the lines that are asked for.
    Findings,
    /// What the newest text means.
    Compiled,
}

pub(crate) fn needs(method: &str, can: Capabilities) -> Needs {
    match method {
        ask::HoverRequest::METHOD
        | ask::GotoDefinition::METHOD
        | ask::References::METHOD
        | ask::PrepareRenameRequest::METHOD => Needs::Policy,
        ask::CodeActionRequest::METHOD => Needs::Findings,
        // Whoever can be told that they are old gets the old ones at once.
        ask::CodeLensRequest::METHOD | ask::CodeLensResolve::METHOD if can.lens_refresh => {
            Needs::Policy
        }
        ask::Rename::METHOD | ask::CodeLensRequest::METHOD | ask::CodeLensResolve::METHOD => {
            Needs::Compiled
        }
        _ => Needs::Text,
    }
}

pub(crate) fn answer(
    workspace: &Workspace,
    can: Capabilities,
    method: &str,
    params: Value,
) -> Answer {
    match method {
        ask::HoverRequest::METHOD => call::<ask::HoverRequest>(params, |it| {
            Ok(hover::hover(workspace, &it.text_document_position_params))
        }),
        ask::Completion::METHOD => call::<ask::Completion>(params, |it| {
            let items = completion::completions(workspace, &it.text_document_position);
            Ok(Some(CompletionResponse::Array(items)))
        }),
        ask::GotoDefinition::METHOD => call::<ask::GotoDefinition>(params, |it| {
            let found = navigation::definition(workspace, &it.text_document_position_params);
            Ok(Some(GotoDefinitionResponse::Array(found)))
        }),
        ask::References::METHOD => call::<ask::References>(params, |it| {
            let with_declaration = it.context.include_declaration;
            let asked = &it.text_document_position;
            Ok(Some(navigation::references(
                workspace,
                asked,
                with_declaration,
            )))
        }),
        ask::PrepareRenameRequest::METHOD => {
            call::<ask::PrepareRenameRequest>(params, |it| Ok(rename::prepare(workspace, &it)))
        }
        ask::Rename::METHOD => {
            call::<ask::Rename>(params, |it| rename::rename(workspace, &it, can))
        }
        ask::DocumentSymbolRequest::METHOD => call::<ask::DocumentSymbolRequest>(params, |it| {
            let document = workspace.document(&it.text_document.uri);
            let symbols = document.map(|document| outline::symbols(&document.text));
            Ok(symbols.map(DocumentSymbolResponse::Nested))
        }),
        ask::Formatting::METHOD => call::<ask::Formatting>(params, |it| {
            let document = workspace.document(&it.text_document.uri);
            Ok(document.and_then(|document| formatting::edits(&document.text)))
        }),
        ask::CodeActionRequest::METHOD => call::<ask::CodeActionRequest>(params, |it| {
            Ok(Some(action::actions(workspace, &it, can)))
        }),
        ask::CodeLensRequest::METHOD => call::<ask::CodeLensRequest>(params, |it| {
            Ok(Some(lens::lenses(workspace, &it.text_document.uri)))
        }),
        ask::CodeLensResolve::METHOD => {
            call::<ask::CodeLensResolve>(params, |it| Ok(lens::resolve(workspace, it)))
        }
        _ => {
            let message = format!("this server has no `{method}`");
            Err(refusal(ErrorCode::MethodNotFound, message))
        }
    }
}
