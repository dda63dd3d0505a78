//! Makes labelled rooms from a seed: geometry, textures, path-traced photographs, exact and noisy masks.
//!
//! [`write_room`] does it all and leaves a ScanNet++ data root. How a room comes about, in this order:
//!
//! * `room`: sizes, colours and places from the seed; `furniture`: each piece; `geometry`: what pieces are made of
//! * `surface`: procedural textures and materials
//! * `scene`: all of it as triangles that rays can hit
//! * `light`: window, sun and lamps, and the light map that paths are traced into
//! * `path`: where the photographer walks and where the held-out views are; `photo`: the photographs
//! * `labels`, `segmenter`: true labels, and what an imperfect network makes of them
//! * `sparse`: points as structure from motion would find them
//! * `export`, `write`: files
//!
//! The same [`RoomOptions`] give the same bytes: random numbers belong to pixels and texels, not to threads, and
//! sines and powers come from `libm`, not from the platform.

mod error;
mod export;
mod furniture;
mod geometry;
mod labels;
mod light;
mod maths;
mod options;
mod path;
mod photo;
mod random;
mod room;
mod scene;
mod segmenter;
mod sparse;
mod surface;
mod write;

pub use error::SynthError;
pub use options::{Progress, RoomOptions, RoomSummary};
pub use path::HELD_OUT_DISTANCE;
pub use write::{NOISY_MASKS, write_room};
