//! How long it takes to turn policy text into checked files: `cargo bench -p policy-render --bench
//! build`.
#![expect(clippy::expect_used, reason = "a bench fails on what cannot be")]

use criterion::{Criterion, criterion_group, criterion_main};
use policy_core::facts::Facts;
use policy_core::ir::Policy;
use policy_core::sources::Sources;
use policy_core::testing::large_policy;
use policy_core::{Compiled, compile};
use policy_render::file_set::FileSet;
use policy_render::{Form, proof, render, unproved, verify};

fn load(text: &str) -> (Sources, Compiled) {
    let facts = Facts::on("2026-11-23".parse().expect("a day of the calendar"));
    let (sources, report) = Sources::single("large.reeve", text);
    let compiled = compile(&sources, report, &facts);
    (sources, compiled)
}

fn files(sources: &Sources, compiled: &Compiled) -> FileSet {
    render(policy(compiled), sources).expect("a policy without errors has files")
}

fn policy(compiled: &Compiled) -> &Policy {
    let (policy, _) = compiled.policy.as_ref().expect("a policy without errors");
    policy
}

fn build(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("1000 agents x 50 hosts");
    group.sample_size(20);
    let text = large_policy(1000, 50);
    let (sources, compiled) = load(&text);
    let rendered = files(&sources, &compiled);
    group.bench_function("read and compile", |bencher| bencher.iter(|| load(&text)));
    group.bench_function("render alone", |bencher| {
        bencher.iter(|| unproved(policy(&compiled), &sources, Form::default()));
    });
    group.bench_function("render, check and prove", |bencher| {
        bencher.iter(|| files(&sources, &compiled));
    });
    group.bench_function("check alone", |bencher| {
        bencher.iter(|| verify::verify(policy(&compiled), &rendered));
    });
    group.bench_function("proof alone", |bencher| {
        bencher.iter(|| proof::prove(policy(&compiled), &rendered));
    });
    group.bench_function("all of it", |bencher| {
        bencher.iter(|| {
            let (sources, compiled) = load(&text);
            files(&sources, &compiled)
        });
    });
    group.finish();
}

criterion_group!(benches, build);
criterion_main!(benches);
