//! `fmt`: policies in their canonical form.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use insta::assert_snapshot;

use crate::portreeve::Bed;

const UGLY: &str =
    "policy 1\n# who\nagent a { # opening\n  access   list # why\n\n\n  allow x.com # y.com\n}\n";

#[test]
fn files_are_brought_into_their_canonical_form_once() {
    let bed = Bed::new();
    bed.file("p.reeve", UGLY).file("q.reeve", "policy 1\n");
    let outcome = bed.run(["fmt", "p.reeve", "q.reeve"]).exits(0);
    assert_eq!(
        (outcome.stdout.as_str(), outcome.stderr.as_str()),
        ("", "formatted p.reeve\n")
    );
    let formatted = bed.read("p.reeve");
    assert_snapshot!(formatted, @"
    policy 1
    # who
    agent a {         # opening
      access    list  # why

      allow     x.com  # y.com
    }
    ");
    assert_eq!(bed.run(["fmt", "p.reeve"]).exits(0).stderr, "");
    assert_eq!(bed.read("p.reeve"), formatted);
}

#[test]
fn check_names_what_would_change_and_writes_nothing() {
    let bed = Bed::new();
    bed.file("p.reeve", UGLY).file("q.reeve", "policy 1\n");
    let outcome = bed.run(["fmt", "--check", "q.reeve", "p.reeve"]).exits(1);
    assert_eq!(outcome.stdout, "would change: p.reeve\n");
    assert_eq!(bed.run(["fmt", "--check", "q.reeve"]).exits(0).stdout, "");
    assert_eq!(bed.read("p.reeve"), UGLY);
}

#[test]
fn a_diff_is_one_that_patch_understands() {
    let bed = Bed::new();
    bed.file("p.reeve", UGLY);
    let outcome = bed.run(["fmt", "--diff", "p.reeve"]).exits(1);
    assert_snapshot!(outcome.stdout, @"
    --- p.reeve
    +++ p.reeve
    @@ -1,8 +1,7 @@
     policy 1
     # who
    -agent a { # opening
    -  access   list # why
    -
    +agent a {         # opening
    +  access    list  # why
     
    -  allow x.com # y.com
    +  allow     x.com  # y.com
     }
    ");
    assert_eq!(bed.read("p.reeve"), UGLY);
    let forced = bed
        .run(["fmt", "--diff", "p.reeve"])
        .env("CLICOLOR_FORCE", "1");
    assert!(forced.exits(1).stdout.contains("\u{1b}[31m-"));
    bed.file("p.reeve", "policy 1");
    let outcome = bed.run(["fmt", "--diff", "p.reeve"]).exits(1);
    assert!(
        outcome
            .stdout
            .ends_with("\\ No newline at end of file\n+policy 1\n")
    );
}

#[test]
fn a_hyphen_filters() {
    let bed = Bed::new();
    let outcome = bed.run(["fmt", "-"]).stdin(UGLY).exits(0);
    assert_eq!(outcome.stderr, "");
    bed.file("p.reeve", UGLY);
    let _ = bed.run(["fmt", "p.reeve"]).exits(0);
    assert_eq!(outcome.stdout, bed.read("p.reeve"));
    let outcome = bed.run(["fmt", "--check", "-"]).stdin(UGLY).exits(1);
    assert_eq!(outcome.stdout, "would change: <stdin>\n");
    let outcome = bed.run(["fmt", "-"]).stdin("policy 2\n").exits(1);
    assert!(outcome.stdout.is_empty() && outcome.stderr.contains("--> <stdin>:1:8"));
}

#[test]
fn a_file_with_mistakes_is_left_alone_and_stops_no_other() {
    let bed = Bed::new();
    let broken = "policy 1\nagent a {  alow x.com }\ninclude \"nothing\"\n";
    bed.file("broken.reeve", broken).file("p.reeve", UGLY);
    let outcome = bed.run(["fmt", "broken.reeve", "p.reeve"]).exits(1);
    assert!(
        outcome.stderr.contains("error[unknown-statement]"),
        "{}",
        outcome.stderr
    );
    // What it includes is not looked at.
    assert!(
        outcome
            .stderr
            .contains("1 error, 0 warnings\nformatted p.reeve\n")
    );
    assert_eq!(bed.read("broken.reeve"), broken);
    assert_ne!(bed.read("p.reeve"), UGLY);
    let _ = bed.run(["fmt", "missing.reeve", "p.reeve"]).exits(3);
}

#[test]
fn a_file_keeps_its_mode_its_owner_and_its_links() {
    let bed = Bed::new();
    bed.file("p.reeve", UGLY);
    let path = bed.path().join("p.reeve");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let before = fs::metadata(&path).unwrap();
    symlink("p.reeve", bed.path().join("link.reeve")).unwrap();
    let _ = bed.run(["fmt", "link.reeve"]).exits(0);
    let after = fs::metadata(&path).unwrap();
    assert_ne!(bed.read("p.reeve"), UGLY);
    assert_eq!(after.mode(), before.mode());
    assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
    assert!(bed.path().join("link.reeve").is_symlink());
}
