//! Feeds libFuzzer's inputs to the oracle `format`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::format(bytes));
