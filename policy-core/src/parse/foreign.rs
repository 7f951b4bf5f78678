//! What people write who know another tool, and how it is written here.
//!
//! Each function is called for a word that has already been refused, and only explains it.

use std::net::Ipv6Addr;

use super::address::{NotNet, net, split_net};
use super::context::Context;
use super::lexical::{clip, split_port};
use crate::diagnostic::{Code, Diagnostic};
use crate::host::{HostError, HostPattern};
use crate::port::Port;
use crate::span::Located;

/// A word that is no port.
pub(super) fn bad_port(context: &Context<'_>, text: &str) -> Diagnostic {
    let message = format!("`{}` is no port", clip(text));
    let is_range = text.contains('-') || text.contains("..");
    let help = match text {
        "*" | "any" | "all" => "leave the port off",
        _ if is_range => "a range of ports stands in `lan`, as in `lan 10.0.0.1 ports 8000-8080`",
        _ => "a port is a number from 1 to 65535",
    };
    context.error(Code::BadPort, text, message).help(help)
}

/// A word that needs a port and has none.
pub(super) fn missing_port(context: &Context<'_>, word: &str, example: &str) -> Diagnostic {
    let word_without = word.trim_end_matches(':');
    let message = format!("`{}` has no port", clip(word));
    let help = format!("write `{}:{example}`, say", clip(word_without));
    context.error(Code::BadPort, word, message).help(help)
}

/// A string where a word stands.
pub(super) fn quoted(string: &Located<Box<str>>, is_right: impl Fn(&str) -> bool) -> Diagnostic {
    let message = "hosts and addresses stand without quotes";
    let diagnostic = Diagnostic::error(Code::Syntax, string.span, message);
    write_instead(diagnostic, &string.value, is_right)
}

/// Adds what to write in place of the finding; it is a fix when that would be right.
pub(super) fn write_instead(
    diagnostic: Diagnostic,
    text: &str,
    is_right: impl Fn(&str) -> bool,
) -> Diagnostic {
    let diagnostic = diagnostic.help(format!("write `{}`", clip(text)));
    match is_right(text) {
        true => diagnostic.replace_with(text),
        false => diagnostic,
    }
}

/// Whether a word is a host pattern without a port.
pub(super) fn is_pattern(word: &str) -> bool {
    word.parse::<HostPattern>().is_ok()
}

/// Whether a word is a host and a port.
fn has_port(word: &str) -> bool {
    split_port(word)
        .1
        .is_some_and(|port| port.parse::<Port>().is_ok())
}

/// A word around an arrow, with blanks at both sides of it.
pub(super) fn parted_arrow(word: &str, arrow: &str) -> String {
    word.replacen(arrow, &format!(" {arrow} "), 1)
}

/// Adds the fix for a word that begins what other languages take for a comment.
pub(super) fn help_with_comment(
    context: &Context<'_>,
    diagnostic: Diagnostic,
    word: &str,
) -> Diagnostic {
    let diagnostic = diagnostic.help("a comment begins with `#`");
    let begins = ["//", "--", ";"]
        .into_iter()
        .find(|start| word.starts_with(start));
    match begins {
        Some(start) => {
            let place = context.span_at(context.offset(word), start.len());
            diagnostic.edit(place, " # ")
        }
        // What ends with `*/` may have more lines.
        None => diagnostic,
    }
}

/// A set with a port behind it.
pub(super) fn set_with_port(context: &Context<'_>, word: &str) -> Diagnostic {
    let set = word.split(':').next().unwrap_or(word);
    context
        .error(Code::Syntax, word, "a set has no port")
        .help(format!(
            "write `{set}`: its names are granted on the safe ports"
        ))
        .replace_with(set)
}

/// A word of `allow` or `deny` that is no target; `host` is the part before the port.
pub(super) fn bad_target(
    context: &Context<'_>,
    word: &str,
    host: &str,
    reason: &HostError,
) -> Diagnostic {
    if let Some(address) = address_in(word) {
        let message = format!("`{}` is an address, not a name", clip(word));
        let diagnostic = context.error(Code::WrongKind, word, message);
        return diagnostic.help(if address.matches(':').count() > 1 {
            "only `lan` grants addresses, IPv4 alone: allow the host by its name".to_owned()
        } else {
            format!(
                "an address is reached through `lan` alone, as in `lan {}`",
                clip(address)
            )
        });
    }
    bad_host(context, word, host, reason)
}

/// A word of a set that is no pattern.
pub(super) fn in_set(context: &Context<'_>, word: &str, reason: &HostError) -> Diagnostic {
    if word.starts_with('@') {
        let message = format!("a set holds no sets, and `{}` is one", clip(word));
        let diagnostic = context.error(Code::WrongKind, word, message);
        return diagnostic.help("write its hosts, or name both sets in the `allow`");
    }
    let (host, port) = split_port(word);
    if port.is_some_and(|port| port.starts_with("//")) {
        return url(context, word);
    }
    if port.is_some() && host.parse::<HostPattern>().is_ok() {
        let message = format!(
            "a set holds names without ports, and `{}` has one",
            clip(word)
        );
        let diagnostic = context.error(Code::BadHost, word, message);
        return diagnostic.help(format!("write `{host}`, or the port in an `allow`"));
    }
    if address_in(word).is_some() {
        let message = format!("a set holds names, and `{}` is an address", clip(word));
        let diagnostic = context.error(Code::WrongKind, word, message);
        return diagnostic.help("an address is reached through `lan` alone, in an agent");
    }
    bad_host(context, word, host, reason)
}

/// A URL where a host stands.
pub(super) fn url(context: &Context<'_>, word: &str) -> Diagnostic {
    let message = format!("`{}` is a URL, not a host name", clip(word));
    let diagnostic = context.error(Code::BadHost, word, message);
    write_instead(diagnostic, bare_host(word), is_pattern)
}

/// A word that should be a name and is none.
fn bad_host(context: &Context<'_>, word: &str, host: &str, reason: &HostError) -> Diagnostic {
    let bare = bare_host(word);
    let error = |message: String| context.error(Code::BadHost, word, message);
    if word.contains("://") {
        return url(context, word);
    }
    if super::keyword::is_foreign_comment(word) {
        let diagnostic = error(format!("`{}` begins no comment", clip(word)));
        return help_with_comment(context, diagnostic, word);
    }
    if word.contains('/') {
        let message = format!("`{}` has a path, which no rule can see", clip(word));
        return write_instead(error(message), bare, is_pattern);
    }
    let diagnostic = error(format!("`{}` is no host name: {reason}", clip(host)));
    if let HostError::Character { character } = reason {
        return odd_character(context, diagnostic, word, *character);
    }
    let help = match reason {
        HostError::Wildcard => Some(wildcard_help(host)),
        HostError::Numeric => {
            Some("an address is reached through `lan` alone, in four decimal parts".into())
        }
        HostError::EmptyLabel => Some("write one dot between two labels".into()),
        _ => None,
    };
    let diagnostic = match help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    };
    // Of the two that are meant by a star, the leading dot leaves out no name one thought of.
    match word
        .strip_prefix('*')
        .filter(|name| is_pattern(split_port(name).0))
    {
        Some(name) if !name.starts_with('.') => diagnostic.replace_with(format!(".{name}")),
        _ => diagnostic,
    }
}

/// A word that would be a host but for one character.
fn odd_character(
    context: &Context<'_>,
    diagnostic: Diagnostic,
    word: &str,
    character: char,
) -> Diagnostic {
    match character {
        '#' => {
            let host = word.split('#').next().unwrap_or(word);
            let place = context.span_at(context.offset(word) + host.len(), 0);
            let diagnostic = diagnostic.help("a comment begins with a blank and `#`");
            match is_pattern(split_port(host).0) {
                true => diagnostic.edit(place, " "),
                false => diagnostic,
            }
        }
        '\'' | '`' => {
            let bare = word.trim_matches(character);
            let diagnostic = diagnostic.help("write it without quotes");
            match is_pattern(bare) {
                true => diagnostic.replace_with(bare),
                false => diagnostic,
            }
        }
        '@' => write_instead(diagnostic, bare_host(word), is_pattern),
        ':' => diagnostic.help("one port, behind one colon"),
        _ => diagnostic,
    }
}

/// What to write for a `*` in the wrong place.
fn wildcard_help(host: &str) -> String {
    match host.strip_prefix('*') {
        Some("") => "every public name is `access full`, without an `allow`".to_owned(),
        Some(name) if !name.contains('*') => format!(
            "write `*.{name}` for what is under it, `.{name}` for it and everything under it"
        ),
        _ if host.ends_with(".*") => "write each name out, as in `foo.com foo.org`".to_owned(),
        _ => "write `*.` before a whole name, as in `*.example.com`".to_owned(),
    }
}

/// The address that a word names, possibly inside of a URL.
fn address_in(word: &str) -> Option<&str> {
    let is_net = |text: &str| !matches!(net(split_net(text).0), Err(NotNet::Unreadable));
    if is_net(word) {
        return Some(word);
    }
    let bare = bare_host(word);
    is_net(bare).then_some(bare)
}

/// A URL without its scheme, user and path.
fn bare_host(word: &str) -> &str {
    let after_scheme = word.split_once("://").map_or(word, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or(word);
    authority.rsplit('@').next().unwrap_or(authority)
}

/// A word of `lan` that is no address; `text` is the part before the port.
pub(super) fn bad_lan(context: &Context<'_>, word: &str, text: &str, reason: NotNet) -> Diagnostic {
    if let Some(diagnostic) = bad_net(context, text, reason) {
        return diagnostic;
    }
    let bare = bare_host(word);
    if word.contains("://") {
        let message = format!("`{}` is a URL, not an address", clip(word));
        let diagnostic = context.error(Code::BadAddress, word, message);
        let is_right = |word: &str| net(split_net(word).0).is_ok();
        return write_instead(diagnostic, bare, is_right);
    }
    if ["localhost", "host.docker.internal"].contains(&text) {
        let message = format!("`lan` takes an address, and `{text}` is a name");
        let diagnostic = context.error(Code::WrongKind, text, message);
        return diagnostic.help("a port of the Docker host is granted by `lan host:8080`, say");
    }
    if let Some(network) = starred_network(text) {
        let message = format!("`{}` is no network", clip(text));
        let diagnostic = context.error(Code::BadAddress, text, message);
        return write_instead(diagnostic, &network, |_| true);
    }
    if text.parse::<HostPattern>().is_ok() || text.starts_with(['*', '@']) {
        let message = format!("`lan` takes an address, and `{}` is a name", clip(text));
        let diagnostic = context.error(Code::WrongKind, text, message);
        return diagnostic.help("write its address: no name is looked up to grant anything");
    }
    unreadable(context, text)
}

/// A word of an invariant that is neither a name nor an address.
pub(super) fn bad_guarded(
    context: &Context<'_>,
    word: &str,
    reason: &HostError,
    not_net: NotNet,
) -> Diagnostic {
    let (text, _) = split_net(word);
    if let Some(diagnostic) = bad_net(context, text, not_net) {
        return match not_net {
            NotNet::WithoutBrackets(address) => diagnostic.replace_with(format!("[{address}]")),
            _ => diagnostic,
        };
    }
    if let Some(network) = starred_network(text) {
        let message = format!("`{}` is no network", clip(text));
        let diagnostic = context.error(Code::BadAddress, text, message);
        return write_instead(diagnostic, &network, |_| true);
    }
    if *reason == HostError::Numeric {
        return unreadable(context, text);
    }
    bad_host(context, word, split_port(word).0, reason)
}

/// An address that is all but right.
fn bad_net(context: &Context<'_>, text: &str, reason: NotNet) -> Option<Diagnostic> {
    let error = |message: String| context.error(Code::BadAddress, text, message);
    let text = clip(text);
    Some(match reason {
        NotNet::Unreadable => return None,
        NotNet::WithoutBrackets(address) => {
            error(format!("the IPv6 address `{text}` lacks its brackets"))
                .help(format!("write `[{address}]`"))
        }
        NotNet::Prefix => error(format!("`{text}` has no readable prefix length"))
            .help("a prefix is a number from 0 to 32, for IPv6 to 128"),
        NotNet::HostBits(network) => {
            let address = text.split('/').next().unwrap_or(&text);
            error(format!("`{text}` has bits set behind its prefix"))
                .help(format!(
                    "write `{network}` for the network, `{address}` for the one address"
                ))
                .replace_with(network.to_string())
        }
    })
}

fn unreadable(context: &Context<'_>, text: &str) -> Diagnostic {
    let message = format!("`{}` is no address", clip(text));
    context
        .error(Code::BadAddress, text, message)
        .help("an IPv4 address has four decimal numbers without leading zeros, as in `10.0.0.1`")
}

/// `10.0.0.*` as `10.0.0.0/24`.
fn starred_network(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('.').collect();
    let n_fixed = parts.iter().position(|part| *part == "*")?;
    let (fixed, stars) = parts.split_at_checked(n_fixed)?;
    if parts.len() != 4 || fixed.is_empty() || stars.iter().any(|part| *part != "*") {
        return None;
    }
    let mut octets: Vec<&str> = fixed.to_vec();
    octets.resize(4, "0");
    let network = format!("{}/{}", octets.join("."), n_fixed * 8);
    net(&network).ok().map(|_| network)
}

/// A word of `subnet` that is no network.
pub(super) fn bad_subnet(context: &Context<'_>, word: &str) -> Diagnostic {
    let example = "write an IPv4 network, as in `172.30.0.0/20`";
    match net(word) {
        Err(NotNet::HostBits(network)) => {
            let message = format!("`{}` has bits set behind its prefix", clip(word));
            let diagnostic = context.error(Code::BadAddress, word, message);
            write_instead(diagnostic, &network.to_string(), |_| true)
        }
        Ok(_) if !word.contains(['/', ':']) => {
            let message = format!("the subnet `{}` has no prefix length", clip(word));
            context.error(Code::BadAddress, word, message).help(example)
        }
        _ => {
            let message = format!("`{}` is no IPv4 network", clip(word));
            context.error(Code::BadAddress, word, message).help(example)
        }
    }
}

/// The host of a gateway's address that cannot be read.
pub(super) fn bad_gateway_host(context: &Context<'_>, word: &str, host: &str) -> Diagnostic {
    if word.parse::<Ipv6Addr>().is_ok() || host.parse::<Ipv6Addr>().is_ok() {
        let message = format!("the IPv6 address in `{}` lacks its brackets", clip(word));
        let diagnostic = context.error(Code::BadAddress, word, message);
        return diagnostic.help("write `[ADDRESS]:PORT`");
    }
    if word.contains("://") {
        let message = format!("`{}` is a URL, not a host and a port", clip(word));
        let diagnostic = context.error(Code::BadHost, word, message);
        return write_instead(diagnostic, bare_host(word), has_port);
    }
    let message = format!("`{}` is neither a host name nor an address", clip(host));
    let diagnostic = context.error(Code::BadHost, word, message);
    diagnostic.help("write it as in `host.docker.internal:10255`")
}

/// What is wrong with a word of a question, if it is nothing that one could ask for.
pub(super) fn odd_question(context: &Context<'_>, word: &str) -> Option<Diagnostic> {
    if word.contains("://") {
        let message = format!("`{}` is a URL, not a host and a port", clip(word));
        let bare = bare_host(word);
        let port = if word.starts_with("http://") { 80 } else { 443 };
        let diagnostic = context.error(Code::BadHost, word, message);
        return Some(match split_port(bare) {
            (_, Some(_)) => write_instead(diagnostic, bare, has_port),
            (_, None) => write_instead(diagnostic, &format!("{bare}:{port}"), has_port),
        });
    }
    if word.parse::<Ipv6Addr>().is_ok() {
        let message = format!("the IPv6 address in `{}` lacks its brackets", clip(word));
        let diagnostic = context.error(Code::BadAddress, word, message);
        return Some(diagnostic.help("write `[ADDRESS]:PORT`"));
    }
    match split_port(word) {
        (_, Some("")) | (_, None) => Some(missing_port(context, word, "443")),
        // The last colon of an address in brackets is one of its own.
        (_, Some(port)) if port.ends_with(']') => Some(missing_port(context, word, "443")),
        _ => None,
    }
}

/// Adds the fix for a word that stands behind a complete statement.
pub(super) fn help_with_unexpected(diagnostic: Diagnostic, next: &str) -> Diagnostic {
    if next.parse::<Port>().is_ok() {
        diagnostic.help("a port stands behind a colon, without blanks")
    } else if next.starts_with('=') {
        diagnostic.help("no `=` stands between a keyword and its value")
    } else {
        diagnostic.help("a statement ends at the end of its line")
    }
}
