//! The GPU's truth: the WGSL of every stage and what crosses the bus.
//!
//! * [`layout`]: structs and constants shared by Rust and WGSL
//! * [`table`]: stage -> file, entry points, mirrored inputs
//! * [`compose`]: joins `common/*.wgsl`, constants and a stage into one plain WGSL module

pub mod compose;
pub mod layout;
pub mod table;

pub use compose::{LaneOps, Shape, compose};
pub use table::Module;
