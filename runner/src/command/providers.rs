//! `providers`: the model providers that need no word in a policy.

use policy_core::format::format;
use policy_core::host::HostPattern;
use policy_core::providers;
use policy_core::span::FileId;
use serde::Serialize;

use crate::cli::{Format, ProvidersArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::ui;

/// The format of the JSON document.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document {
    version: u32,
    providers: Vec<Provider>,
}

#[derive(Serialize)]
struct Provider {
    name: &'static str,
    hosts: Vec<HostPattern>,
    source: &'static str,
    note: Option<&'static str>,
}

/// Runs the command.
pub fn run(args: &ProvidersArgs) -> Result<Exit, Error> {
    let mut built_in = providers::built_in();
    match args.format {
        Format::Human => {
            // As a policy would write it, to be copied and changed.
            let entries = providers::ALL.iter().map(|entry| {
                let source = entry.source;
                let note = entry.note.map(|note| format!("# {note}\n"));
                let note = note.unwrap_or_default();
                match entry.hosts {
                    [] => format!("\n# {}: {source}\n{note}", entry.name),
                    hosts => {
                        let (name, hosts) = (entry.name, hosts.join(" "));
                        format!("\n# {source}\n{note}provider {name} {{ {hosts} }}\n")
                    }
                }
            });
            let text = format!("policy 1\n{}", entries.collect::<String>());
            let text = format(FileId(0), &text).unwrap_or(text);
            ui::part(text.trim_start_matches("policy 1").trim_start());
        }
        Format::Json => {
            let providers = providers::ALL.iter().map(|entry| Provider {
                name: entry.name,
                hosts: built_in.remove(entry.name).unwrap_or_default(),
                source: entry.source,
                note: entry.note,
            });
            let document = Document {
                version: VERSION,
                providers: providers.collect(),
            };
            ui::raw(&(serde_json::to_string_pretty(&document)? + "\n"));
        }
    }
    Ok(Exit::Fine)
}
