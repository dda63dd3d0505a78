//! Shapes: grids of vertices, bodies made of them, labelled objects.

pub mod object;
pub mod patch;
pub mod shapes;

pub use object::{MaterialId, Object};
pub use patch::{Patch, Shape, bracket, steps};
pub use shapes::{Cut, block, block_between, face, lathe, pillow, rod, tube};
