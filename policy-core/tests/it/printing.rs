//! The canonical form.

use insta::assert_snapshot;

use crate::helper::tree;

fn printed(text: &str) -> String {
    let printed = tree(text).to_string();
    assert_eq!(tree(&printed), tree(text), "{printed}");
    assert_eq!(tree(&printed).to_string(), printed);
    printed
}

#[test]
fn the_whole_language_in_its_canonical_form() {
    assert_snapshot!(printed(crate::reading::WHOLE), @r#"
    policy 1  # first statement of a file

    gateway onecli { address host.docker.internal:10255 }  # optional: this is the default
    network {                                              # optional: these are the defaults
      subnet     172.30.0.0/20                             # cut into one block for each agent
      isolation  per-agent                                 # or: shared
      proxy-port 3128
    }
    safe-ports 80 443                                   # the default
    provider claude { .api.anthropic.com }              # replaces the built-in entry of that name
    hosts github { github.com .githubusercontent.com }  # a named set
    include "team/*.reeve"                              # relative to this file

    agent coder {
      id        ag-1715731200000-x1y2z3  # NanoClaw's agent group id; default: the name
      provider  claude                   # default: claude
      access    list                     # full | list | model-only (the default)
      allow     @github pypi.org *.crates.io:443  because "build dependencies"  since 2026-05-15  until 2027-01-31
      deny      gist.github.com                   because "exfiltration path"
      lan       192.168.1.20:8838                 because "Neo controller"
      lan       10.20.0.0/24 ports 80,443,8000-8080
      cdp       9223 -> host:9222  # `cdp` alone: the compiler computes the listen port; host:9222
      sessions  4                  # containers at once; the default
      mode      enforce            # or: report (decide as `full`, log what enforce would have said)
    }

    edge coder -> reviewer as review  # one way; the name coder calls it by (default: its own)
    edge coder <-> archivist          # both ways

    test "coder" {
      coder can    github.com:443 via gateway
      coder can    192.168.1.20:8838 via direct
      coder cannot gist.github.com:443 169.254.169.254:80
    }
    invariant "no metadata" { nobody reaches 169.254.0.0/16 }
    invariant "one LAN user" { only coder reaches 10.0.0.0/8 192.168.0.0/16 }
    "#);
}

#[test]
fn comments_and_empty_lines_stay_where_they_are() {
    let text = "# head

#  second


policy 1#no comment
";
    assert!(
        policy_core::parse::parse(Default::default(), text)
            .1
            .has_errors()
    );
    let text = "\n\n# head

#  second


policy 1 #trailing
 # above

 #  above too
agent a {# c
}
";
    assert!(
        policy_core::parse::parse(Default::default(), text)
            .1
            .has_errors()
    );
    let text = text.replace(
        "{# c",
        "{ # opening\n\n\n # one\n\n cdp # two\n # three\n\n # four\n\n",
    );
    assert_snapshot!(printed(&(text + "hosts h { a.com\n   b.com c.com # c\n\n d.com }\n\n#\n# end")), @"
    # head

    # second

    policy 1  # trailing
    # above

    # above too
    agent a {  # opening
      # one

      cdp  # two
      # three

      # four
    }
    hosts h {
      a.com
      b.com c.com  # c

      d.com
    }

    #
    # end
    ");
}

#[test]
fn blocks_stay_on_one_line_while_they_fit() {
    let long = format!("hosts h {{ {} }}", "example.com ".repeat(10));
    let text = format!(
        "policy 1\nhosts a {{ B.com   .c.com }}\nhosts b {{ a.com\n}}\n{long}\nagent x {{ }}\n\
         agent y {{ cdp because \"x\" }}\nagent z {{\n}}\n"
    );
    assert_snapshot!(printed(&text), @r#"
    policy 1
    hosts a { b.com .c.com }
    hosts b {
      a.com
    }
    hosts h {
      example.com example.com example.com example.com example.com example.com example.com example.com
      example.com example.com
    }
    agent x {}
    agent y { cdp  because "x" }
    agent z {}
    "#);
}

#[test]
fn what_a_statement_silences_stands_behind_all_else_and_behind_a_block() {
    let text = "policy 1 despite no-tests \"a\"\nnetwork { isolation shared despite floor \"b\" } \
                despite lan-wide  ,  floor \"c\" despite expired \"d\" # e\nagent a {\n\
                allow x.y because \"f\" until 2027-01-31 despite expired \"g\" # h\n\
                }\nhosts despite { despite despite b.c }";
    assert_snapshot!(printed(text), @r#"
    policy 1  despite no-tests "a"
    network { isolation shared  despite floor "b" }  despite lan-wide,floor "c"  despite expired "d"  # e
    agent a {
      allow     x.y  because "f"  until 2027-01-31  despite expired "g"  # h
    }
    hosts despite { despite despite b.c }
    "#);
}
