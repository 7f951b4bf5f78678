//! Under a public suffix anyone can have a name: `.co.uk` is for sale, `.github.io` is free.

use psl::{Psl as _, Type};

use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::host::{HostPattern, Reach};

pub(super) const CHECK: Check = Check {
    code: Code::PublicSuffix,
    run: check,
};

fn check(subject: &Subject<'_>, report: &mut Report) {
    for allowed in &subject.allowed {
        let pattern = allowed.pattern;
        let Some(kind) = whole_suffix(pattern) else {
            continue;
        };
        let name = pattern.name();
        let message = match kind {
            Type::Icann => {
                format!("`{pattern}` is not one owner's: anyone can register under `{name}`")
            }
            Type::Private => {
                format!(
                    "`{pattern}` is not one owner's: whoever runs `{name}` gives names under it to anyone"
                )
            }
        };
        let help = format!("allow the names that are meant, as in `NAME.{name}`");
        report.push(Diagnostic::warning(CHECK.code, allowed.span, message).help(help));
    }
}

/// The kind of public suffix under which a pattern allows every name. A name that the list does
/// not know, such as `.lan`, is taken for one's own.
pub(super) fn whole_suffix(pattern: &HostPattern) -> Option<Type> {
    if pattern.reach() == Reach::Exact {
        return None;
    }
    let name = pattern.name().as_str().as_bytes();
    let suffix = psl::List.suffix(name)?;
    (suffix.as_bytes().len() == name.len())
        .then(|| suffix.typ())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_suffix_itself_is_a_suffix_and_only_with_what_is_under_it() {
        let kind = |text: &str| whole_suffix(&text.parse().unwrap());
        for icann in [".com", "*.co.uk", ".xn--p1ai"] {
            assert_eq!(kind(icann), Some(Type::Icann), "{icann}");
        }
        for private in ["*.github.io", ".s3.amazonaws.com", ".pages.dev"] {
            assert_eq!(kind(private), Some(Type::Private), "{private}");
        }
        for own in [
            "github.io",
            ".we.github.io",
            ".example.co.uk",
            ".lan",
            ".example",
        ] {
            assert_eq!(kind(own), None, "{own}");
        }
    }
}
