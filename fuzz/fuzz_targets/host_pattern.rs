//! Feeds libFuzzer's inputs to the oracle `host_pattern`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::host_pattern(bytes));
