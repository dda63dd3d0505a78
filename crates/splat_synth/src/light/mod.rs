//! Light: where it comes from, and where it ends up.

pub mod bake;
pub mod lamps;
pub mod lightmap;
pub mod outdoors;

pub use bake::{BakeSettings, bake};
pub use lamps::{Lamp, Lights};
pub use lightmap::LightMap;
pub use outdoors::Outdoors;
