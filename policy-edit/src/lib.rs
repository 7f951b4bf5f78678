//! Edits of a policy on command: text in, text out.
//!
//! An edit changes the lines it must, and no other byte of any file: comments, order, layout and
//! line ends stay. [`edit`] makes the texts, and [`judge`] says whether they mean what was asked
//! for and nothing else: the judge changes the model of the policy as the request says, and compares
//! that with the model of the new text, exactly. What a set holds, what a revocation means and which
//! way an edge goes is one answer for both.

mod agents;
mod align;
mod block;
mod draft;
mod edges;
mod expected;
mod grants;
mod judge;
mod lan;
mod refusal;
mod request;
mod settings;
mod text;
pub mod words;

pub use self::judge::{Judged, Mismatch, judge};
pub use self::refusal::Refusal;
pub use self::request::{Browser, EdgeWish, Request};

use std::collections::BTreeMap;

use policy_core::facts::Facts;
use policy_core::sources::Sources;
use policy_core::span::FileId;

use self::draft::Draft;

/// The texts that a request leads to.
#[derive(Clone, Debug)]
pub struct Edited {
    /// The new text of each file that changes; empty when all is as it was asked for.
    pub texts: BTreeMap<FileId, String>,
    /// What whoever asked should know, each a line.
    pub notes: Vec<String>,
}

/// Makes the edit that a request asks for. The files may have errors: those that the edit does not
/// meddle with stay.
pub fn edit(sources: &Sources, facts: &Facts, request: &Request) -> Result<Edited, Refusal> {
    let mut draft = Draft::new(sources, facts);
    match request {
        Request::Add { name, settings } => agents::add(&mut draft, name, settings)?,
        Request::Remove { name, cascade } => agents::remove(&mut draft, name, *cascade)?,
        Request::Rename { name, to } => agents::rename(&mut draft, name, to)?,
        Request::Access { name, access, drop } => {
            settings::access(&mut draft, name, *access, *drop)?;
        }
        Request::Allow { name, grant } => grants::allow(&mut draft, name, grant)?,
        Request::Deny { name, grant } => grants::deny(&mut draft, name, grant)?,
        Request::Revoke { name, targets } => grants::revoke(&mut draft, name, targets)?,
        Request::RevokeDeny { name, targets } => grants::revoke_deny(&mut draft, name, targets)?,
        Request::Lan { name, lan } => lan::lan(&mut draft, name, lan)?,
        Request::RevokeLan { name, lan } => lan::revoke_lan(&mut draft, name, lan)?,
        Request::Cdp { name, browser } => settings::cdp(&mut draft, name, browser.as_ref())?,
        Request::Provider { name, provider } => settings::provider(&mut draft, name, provider)?,
        Request::Sessions { name, sessions } => settings::sessions(&mut draft, name, *sessions)?,
        Request::AddEdge(wish) => edges::add(&mut draft, wish)?,
        Request::RemoveEdge(wish) => edges::remove(&mut draft, wish)?,
    }
    draft.finish()
}

/// The sources with the edited texts.
pub fn with_texts(sources: &Sources, texts: &BTreeMap<FileId, String>) -> Sources {
    let mut edited = sources.clone();
    for (file, text) in texts {
        edited = edited.with_text(*file, text.clone()).0;
    }
    edited
}
