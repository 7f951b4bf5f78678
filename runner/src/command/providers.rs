//! `providers`: the model providers that need no word in a policy.

use policy_core::host::HostPattern;
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
    name: String,
    hosts: Vec<HostPattern>,
}

/// Runs the command.
pub fn run(args: &ProvidersArgs) -> Result<Exit, Error> {
    let built_in = policy_core::providers::built_in();
    match args.format {
        Format::Human => {
            for (name, hosts) in &built_in {
                let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
                // As a policy would write it, to be copied and changed.
                ui::result(format_args!("provider {name} {{ {} }}", hosts.join(" ")));
            }
        }
        Format::Json => {
            let providers = built_in.into_iter();
            let document = Document {
                version: VERSION,
                providers: providers
                    .map(|(name, hosts)| Provider { name, hosts })
                    .collect(),
            };
            ui::raw(&(serde_json::to_string_pretty(&document)? + "\n"));
        }
    }
    Ok(Exit::Fine)
}
