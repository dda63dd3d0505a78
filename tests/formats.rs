//! Everything that comes from or goes to disk: round trips, hand-made captures of every kind, malformed input.

#[path = "formats/captures.rs"]
mod captures;
#[path = "formats/clouds.rs"]
mod clouds;
#[path = "formats/distortion.rs"]
mod distortion;
#[path = "formats/exports.rs"]
mod exports;
#[path = "formats/made.rs"]
mod made;
#[path = "formats/malformed.rs"]
mod malformed;
#[path = "formats/masks.rs"]
mod masks;
#[path = "formats/real_data.rs"]
mod real_data;
