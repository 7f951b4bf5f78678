//! Feeds libFuzzer's inputs to the oracle `compile`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::compile(bytes));
