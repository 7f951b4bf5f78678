//! `agent …`: the agents of a policy, listed and edited.

use std::path::Path;

use policy_core::ast::AgentItem;
use policy_edit::words::{Notes, statement, targets};
use policy_edit::{Browser, Request};

use crate::cli::{AgentArgs, AgentCommand, Format, Global, Listen};
use crate::compile::{self, Read};
use crate::edit::{self, EditError};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::agents::{Sheet, list_human, list_json};
use crate::ui;

/// Runs the command.
pub fn run(args: &AgentArgs, global: &Global) -> Result<Exit, Error> {
    let path = &args.policy.policy;
    match &args.command {
        AgentCommand::List => list(path, args.options.format, global),
        AgentCommand::Show { name } => super::show::run(name, args.options.format, path, global),
        command => {
            let Some(request) = request(command)? else {
                return Ok(Exit::Usage);
            };
            edit::run(path, &request, &args.options, global)
        }
    }
}

fn list(path: &Path, format: Format, global: &Global) -> Result<Exit, Error> {
    let facts = edit::facts(global)?;
    let Some(Read { sources, policy }) = compile::read(path, &facts)? else {
        return Ok(Exit::Findings);
    };
    let agents = policy.agents.iter();
    let sheets: Vec<Sheet<'_>> = agents
        .map(|agent| Sheet::of(&sources, &policy, &facts, agent))
        .collect();
    match format {
        Format::Human => ui::part(list_human(&sheets)),
        Format::Json => ui::raw(&list_json(sheets)?),
    }
    Ok(Exit::Fine)
}

/// What a command line asks for; `None` where it is no edit.
fn request(command: &AgentCommand) -> Result<Option<Request>, EditError> {
    let plain = Notes::default();
    let read = |keyword: &str, words: &[String], notes: &Notes| {
        statement(keyword, words, notes).map_err(EditError::from)
    };
    Ok(Some(match command {
        AgentCommand::List | AgentCommand::Show { .. } => return Ok(None),
        AgentCommand::Add {
            name,
            id,
            provider,
            access,
            sessions,
        } => {
            let access = access.map(|word| policy_core::ast::Access::from(word).to_string());
            let given = [
                ("id", id.clone()),
                ("provider", provider.clone()),
                ("access", access),
                ("sessions", sessions.map(|number| number.to_string())),
            ];
            let given = given.into_iter();
            let given = given.filter_map(|(keyword, value)| Some((keyword, value?)));
            let settings = given.map(|(keyword, value)| read(keyword, &[value], &plain));
            Request::Add {
                name: name.clone(),
                settings: settings.collect::<Result<_, _>>()?,
            }
        }
        AgentCommand::Remove { name, cascade } => Request::Remove {
            name: name.clone(),
            cascade: *cascade,
        },
        AgentCommand::Rename { name, to } => Request::Rename {
            name: name.clone(),
            to: to.clone(),
        },
        AgentCommand::Access { name, access, drop } => Request::Access {
            name: name.clone(),
            access: (*access).into(),
            drop: *drop,
        },
        AgentCommand::Allow {
            name,
            hosts,
            because,
            since,
            until,
        } => {
            let notes = notes(because, since, until);
            match read("allow", hosts, &notes)? {
                AgentItem::Allow(grant) => Request::Allow {
                    name: name.clone(),
                    grant,
                },
                _ => return Ok(None),
            }
        }
        AgentCommand::Deny {
            name,
            hosts,
            revoke: true,
            ..
        } => Request::RevokeDeny {
            name: name.clone(),
            targets: targets(hosts)?,
        },
        AgentCommand::Deny {
            name,
            hosts,
            because,
            since,
            ..
        } => match read("deny", hosts, &notes(because, since, &None))? {
            AgentItem::Deny(grant) => Request::Deny {
                name: name.clone(),
                grant,
            },
            _ => return Ok(None),
        },
        AgentCommand::Revoke { name, hosts } => Request::Revoke {
            name: name.clone(),
            targets: targets(hosts)?,
        },
        AgentCommand::Lan {
            name,
            target,
            because,
            since,
            until,
            revoke,
        } => {
            let notes = notes(because, since, until);
            let (name, AgentItem::Lan(lan)) = (name.clone(), read("lan", target, &notes)?) else {
                return Ok(None);
            };
            match revoke {
                true => Request::RevokeLan { name, lan },
                false => Request::Lan { name, lan },
            }
        }
        AgentCommand::Cdp {
            name,
            port,
            host_port,
            because,
            until,
        } => {
            let listen = match port {
                Listen::Port(port) => Some(*port),
                Listen::Auto | Listen::Off => None,
            };
            let notes = notes(because, &None, until);
            let browser = match (port, read("cdp", &[], &notes)?) {
                (Listen::Off, _) => None,
                (_, AgentItem::Cdp(cdp)) => Some(Browser {
                    listen,
                    host_port: *host_port,
                    tail: cdp.tail,
                }),
                _ => return Ok(None),
            };
            Request::Cdp {
                name: name.clone(),
                browser,
            }
        }
        AgentCommand::Provider { name, provider } => Request::Provider {
            name: name.clone(),
            provider: provider.clone(),
        },
        AgentCommand::Sessions { name, sessions } => Request::Sessions {
            name: name.clone(),
            sessions: *sessions,
        },
    }))
}

fn notes(because: &Option<String>, since: &Option<String>, until: &Option<String>) -> Notes {
    Notes {
        because: because.clone(),
        since: since.clone(),
        until: until.clone(),
    }
}
