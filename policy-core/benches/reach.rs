//! How long the map of everything takes that a policy answers: a thousand agents with fifty hosts
//! each, and one agent with ten thousand.
//!
//! `cargo bench -p policy-core --bench reach`
#![expect(clippy::expect_used, reason = "a bench fails on what cannot be")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};

use policy_core::compile;
use policy_core::facts::Facts;
use policy_core::ir::Policy;
use policy_core::reach::Survey;
use policy_core::sources::Sources;
use policy_core::testing::large_policy;

fn policy(n_agents: usize, n_hosts: usize) -> Policy {
    let facts = Facts::on("2026-11-23".parse().expect("a day of the calendar"));
    let text = large_policy(n_agents, n_hosts);
    let (sources, report) = Sources::single("large.reeve", &text);
    let compiled = compile(&sources, report, &facts);
    compiled.policy.expect("a policy without errors").0
}

fn reaching(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reach");
    group.sample_size(20);
    for (n_agents, n_hosts) in [(1000, 50), (1, 10_000)] {
        let policy = policy(n_agents, n_hosts);
        group.bench_function(format!("{n_agents} agents x {n_hosts} hosts"), |bencher| {
            bencher.iter(|| {
                let survey = Survey::new(&policy);
                for agent in &policy.agents {
                    black_box(survey.answers(agent));
                }
            });
        });
        group.bench_function(
            format!("{n_agents} agents x {n_hosts} hosts, routes"),
            |bencher| {
                bencher.iter(|| {
                    let survey = Survey::new(&policy);
                    for agent in &policy.agents {
                        black_box(survey.answers(agent).routes());
                    }
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, reaching);
criterion_main!(benches);
