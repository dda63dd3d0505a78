//! What surfaces look like: procedural textures and how they treat light.

pub mod cloth;
pub mod material;
pub mod noise;
pub mod pictures;
pub mod things;
pub mod wood;

pub use material::{Material, Pattern, Spot};
