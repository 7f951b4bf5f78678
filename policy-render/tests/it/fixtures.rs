//! Every fixture, and the files it becomes beside it.

use policy_core::{compile, facts::Facts, sources::Sources};

#[test]
fn x() {
    let text = std::fs::read_to_string("../fixtures/quickstart.reeve").unwrap();
    let (sources, report) = Sources::single("quickstart.reeve", &text);
    let compiled = compile(&sources, report, &Facts::on("2026-11-23".parse().unwrap()));
    println!("{:#?}", compiled.report);
    let (policy, _) = compiled.policy.unwrap();
    let files = policy_render::render(&policy, &sources).unwrap();
    for (name, text) in files.iter() {
        std::fs::create_dir_all("/tmp/qs").unwrap();
        std::fs::write(format!("/tmp/qs/{name}"), text).unwrap();
    }
}
