//! What the walkthrough is made of: its command line, its world, its pictures.

pub mod options;
pub mod stage;
pub mod tour;
