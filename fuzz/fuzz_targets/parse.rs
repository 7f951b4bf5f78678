//! Feeds libFuzzer's inputs to the oracle `parse`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::parse(bytes));
