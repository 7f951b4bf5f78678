//! From the model of a policy to the files that enforce it.
//!
//! [`render`] is a pure function: the same policy gives the same bytes. What it promises about
//! them is checked by [`verify`], and that they mean what the policy says is proved by [`proof`],
//! before anybody sees them.

mod access_list;
mod acl;
mod agent_destinations;
pub mod deployment;
mod domains;
pub mod file_set;
mod layout;
pub mod manifest;
mod one_word;
pub mod proof;
mod reason;
mod socat_forwards;
mod squid_conf;
pub mod verify;

use policy_core::ir::Policy;
use policy_core::sources::Sources;
use thiserror::Error;

use crate::deployment::Deployment;
pub use crate::file_set::hex;
pub use crate::layout::Form;

use crate::file_set::FileSet;
use crate::proof::Proof;

/// Why a policy without errors has no files: always a bug of ours.
#[derive(Debug, Error)]
pub enum RenderError {
    /// A value that is not one word reached a template.
    #[error("a value that must not be printed reached a file")]
    Value(#[from] askama::Error),
    /// A list without values, or two under one name.
    #[error("the list `{name}` is empty or stands twice")]
    AclName {
        /// Its name.
        name: String,
    },
    /// A value that JSON cannot hold.
    #[error("a value cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The files do not keep a promise.
    #[error("{0}")]
    Broken(#[from] verify::Broken),
    /// The files do not mean what the policy says.
    #[error("{0}")]
    Disproved(#[from] proof::Disproof),
}

/// dnsmasq's file is the same for every policy.
const DNSMASQ_CONF: &str = include_str!("../templates/dnsmasq.conf");

/// All files of a policy, checked and proved.
pub fn render(policy: &Policy, sources: &Sources) -> Result<FileSet, RenderError> {
    render_with_proof(policy, sources).map(|(files, _)| files)
}

/// The same, with what was proved.
pub fn render_with_proof(
    policy: &Policy,
    sources: &Sources,
) -> Result<(FileSet, Proof), RenderError> {
    render_in_form(policy, sources, Form::default())
}

/// The same in a form of its own, for tests: a policy of any size means the same in each.
#[doc(hidden)]
pub fn render_in_form(
    policy: &Policy,
    sources: &Sources,
    form: Form,
) -> Result<(FileSet, Proof), RenderError> {
    let files = unproved(policy, sources, form)?;
    let (kept, proof) = proof::beside(
        || verify::verify(policy, &files),
        || proof::prove(policy, &files),
    );
    kept?;
    Ok((files, proof?))
}

/// The files before anybody has looked at them, to measure what looking costs. Nothing that puts a
/// policy in force may take these.
#[doc(hidden)]
pub fn unproved(policy: &Policy, sources: &Sources, form: Form) -> Result<FileSet, RenderError> {
    let mut files = FileSet::default();
    let squid_conf = squid_conf::render(policy, form)?;
    files.insert(file_set::SQUID_CONF, squid_conf.text);
    files.insert(file_set::DNSMASQ_CONF, DNSMASQ_CONF.to_owned());
    files.insert(file_set::SOCAT_FORWARDS, socat_forwards::render(policy)?);
    files.insert(
        file_set::AGENT_DESTINATIONS,
        agent_destinations::render(policy)?,
    );
    files.insert(file_set::DEPLOYMENT, to_json(&Deployment::of(policy))?);
    let manifest = manifest::manifest(policy, sources, &files, &squid_conf.groups);
    files.insert(file_set::MANIFEST, to_json(&manifest)?);
    Ok(files)
}

/// Indented, with a line end behind it.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
