//! The value of `--mount`, read as Docker reads it.
//!
//! It is one record of comma-separated values, in which a field may stand in quotes and then hold
//! commas. Keys, and the type, may be written in any case. What cannot be read for certain is
//! refused: whatever we overlook here, Docker would not.

use super::refusals::Refusal;

/// A mount, as far as its safety depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mount {
    /// What is mounted.
    pub(super) kind: Kind,
    /// A path, or the name of a volume or an image.
    pub(super) source: Option<String>,
    /// The path in the container.
    pub(super) target: Option<String>,
    /// Whether nothing below the target can be written.
    pub(super) read_only: bool,
    /// Whether a volume may be made from a folder, a device or another host's files.
    pub(super) made_from_elsewhere: bool,
}

/// The types that containers of a single host have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file or folder of the host.
    Bind,
    /// The files of an image.
    Image,
    /// Memory.
    Tmpfs,
    /// A volume; what Docker takes when no type is given.
    #[default]
    Volume,
}

/// Keys that change nothing about what is mounted, or who may write it.
const HARMLESS: [&str; 10] = [
    "bind-create-src",
    "bind-nonrecursive",
    "bind-propagation",
    "consistency",
    "image-subpath",
    "tmpfs-mode",
    "tmpfs-size",
    "volume-label",
    "volume-nocopy",
    "volume-subpath",
];

/// Options of the driver `local` that name neither a folder nor a device.
const LOCAL_OPTIONS: [&str; 2] = ["size", "type"];

const UNKNOWN_KEY: Refusal = (
    "has a key that is not known here, so what it mounts cannot be checked",
    "see that it is spelled right, without spaces, or write the mount as `--volume`",
);

const UNKNOWN_TYPE: Refusal = (
    "has a type that cannot be checked here",
    "use `type=bind`, `type=volume`, `type=tmpfs` or `type=image`",
);

const UNREADABLE: Refusal = (
    "has quotes or line ends that cannot be read for certain",
    "put quotes around a whole `key=value` or leave them out, and double a quote in quotes",
);

impl Mount {
    /// Reads `KEY=VALUE,…`.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut mount = Self::default();
        let (mut is_local, mut options) = (true, Vec::new());
        let mut writable_below = false;
        for field in fields(text.trim()).ok_or(UNREADABLE)? {
            let (key, value) = field.split_once('=').unwrap_or((&field, "true"));
            let owned = value.to_owned();
            match key.to_ascii_lowercase().as_str() {
                "type" => mount.kind = Kind::parse(value).ok_or(UNKNOWN_TYPE)?,
                "source" | "src" => mount.source = Some(owned),
                "target" | "dst" | "destination" => mount.target = Some(owned),
                "readonly" | "ro" => mount.read_only = is_on(value),
                "bind-recursive" => writable_below = value == "writable",
                "volume-driver" => {
                    is_local = value.is_empty() || value.eq_ignore_ascii_case("local");
                }
                "volume-opt" => options.push(owned),
                key if HARMLESS.contains(&key) => {}
                _ => return Err(UNKNOWN_KEY),
            }
        }
        mount.read_only &= !writable_below;
        mount.made_from_elsewhere = is_local
            && options.iter().any(|option| {
                let name = option.split('=').next().unwrap_or(option);
                !LOCAL_OPTIONS.contains(&name)
            });
        Ok(mount)
    }
}

impl Kind {
    fn parse(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "bind" => Self::Bind,
            "image" => Self::Image,
            "tmpfs" => Self::Tmpfs,
            "volume" => Self::Volume,
            _ => return None,
        })
    }
}

/// The fields of one record of comma-separated values; nothing if a quote stands where none may.
fn fields(text: &str) -> Option<Vec<String>> {
    // Docker reads the first line only, and skips empty ones before it.
    if text.contains(['\n', '\r']) {
        return None;
    }
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let (field, behind) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => {
                let field = rest.split(',').next().unwrap_or(rest);
                if field.contains('"') {
                    return None;
                }
                (field.to_owned(), rest.strip_prefix(field)?)
            }
        };
        fields.push(field);
        if behind.is_empty() {
            return Some(fields);
        }
        rest = behind.strip_prefix(',')?;
    }
}

/// A field behind its opening quote, and what follows the closing one.
fn quoted_field(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (part, behind) = rest.split_once('"')?;
        field.push_str(part);
        match behind.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                rest = more;
            }
            None => return Some((field, behind)),
        }
    }
}

/// The spellings of true that Docker takes.
fn is_on(value: &str) -> bool {
    ["true", "True", "TRUE", "t", "T", "1"].contains(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_read_as_docker_reads_them() {
        for (text, expected) in [
            ("a=1,b=2", Some(vec!["a=1", "b=2"])),
            ("\"a=1,2\",b", Some(vec!["a=1,2", "b"])),
            ("\"a=\"\"x\"\"\"", Some(vec!["a=\"x\""])),
            ("a,,b,", Some(vec!["a", "", "b", ""])),
            ("", Some(vec![""])),
            ("a=\"1\"", None),
            ("\"a\"b", None),
            ("\"a", None),
            ("a\nb", None),
        ] {
            let expected: Option<Vec<String>> =
                expected.map(|fields| fields.into_iter().map(str::to_owned).collect());
            assert_eq!(fields(text), expected, "{text}");
        }
    }

    #[test]
    fn keys_and_the_type_have_any_case_and_the_last_one_wins() {
        let mount = Mount::parse("TYPE=Bind,Src=/a,src=/b,DST=/c,RO,consistency=cached").unwrap();
        assert_eq!(
            mount,
            Mount {
                kind: Kind::Bind,
                source: Some("/b".to_owned()),
                target: Some("/c".to_owned()),
                read_only: true,
                made_from_elsewhere: false,
            }
        );
    }

    #[test]
    fn a_mount_with_writable_parts_is_not_read_only() {
        for (text, read_only) in [
            ("readonly", true),
            ("ro=1", true),
            ("ro=false", false),
            ("ro,readonly=0", false),
            ("ro,bind-recursive=writable", false),
            ("bind-recursive=readonly,ro", true),
        ] {
            assert_eq!(Mount::parse(text).unwrap().read_only, read_only, "{text}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (text, refusal) in [
            ("type=npipe,src=x,dst=/x", UNKNOWN_TYPE),
            ("type= bind,src=/x,dst=/x", UNKNOWN_TYPE),
            ("type=bind, src=/x,dst=/x", UNKNOWN_KEY),
            ("type=bind,origin=/x,dst=/x", UNKNOWN_KEY),
            ("type=bind,src=/x,", UNKNOWN_KEY),
            ("type=bind,src=\"/x\",dst=/x", UNREADABLE),
        ] {
            assert_eq!(Mount::parse(text), Err(refusal), "{text}");
        }
    }

    #[test]
    fn a_local_volume_is_not_made_from_another_folder() {
        for (text, elsewhere) in [
            ("volume-opt=device=/var/run", true),
            ("volume-driver=local,volume-opt=o=bind", true),
            ("volume-opt=o=addr=198.51.100.1,volume-driver=LOCAL", true),
            ("volume-opt=size=1g,volume-opt=type=tmpfs", false),
            ("volume-driver=example/sshfs,volume-opt=o=ro", false),
        ] {
            let mount = Mount::parse(text).unwrap();
            assert_eq!(mount.made_from_elsewhere, elsewhere, "{text}");
        }
    }
}
