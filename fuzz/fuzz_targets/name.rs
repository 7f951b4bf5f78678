//! Feeds libFuzzer's inputs to the oracle `name`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::name(bytes));
