//! Files as an editor calls them, URIs, and as everything else does, paths.

use std::path::Path;

use lsp_types::Uri;

/// The path of a `file` URI of this machine.
pub(crate) fn path(uri: &Uri) -> Option<String> {
    let is_file = uri
        .scheme()
        .is_some_and(|scheme| scheme.as_str().eq_ignore_ascii_case("file"));
    let is_local = uri
        .authority()
        .is_none_or(|authority| matches!(authority.as_str(), "" | "localhost"));
    if !is_file || !is_local {
        return None;
    }
    let path = uri.path().as_estr().decode().into_string().ok()?;
    Path::new(&*path).is_absolute().then(|| path.into_owned())
}

/// The URI of an absolute path.
pub(crate) fn uri(path: &str) -> Option<Uri> {
    let mut text = "file://".to_owned();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text += &format!("%{byte:02X}");
        }
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_any_characters_is_the_same_after_a_round_trip() {
        for text in ["/a/b.reeve", "/my policies/100%/\u{e4} #?[1].reeve"] {
            let uri = uri(text).unwrap();
            assert_eq!(path(&uri).as_deref(), Some(text), "{}", uri.as_str());
        }
    }

    #[test]
    fn only_a_local_file_has_a_path() {
        let path = |text: &str| path(&text.parse().unwrap());
        assert_eq!(path("file://localhost/a").as_deref(), Some("/a"));
        assert_eq!(path("file:///a%20b").as_deref(), Some("/a b"));
        assert_eq!(path("untitled:Untitled-1"), None);
        assert_eq!(path("file://elsewhere/a"), None);
        assert_eq!(path("https://example.com/a"), None);
    }
}
