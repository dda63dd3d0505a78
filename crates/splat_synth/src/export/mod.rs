//! Writes the room in ScanNet++'s layout: cameras, sparse points, annotated mesh.

pub mod annotations;
pub mod cameras;
pub mod colmap;
