//! Furniture, each piece in its own frame: x to the right, z up, its back (or its middle) at the origin.

pub mod decor;
pub mod openings;
pub mod palette;
pub mod seating;
pub mod small;
pub mod storage;
pub mod tables;

pub use palette::Palette;
