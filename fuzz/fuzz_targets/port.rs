//! Feeds libFuzzer's inputs to the oracle `port`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::port(bytes));
