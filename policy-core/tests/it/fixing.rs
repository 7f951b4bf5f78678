//! A finding that has a fix is gone once the fix is made.

use std::collections::BTreeSet;

use policy_core::parse::parse;
use policy_core::sources::Sources;
use policy_core::span::FileId;

use crate::fixtures::{ROOT, cases};
use crate::helper::{apply, check, compile_files, is_mended};

#[test]
fn every_fix_of_every_fixture_mends_its_finding_and_breaks_nothing() {
    let mut n_fixes = 0;
    let mut codes = BTreeSet::new();
    let mut wrong = Vec::new();
    for case in cases("bad") {
        let (sources, compiled) = compile_files(ROOT, &case.files);
        for found in compiled.report.diagnostics() {
            let Some(fix) = &found.fix else { continue };
            n_fixes += 1;
            codes.insert(found.code);
            let file = sources.file(found.span.file).unwrap();
            let mut files = case.files.clone();
            let fixed = apply(fix, found.span.file, &file.text);
            files.0.insert(file.name.clone(), fixed);
            let (_, after) = compile_files(ROOT, &files);
            if let Err(reason) = is_mended(found, &compiled.report, &after.report) {
                wrong.push(format!("{}: {reason}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(n_fixes > 25 && codes.len() > 8, "{n_fixes} {codes:?}");
}

#[test]
fn a_misspelt_name_is_mended_behind_its_mark() {
    let text = "policy 1\nhosts github { a.com }\nagent coder {\n  access list\n  allow @githb\n}\n\
                edge codr -> coder\n";
    let (sources, loading) = Sources::single("p.reeve", text);
    let report = policy_core::compile(&sources, loading, &crate::helper::facts()).report;
    let fixes: Vec<_> = report
        .diagnostics()
        .iter()
        .filter_map(|found| found.fix.as_ref())
        .flat_map(|fix| &fix.edits)
        .map(|(span, instead)| (&text[span.range()], instead.as_str()))
        .collect();
    assert_eq!(fixes, [("githb", "github"), ("codr", "coder")]);
}

#[test]
fn what_is_certain_is_mended() {
    let table = [
        ("allow *foo.com", "allow .foo.com"),
        (
            "allow *.foo.com *bar.com:443",
            "allow *.foo.com .bar.com:443",
        ),
        ("allow http://foo.com/", "allow foo.com"),
        ("allow https://foo.com/a?b#c", "allow foo.com"),
        ("allow foo.com/a", "allow foo.com"),
        ("allow 'foo.com'", "allow foo.com"),
        ("allow \"foo.com\"", "allow foo.com"),
        (
            "allow a.com, b.com, c.com because \"d, e\"",
            "allow a.com  b.com  c.com because \"d, e\"",
        ),
        ("allow = a.com", "allow  a.com"),
        ("allow a.com# why", "allow a.com # why"),
        ("allow a.com // why", "allow a.com  #  why"),
        ("allow @github:443", "allow @github"),
        (
            "allow a.com untill 2027-01-31",
            "allow a.com until 2027-01-31",
        ),
        ("alow a.com", "allow a.com"),
        ("access: list", "access list"),
        ("access = list", "access  list"),
        ("access lists", "access list"),
        ("lan 10.0.0.5/24", "lan 10.0.0.0/24"),
        ("lan 10.0.*.*", "lan 10.0.0.0/16"),
        ("lan 10.0.0.1 ports 80 443", "lan 10.0.0.1 ports 80, 443"),
        ("lan 10.0.0.1 ports 90-80", "lan 10.0.0.1 ports 80-90"),
        ("cdp 9223->host:9222", "cdp 9223 -> host:9222"),
        ("cdp 9223 -> localhost:9222", "cdp 9223 -> host:9222"),
        ("cdp 9223 host:9222", "cdp 9223 -> host:9222"),
        ("provider \"claude\"", "provider claude"),
    ];
    for (line, wanted) in table {
        let text = format!("policy 1\nagent a {{\n  {line}\n}}\n");
        assert_eq!(
            mended(&text),
            format!("policy 1\nagent a {{\n  {wanted}\n}}\n")
        );
    }
    let table = [
        ("agent a {}\n", "policy 1\nagent a {}\n"),
        ("agent a {}\npolicy 1\n", "policy 1\nagent a {}\n\n"),
        ("policy 1\nagnet a {}\n", "policy 1\nagent a {}\n"),
        (
            "policy 1\nagent a\n  cdp\n}\n",
            "policy 1\nagent a {\n  cdp\n}\n",
        ),
        (
            "policy 1\nagent a\n{\n  cdp\n}\n",
            "policy 1\nagent a {\n\n  cdp\n}\n",
        ),
        ("policy 1\nedge a => b\n", "policy 1\nedge a -> b\n"),
        (
            "policy 1\nedge a<->b as c\n",
            "policy 1\nedge a <-> b as c\n",
        ),
        (
            "policy 1\nsafe-ports 80, 443\n",
            "policy 1\nsafe-ports 80  443\n",
        ),
        ("policy 1\ntest coder {}\n", "policy 1\ntest \"coder\" {}\n"),
        (
            "policy 1\ntest \"t\" { a can https://b.com/c }\n",
            "policy 1\ntest \"t\" { a can b.com:443 }\n",
        ),
        (
            "policy 1\nhosts a { a\u{200b}.com }\n",
            "policy 1\nhosts a { a.com }\n",
        ),
        (
            "policy 1\nhosts a {\u{a0}b.com }\n",
            "policy 1\nhosts a { b.com }\n",
        ),
        (
            "policy 1\ninvariant \"i\" { nobody reach ::1 }\n",
            "policy 1\ninvariant \"i\" { nobody reaches ::1 }\n",
        ),
        (
            "policy 1\ninvariant \"i\" { nobody reaches ::1 }\n",
            "policy 1\ninvariant \"i\" { nobody reaches [::1] }\n",
        ),
    ];
    for (text, wanted) in table {
        assert_eq!(mended(text), wanted);
    }
    for text in [
        "lan 10.0.0.1:80-90",
        "allow a.*",
        "allow *",
        "allow a.com:*",
        "lan ::1",
    ] {
        let (_, report) = parse(FileId(0), &format!("policy 1\nagent a {{\n  {text}\n}}\n"));
        let [found] = report.diagnostics() else {
            panic!("{text}: {report:?}");
        };
        assert_eq!(found.fix, None, "{text}");
    }
}

/// The text with the fix of its one finding.
fn mended(text: &str) -> String {
    let (_, report) = parse(FileId(0), text);
    let [found] = report.diagnostics() else {
        panic!("{}", check(text));
    };
    let fix = found
        .fix
        .as_ref()
        .unwrap_or_else(|| panic!("{}", check(text)));
    apply(fix, FileId(0), text)
}
