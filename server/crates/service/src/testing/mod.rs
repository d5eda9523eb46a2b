//! What tests of several crates share: contract suites of this crate's traits. Never in the product.

pub mod engine_contract;
