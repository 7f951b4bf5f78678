//! Feeds libFuzzer's inputs to the oracle `decide`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::decide(bytes));
