//! Label tables and mappings, mesh annotations to masks, palettes.
//!
//! Contents, in the order labels meet them:
//!
//! * [`gather`]: [`LabelSource`] says where labels come from, [`gather()`] brings them to the views of a capture
//! * [`annotations`]: [`AnnotatedMesh`], ScanNet++'s segments and objects as one id per vertex
//! * [`benchmark`]: [`BenchmarkMap`], ScanNet++'s names of annotators to names of its benchmark
//! * [`project`]: what an annotated mesh looks like from a camera, in ids
//! * [`raster`]: the z-buffer below it
//! * [`vocabulary`]: the class lists that are built in
//! * [`map`]: [`LabelMap`], from one vocabulary to another
//! * [`mapping`]: which map brings a folder of masks to a vocabulary; [`map_report`]: what it did to them
//! * [`palette`]: a colour per class; [`safe_palette`]: one that colour-blind people tell apart
//! * [`error`]: what can go wrong
//!
//! Ids are vocabulary ids throughout; columns (dense indices of a scene) begin with [`scene_classes`].

pub mod annotations;
pub mod benchmark;
pub mod error;
pub mod gather;
pub mod map;
pub mod map_report;
pub mod mapping;
pub mod palette;
pub mod project;
pub mod raster;
pub mod safe_palette;
pub mod vocabulary;

pub use annotations::{AnnotatedMesh, AnnotatedObject};
pub use benchmark::BenchmarkMap;
pub use error::LabelError;
pub use gather::{LabelSource, Labelling, gather, gather_confidence, scene_classes};
pub use map::LabelMap;
pub use map_report::MapReport;
pub use mapping::{LabelMapSource, LabelRequest};
pub use project::{project_all, project_labels, project_labels_and_depth};
pub use safe_palette::safe_colour;
