//! `providers`: the model providers that need no word in a policy.

use policy_core::host::HostPattern;
use policy_core::providers;
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
            for entry in &providers::ALL {
                // As a policy would write it, to be copied and changed.
                let hosts = entry.hosts.join(" ");
                let name = entry.name;
                let note = entry.note.map(|note| format!("{note}; "));
                let note = note.unwrap_or_default();
                let source = entry.source;
                match hosts.is_empty() {
                    true => ui::result(format_args!("# {name}: {note}{source}")),
                    false => {
                        ui::result(format_args!(
                            "provider {name} {{ {hosts} }}  # {note}{source}"
                        ));
                    }
                }
            }
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
