//! What the program says about itself: codes, providers, completions and manual pages.

use std::fs;
use std::process::Command;

use clap::CommandFactory as _;
use insta::assert_snapshot;
use policy_core::diagnostic::Code;
use portreeve::cli::Cli;

use policy_core::providers;

use crate::portreeve::Bed;

#[test]
fn a_code_is_explained_with_a_policy_that_has_it_and_one_that_has_not() {
    let outcome = Bed::new().run(["explain-code", "lan-public"]).exits(0);
    assert_snapshot!(outcome.stdout, @"
    warning[lan-public]

    A `lan` reaches public addresses. This is a warning.

    It goes around the gateway: without its credentials, and unseen by it.

    Before:

        policy 1
        agent coder { lan 198.51.100.20:443 }

    After:

        policy 1
        agent coder {
          access list
          allow api.example.com:443
        }
    ");
}

#[test]
fn every_code_is_listed_and_explained_on_any_terminal() {
    let bed = Bed::new();
    let list = bed.run(["explain-code"]).exits(0).stdout;
    for code in Code::ALL {
        assert!(list.contains(&format!("\n{code} ")) || list.starts_with(code.name()));
        let text = bed.run(["explain-code", code.name()]).exits(0).stdout;
        let title = format!("{}[{code}]\n\n", code.usual_severity().name());
        assert!(text.starts_with(&title) && !text.contains("```"), "{text}");
        let long = text
            .lines()
            .chain(list.lines())
            .find(|line| line.chars().count() > 80);
        assert!(long.is_none_or(|line| line.starts_with("    ")), "{long:?}");
    }
}

#[test]
fn an_unknown_code_is_a_usage_error_with_the_nearest_one() {
    let outcome = Bed::new().run(["explain-code", "lan-publik"]).exits(2);
    assert!(
        outcome
            .stderr
            .contains("a similar value exists: 'lan-public'")
    );
}

#[test]
fn providers_are_printed_as_policy_text_that_is_canonical() {
    let bed = Bed::new();
    let text = bed.run(["providers"]).exits(0).stdout;
    assert!(
        text.contains("\nprovider claude { .api.anthropic.com }\n"),
        "{text}"
    );
    // One line for each entry, and each says where its hosts are said to be these.
    let with_source = text.lines().filter(|line| line.contains("https://"));
    assert_eq!(with_source.count(), providers::ALL.len(), "{text}");
    bed.file("p.reeve", &format!("policy 1\n\n{text}"));
    let _ = bed.run(["fmt", "--check", "p.reeve"]).exits(0);
    let json = bed.run(["providers", "--format", "json"]).exits(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["providers"][0]["name"], "claude");
    assert_eq!(json["providers"][0]["hosts"][0], ".api.anthropic.com");
}

#[test]
fn every_shell_can_complete_every_command() {
    let bed = Bed::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = bed.run(["completions", shell]).exits(0).stdout;
        for command in Cli::command().get_subcommands() {
            assert!(
                script.contains(command.get_name()),
                "{shell}: {}",
                command.get_name()
            );
        }
    }
    let script = bed.run(["completions", "bash"]).exits(0).stdout;
    bed.file("portreeve.bash", &script);
    let complete = "set -e; source ./portreeve.bash; COMP_WORDS=(portreeve explain-code lan-p)
        COMP_CWORD=2; _portreeve portreeve lan-p explain-code; echo \"${COMPREPLY[*]}\"";
    let mut bash = Command::new("bash");
    let output = bash
        .args(["-c", complete])
        .current_dir(bed.path())
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "lan-public\n",
        "{output:?}"
    );
}

#[test]
fn every_command_has_a_manual_page_with_its_example() {
    let bed = Bed::new();
    let _ = bed.run(["man", "-o", "share/man1"]).exits(0);
    let page = |name: &str| bed.read(&format!("share/man1/{name}.1"));
    assert_eq!(bed.run(["man"]).exits(0).stdout, page("portreeve"));
    let mut n_pages = 1;
    for command in Cli::command().get_subcommands() {
        let name = command.get_name();
        let text = page(&format!("portreeve-{name}"));
        assert!(text.contains(&format!(".TH portreeve-{name} 1")), "{text}");
        assert!(
            text.contains("portreeve 0.") && text.contains("Example:"),
            "{text}"
        );
        // A command with parts has a page for each of them as well.
        n_pages += 1 + command.get_subcommands().count();
    }
    let there = fs::read_dir(bed.path().join("share/man1")).unwrap().count();
    assert_eq!(there, n_pages);
}
