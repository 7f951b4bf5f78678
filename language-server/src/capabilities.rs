//! What the two ends tell each other at the start.

use lsp_types::{
    ClientCapabilities, CodeActionKind, CodeActionOptions, CodeActionProviderCapability,
    CodeLensOptions, CompletionOptions, InitializeResult, OneOf, PositionEncodingKind,
    RenameOptions, ServerCapabilities, ServerInfo, TextDocumentSyncCapability,
    TextDocumentSyncKind, TextDocumentSyncOptions, TextDocumentSyncSaveOptions,
};

use crate::position::Encoding;

/// What the editor understands, as far as it matters here.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Capabilities {
    /// Edits that say which version of a text they are for.
    pub(crate) versioned_edits: bool,
    /// Being told that what stands above the agents is no longer true.
    pub(crate) lens_refresh: bool,
    /// Watching files for us.
    pub(crate) watching: bool,
}

impl Capabilities {
    pub(crate) fn of(client: &ClientCapabilities) -> Self {
        let workspace = client.workspace.as_ref();
        let edits = workspace.and_then(|it| it.workspace_edit.as_ref());
        let lens = workspace.and_then(|it| it.code_lens.as_ref());
        let watching = workspace.and_then(|it| it.did_change_watched_files.as_ref());
        Self {
            versioned_edits: edits.and_then(|it| it.document_changes).unwrap_or(false),
            lens_refresh: lens.and_then(|it| it.refresh_support).unwrap_or(false),
            watching: watching
                .and_then(|it| it.dynamic_registration)
                .unwrap_or(false),
        }
    }
}

/// Bytes where the editor can count them; else what every editor can.
pub(crate) fn encoding(client: &ClientCapabilities) -> Encoding {
    let offered = client
        .general
        .as_ref()
        .and_then(|it| it.position_encodings.as_ref());
    match offered.is_some_and(|offered| offered.contains(&PositionEncodingKind::UTF8)) {
        true => Encoding::Utf8,
        false => Encoding::Utf16,
    }
}

pub(crate) fn ours(encoding: Encoding) -> InitializeResult {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::Supported(true)),
        ..TextDocumentSyncOptions::default()
    };
    let at_sign = CompletionOptions {
        trigger_characters: Some(vec!["@".to_owned()]),
        ..CompletionOptions::default()
    };
    let capabilities = ServerCapabilities {
        position_encoding: Some(match encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
        hover_provider: Some(true.into()),
        completion_provider: Some(at_sign),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        code_lens_provider: Some(CodeLensOptions {
            resolve_provider: Some(true),
        }),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: lsp_types::WorkDoneProgressOptions::default(),
        })),
        ..ServerCapabilities::default()
    };
    InitializeResult {
        capabilities,
        server_info: Some(ServerInfo {
            name: "portreeve".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    }
}
