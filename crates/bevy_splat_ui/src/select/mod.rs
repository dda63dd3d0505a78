//! Choosing Gaussians by hand: a tool, what it draws, and keys for what to do with them.
//!
//! * [`tool`]: [`SelectTool`], mouse and keys become commands of `bevy_splat_edit`
//! * [`show`]: the drawn shape, and a line that says what is chosen and what keys do

pub mod show;
pub mod tool;

pub use tool::{SelectTool, Tool};
