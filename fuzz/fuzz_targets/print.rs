//! Feeds libFuzzer's inputs to the oracle `print`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::print(bytes));
