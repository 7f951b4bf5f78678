//! What each edit makes of a text.

use policy_core::format::format;
use policy_core::span::FileId;

use crate::helper::after;

const TEAM: &str = "\
policy 1
hosts github { github.com .githubusercontent.com }

# The one who builds.
agent coder {  # trusted
  access    list
  allow     @github pypi.org a.example  because \"build\"  # weekly
  deny      gist.github.com             because \"a way out\"
  # a group

  lan       192.168.1.20:8838
  cdp       9301 -> host:9333  because \"pages\"
}

agent idle {}
agent reviewer { access list }

edge coder -> reviewer as review
edge coder <-> idle

test \"no way out\" {
  coder    cannot gist.github.com:443
  reviewer cannot pypi.org:443
}
invariant \"one LAN user\" { only coder, idle reaches 192.168.0.0/16 }
";

/// Lines of `after` that `before` has not, and the other way round.
fn changed(line: &str) -> String {
    let text = after(TEAM, line);
    let (old, new): (Vec<&str>, Vec<&str>) = (TEAM.lines().collect(), text.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[same..], &new[same..]);
    let tail = old.iter().rev().zip(new.iter().rev());
    let tail = tail.take_while(|(a, b)| a == b).count();
    let mut shown = String::new();
    for line in &old[..old.len() - tail] {
        shown += &format!("-{line}\n");
    }
    for line in &new[..new.len() - tail] {
        shown += &format!("+{line}\n");
    }
    shown
}

#[test]
fn an_edit_touches_its_lines_and_writes_them_as_fmt_would() {
    assert_eq!(format(FileId(0), TEAM).unwrap(), TEAM);
    let table = [
        (
            "allow coder x.example because a reason",
            "+  allow     x.example                   because \"a reason\"\n",
        ),
        ("allow coder pypi.org", ""),
        ("allow coder raw.githubusercontent.com", ""),
        (
            "allow coder pypi.org until 2027-01-31",
            "-  allow     @github pypi.org a.example  because \"build\"  # weekly\n\
             +  allow     @github a.example  because \"build\"  # weekly\n\
             +  allow     pypi.org           because \"build\"  until 2027-01-31\n",
        ),
        (
            "revoke coder @github a.example",
            "-  allow     @github pypi.org a.example  because \"build\"  # weekly\n\
             +  allow     pypi.org         because \"build\"  # weekly\n",
        ),
        (
            "revoke coder @github pypi.org a.example",
            "-  allow     @github pypi.org a.example  because \"build\"  # weekly\n",
        ),
        ("deny coder x.example", "+  deny      x.example\n"),
        (
            "undeny coder gist.github.com",
            "-  deny      gist.github.com             because \"a way out\"\n",
        ),
        ("lan coder 10.1.2.3:80", "+  lan       10.1.2.3:80\n"),
        (
            "unlan coder 192.168.1.20",
            "-  lan       192.168.1.20:8838\n",
        ),
        ("lan coder 192.168.1.20:8838", ""),
        (
            "cdp coder 9444",
            "-  cdp       9301 -> host:9333  because \"pages\"\n\
             +  cdp       9444 -> host:9333  because \"pages\"\n",
        ),
        (
            "cdp coder off",
            "-  cdp       9301 -> host:9333  because \"pages\"\n",
        ),
        ("sessions coder 2", "+  sessions  2\n"),
        ("sessions coder 4", ""),
        (
            "access coder full",
            "-  access    list\n+  access    full\n",
        ),
        (
            "access coder full drop",
            "-  access    list\n-  allow     @github pypi.org a.example  because \"build\"  # weekly\n\
             +  access    full\n",
        ),
        (
            "access idle list",
            "-agent idle {}\n+agent idle {\n+  access    list\n+}\n",
        ),
        (
            "access reviewer model-only",
            "-agent reviewer { access list }\n+agent reviewer { access model-only }\n",
        ),
        (
            "allow reviewer y.example",
            "-agent reviewer { access list }\n+agent reviewer {\n+  access    list\n+  allow     y.example\n+}\n",
        ),
        (
            "provider reviewer none",
            "-agent reviewer { access list }\n+agent reviewer {\n+  provider  none\n+  access    list\n+}\n",
        ),
        (
            "edge coder reviewer as2",
            "+edge coder -> reviewer as as2\n",
        ),
        ("edge coder idle", ""),
        ("edge reviewer coder both", "+edge reviewer <-> coder\n"),
        (
            "unedge coder reviewer",
            "-edge coder -> reviewer as review\n",
        ),
        (
            "unedge coder idle",
            "-edge coder <-> idle\n+edge idle -> coder\n",
        ),
        ("unedge idle coder both", "-edge coder <-> idle\n"),
        ("add fetcher", "+agent fetcher {}\n"),
        (
            "add fetcher access list sessions 2",
            "+agent fetcher {\n+  access    list\n+  sessions  2\n+}\n+\n",
        ),
        ("remove nobody", ""),
    ];
    for (line, expected) in table {
        assert_eq!(changed(line), expected, "{line}");
    }
}

#[test]
fn a_new_name_stands_wherever_the_old_one_did_and_the_id_stays() {
    let text = after(TEAM, "rename coder builder");
    assert!(
        !text.replace("id        coder", "").contains("coder"),
        "{text}"
    );
    assert!(text.contains("agent builder {  # trusted\n  id        coder\n  access    list\n"));
    assert!(
        text.contains("test \"no way out\" {\n  builder  cannot gist.github.com:443\n"),
        "{text}"
    );
    assert!(text.contains("only builder, idle reaches"));
}

#[test]
fn a_removal_takes_what_names_the_agent_along() {
    let text = after(TEAM, "remove coder cascade");
    assert!(!text.contains("coder"), "{text}");
    assert!(
        text.contains("# The one who builds.\n\nagent idle {}\n"),
        "{text}"
    );
    assert!(text.contains("only idle reaches"), "{text}");
    assert!(
        text.contains("test \"no way out\" {\n  reviewer cannot pypi.org:443\n}"),
        "{text}"
    );
    let text = after(&text, "remove idle cascade");
    assert!(text.contains("{ nobody reaches 192.168.0.0/16 }"), "{text}");
}

#[test]
fn an_edit_and_its_inverse_give_the_text_back() {
    for text in [TEAM, &TEAM.replace('\n', "\r\n"), TEAM.trim_end()] {
        for (one, other) in [
            ("allow coder x.example", "revoke coder x.example"),
            ("deny coder x.example", "undeny coder x.example"),
            ("lan coder 10.1.2.3:80", "unlan coder 10.1.2.3:80"),
            ("access idle list", "access idle model-only"),
            ("access coder full", "access coder list"),
            ("add fetcher", "remove fetcher"),
            ("add fetcher access list", "remove fetcher"),
            ("edge idle reviewer", "unedge idle reviewer"),
            ("sessions coder 7", "sessions coder 4"),
            ("provider coder none", "provider coder claude"),
        ] {
            let there = after(text, one);
            assert_ne!(there, *text, "{one}");
            assert_eq!(there.contains('\r'), text.contains('\r'));
            assert_eq!(there.ends_with('\n'), text.ends_with('\n'));
            // A setting that says the default stays a statement.
            if !one.starts_with("access idle")
                && !one.starts_with("sessions")
                && !one.starts_with("provider")
            {
                assert_eq!(after(&there, other), *text, "{one}");
            }
        }
    }
}

#[test]
fn a_layout_of_its_own_is_left_alone() {
    let text = "policy 1\nagent a {\n\taccess list\n\tallow b.example   c.example # d\n}\n";
    assert_eq!(
        after(text, "allow a d.example because why"),
        "policy 1\nagent a {\n\taccess list\n\tallow b.example   c.example # d\n\tallow d.example because \"why\"\n}\n"
    );
    assert_eq!(
        after(text, "revoke a c.example"),
        "policy 1\nagent a {\n\taccess list\n\tallow b.example # d\n}\n"
    );
    let odd = "policy 1\nagent a { access list\n  allow b.example }\n";
    assert_eq!(
        after(odd, "revoke a b.example"),
        "policy 1\nagent a { access list\n}\n"
    );
    assert_eq!(
        after(odd, "deny a c.b.example"),
        "policy 1\nagent a { access list\n  allow b.example\n  deny c.b.example\n}\n"
    );
    let silenced = "policy 1\nagent a {\n  lan 10.0.0.0/8  despite lan-wide,lan-every-port \"all }\"\n} # end\n";
    assert_eq!(
        after(silenced, "lan a 10.0.0.0/8 because lab"),
        "policy 1\nagent a {\n  lan       10.0.0.0/8  because \"lab\"  despite lan-wide,lan-every-port \"all }\"\n} # end\n"
    );
    assert!(after(silenced, "sessions a 2").contains("\"all }\"\n  sessions 2\n} # end"));
}

#[test]
fn what_has_ended_is_granted_anew() {
    let text =
        "policy 1\nagent a {\n  access    list\n  allow     b.example  until 2026-01-01\n}\n";
    assert_eq!(
        after(text, "allow a b.example until 2027-01-01"),
        text.replace("2026-01-01", "2027-01-01")
    );
    assert_eq!(
        after(text, "allow a .b.example"),
        text.replace("2026-01-01\n", "2026-01-01\n  allow     .b.example\n")
    );
}
