//! `watch`: what is written is enforced, what drifts is mended, what is wrong changes nothing.

use std::fs;

use super::{Live, eventually, subnet};

/// Writes as an editor does: a new file that gets the old one's name.
fn save(live: &Live, name: &str, text: &str) {
    live.bed.file(&format!("{name}.new"), text);
    let path = |name: &str| live.bed.path().join(name);
    fs::rename(path(&format!("{name}.new")), path(name)).unwrap();
}

#[test]
fn watch_follows_every_file_mends_a_drift_and_leaves_a_bad_edit_alone() {
    let Some(live) = Live::new("watch") else {
        return;
    };
    let subnet = subnet();
    let root = format!("policy 1\nnetwork {{ subnet {subnet} }}\ninclude \"team/*.reeve\"\n");
    live.bed.file("p.reeve", &root);
    live.bed.file("team/a.reeve", "policy 1\nagent a { }\n");
    // An hour: whatever is noticed sooner is noticed for another reason than the time.
    let mut watch = live.run(&["watch", "p.reeve", "--every", "3600"]).start();
    watch.says("in force: generation", 1);
    let first = live.ctl("running");
    let of = |id: &str| format!("in force: generation {id}, ");
    watch.says(&of(&first), 1);

    // An included file, and one that appears and that the pattern matches.
    save(&live, "team/a.reeve", "policy 1\nagent a { access full }\n");
    watch.says("in force: generation", 2);
    let second = live.ctl("running");
    assert_ne!(first, second);
    live.bed.file("team/b.reeve", "policy 1\nagent b { }\n");
    watch.says("2 agents", 1);
    let third = live.ctl("running");

    // A bad edit is told in full, and changes nothing; then another one.
    save(
        &live,
        "team/b.reeve",
        "policy 1\nagent b { acess full }\nagent a { }\n",
    );
    watch.says(
        &format!("the policy has errors: generation {third} stays in force"),
        1,
    );
    let said = watch.lines().join("\n");
    assert!(
        said.contains("acess") && said.contains("2 errors"),
        "{said}"
    );
    assert_eq!(live.ctl("running"), third);

    // What drifts meanwhile is mended all the same, and SIGHUP says when to look.
    live.docker(&["stop", "--time", "3", &live.proxy()]);
    watch.signal("HUP");
    watch.says(
        &format!("the policy has errors: generation {third} stays in force"),
        2,
    );
    assert_eq!(live.ctl("running"), third);
    // The findings are the same, so they were told once.
    assert_eq!(watch.count("2 errors"), 1, "{:#?}", watch.lines());

    // An `up` beside it only takes its turn.
    save(
        &live,
        "team/b.reeve",
        "policy 1\nagent b { }\nagent c { }\n",
    );
    live.run(&["up", "p.reeve"]).exits(0);
    watch.says("3 agents", 1);

    // It says nothing where nothing is new.
    let before = watch.lines().len();
    watch.signal("HUP");
    live.bed.file("team/note.txt", "no policy");
    save(&live, "team/a.reeve", "policy 1\nagent a { access full }\n");
    watch.signal("TERM");
    assert_eq!(watch.ends(), Some(0), "{:#?}", watch.lines());
    let after = watch.lines();
    assert_eq!(after.len(), before + 1, "{after:#?}");
    assert!(after[before].ends_with("ended by SIGTERM: what is in force stays in force"));
    assert_eq!(live.run(&["status", "p.reeve"]).exits(0).code, 0);
    for line in after.iter().filter(|line| line.contains("in force: ")) {
        let stamp = line.split(' ').next().unwrap();
        assert!(stamp.len() == 20 && stamp.ends_with('Z'), "{line}");
    }
}

#[test]
fn watch_looks_again_by_itself_and_knows_what_day_it_is() {
    let Some(live) = Live::new("again") else {
        return;
    };
    let policy = format!(
        "policy 1\nnetwork {{ subnet {} }}\nagent a {{\n  access list\n  \
         allow x.example until 2026-02-01\n}}\n",
        subnet()
    );
    live.bed.file("p.reeve", &policy);
    let today = |day: &str| {
        let facts = format!("{{\"version\":1,\"today\":\"{day}\"}}");
        live.bed.file("facts.json", &facts);
    };
    today("2026-02-01");
    let watch = live.run(&["watch", "p.reeve", "--every", "1"]);
    let mut watch = watch.env("PORTREEVE_FACTS", "facts.json").start();
    watch.says("in force: generation", 1);
    live.docker(&["rm", "--force", &live.proxy()]);
    watch.says("in force: generation", 2);
    // The first look at the logs has written down which month it is.
    let month = ["exec", &live.proxy(), "cat", "/var/log/portreeve/.month"];
    eventually("the logs were looked at", || {
        live.try_docker(&month).stdout.len() == "2026-11\n".len()
    });
    // The last day is over.
    let before = live.ctl("running");
    today("2026-02-02");
    watch.says("in force: generation", 3);
    assert!(watch.count("- x.example") > 0, "{:#?}", watch.lines());
    assert_ne!(live.ctl("running"), before);
    watch.signal("INT");
    assert_eq!(watch.ends(), Some(0), "{:#?}", watch.lines());
}
