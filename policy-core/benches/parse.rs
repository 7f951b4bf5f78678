//! How fast policy text is read: a thousand agents with fifty hosts each.
//!
//! `cargo bench -p policy-core` prints the throughput in bytes a second.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use policy_core::parse::parse;
use policy_core::span::FileId;

const N_AGENTS: usize = 1000;
const N_LINES: usize = 10;
const N_HOSTS_OF_LINE: usize = 5;

/// About a megabyte of policy, each agent with hosts of its own.
fn policy_text() -> String {
    let mut text = String::from("policy 1\n");
    for agent in 0..N_AGENTS {
        let mut write = |line: std::fmt::Arguments<'_>| {
            text.write_fmt(line).unwrap_or_default();
            text.push('\n');
        };
        write(format_args!("\n# The team of agent {agent}."));
        write(format_args!("agent agent-{agent} {{"));
        write(format_args!("  id        ag-17157312{agent:05}-x1y2z3"));
        write(format_args!("  access    list"));
        for line in 0..N_LINES {
            let host = |at: usize| format!("h{at}.zone{line}.team{agent}.example");
            let hosts: Vec<String> = (0..N_HOSTS_OF_LINE).map(host).collect();
            write(format_args!(
                "  allow     {}  because \"batch {line}\"",
                hosts.join(" ")
            ));
        }
        write(format_args!("  lan       10.20.0.0/24 ports 80,443"));
        write(format_args!("}}"));
    }
    text
}

fn reading(criterion: &mut Criterion) {
    let text = policy_text();
    assert!(!parse(FileId(0), &text).1.has_errors());
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("a thousand agents with fifty hosts", |bencher| {
        bencher.iter(|| parse(FileId(0), black_box(&text)));
    });
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
