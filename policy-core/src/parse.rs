//! stub
use crate::{ast::File, diagnostic::Report, span::FileId};
/// stub
pub fn parse(_: FileId, _: &str) -> (File, Report) {
    Default::default()
}
