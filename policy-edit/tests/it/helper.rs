//! One edit of one policy, judged.

use std::collections::BTreeMap;

use jiff::civil::date;
use policy_core::ast::{Access, AgentItem};
use policy_core::diagnostic::Report;
use policy_core::facts::Facts;
use policy_core::sources::Sources;
use policy_core::span::FileId;
use policy_edit::words::{Notes, statement, targets};
use policy_edit::{EdgeWish, Edited, Judged, Refusal, Request, edit, judge};

pub(crate) fn facts() -> Facts {
    Facts::on(date(2026, 11, 23))
}

/// A request as the words of a command line.
pub(crate) fn request(line: &str) -> Request {
    let (line, tail) = line.split_once(" because ").unwrap_or((line, ""));
    let (line, until) = line.split_once(" until ").unwrap_or((line, ""));
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let notes = Notes {
        because: given(tail),
        since: None,
        until: given(until),
    };
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let name = words[1].parse().unwrap();
    let rest = &words[2..];
    match (words[0].as_str(), rest) {
        ("add", rest) => Request::Add {
            name,
            settings: rest
                .chunks(2)
                .map(|pair| statement(&pair[0], &pair[1..], &notes).unwrap())
                .collect(),
        },
        ("remove", rest) => Request::Remove {
            name,
            cascade: !rest.is_empty(),
        },
        ("rename", [to]) => Request::Rename {
            name,
            to: to.parse().unwrap(),
        },
        ("access", [access, drop @ ..]) => Request::Access {
            name,
            access: match access.as_str() {
                "full" => Access::Full,
                "list" => Access::List,
                _ => Access::ModelOnly,
            },
            drop: !drop.is_empty(),
        },
        ("allow", _) => match statement("allow", rest, &notes).unwrap() {
            AgentItem::Allow(grant) => Request::Allow { name, grant },
            other => panic!("{other:?}"),
        },
        ("deny", _) => match statement("deny", rest, &notes).unwrap() {
            AgentItem::Deny(grant) => Request::Deny { name, grant },
            other => panic!("{other:?}"),
        },
        ("revoke", _) => Request::Revoke {
            name,
            targets: targets(rest).unwrap(),
        },
        ("undeny", _) => Request::RevokeDeny {
            name,
            targets: targets(rest).unwrap(),
        },
        ("lan" | "unlan", _) => match statement("lan", rest, &notes).unwrap() {
            AgentItem::Lan(lan) if words[0] == "lan" => Request::Lan { name, lan },
            AgentItem::Lan(lan) => Request::RevokeLan { name, lan },
            other => panic!("{other:?}"),
        },
        ("cdp", [off]) if off == "off" => Request::Cdp {
            name,
            browser: None,
        },
        ("cdp", _) => match statement("cdp", rest, &notes).unwrap() {
            AgentItem::Cdp(cdp) => Request::Cdp {
                name,
                browser: Some(policy_edit::Browser {
                    listen: cdp.listen.map(|port| port.value),
                    host_port: cdp.host_port.map(|port| port.value),
                    tail: cdp.tail,
                }),
            },
            other => panic!("{other:?}"),
        },
        ("provider", [provider]) => Request::Provider {
            name,
            provider: provider.parse().unwrap(),
        },
        ("sessions", [sessions]) => Request::Sessions {
            name,
            sessions: sessions.parse().unwrap(),
        },
        ("edge" | "unedge", [to, rest @ ..]) => {
            let wish = EdgeWish {
                from: name,
                to: to.parse().unwrap(),
                both: rest.iter().any(|word| word == "both"),
                local_name: rest
                    .iter()
                    .find(|word| *word != "both")
                    .map(|name| name.parse().unwrap()),
            };
            match words[0].as_str() {
                "edge" => Request::AddEdge(wish),
                _ => Request::RemoveEdge(wish),
            }
        }
        other => panic!("{other:?}"),
    }
}

/// An edit that was made, and what it means.
pub(crate) struct Made {
    pub(crate) edited: Edited,
    pub(crate) judged: Judged,
}

/// Makes an edit; whatever it does, its meaning must be the one asked for.
#[track_caller]
pub(crate) fn make(
    sources: &Sources,
    loading: &Report,
    request: &Request,
) -> Result<Made, Refusal> {
    let facts = facts();
    let edited = edit(sources, &facts, request)?;
    let judged = judge(sources, loading, &facts, request, &edited.texts);
    // What is refused for its new errors is not written either.
    if judged.new_errors.diagnostics().is_empty() {
        assert_eq!(judged.mismatch, None, "{request:?} {:?}", edited.texts);
    }
    Ok(Made { edited, judged })
}

/// The text of a policy of one file after an edit without new errors.
#[track_caller]
pub(crate) fn after(text: &str, line: &str) -> String {
    let (sources, loading) = Sources::single("p.reeve", text);
    let made = make(&sources, &loading, &request(line)).unwrap_or_else(|e| panic!("{line}: {e}"));
    let errors = made.judged.new_errors.diagnostics();
    assert!(
        errors.is_empty(),
        "{line}: {errors:?}\n{:?}",
        made.edited.texts
    );
    let mut texts: BTreeMap<FileId, String> = made.edited.texts;
    texts.remove(&FileId(0)).unwrap_or_else(|| text.to_owned())
}

/// Why an edit of a policy of one file is not made.
#[track_caller]
pub(crate) fn refused(text: &str, line: &str) -> Refusal {
    let (sources, loading) = Sources::single("p.reeve", text);
    match make(&sources, &loading, &request(line)) {
        Err(refusal) => refusal,
        Ok(made) => panic!("{line}: {:?}", made.edited.texts),
    }
}
