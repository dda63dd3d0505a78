//! Photographs to label images: runs any semantic segmentation network in ONNX on the CPU.
//!
//! Contents, in the order a photograph meets them:
//!
//! * [`sidecar`]: what a network wants and gives, from the JSON file beside it
//! * [`plan`]: how a photograph is resized and laid out in tiles of the network's size
//! * [`network`]: [`Segmenter`], which runs it and joins what the tiles say
//! * [`classify`]: scores at the network's stride to ids and confidences at the photograph's size
//! * [`resample`]: the filter that it resizes with
//! * [`error`]: what can go wrong
//!
//! Ids are those of the network's class list; mapping them to another vocabulary is `splat_labels`' work.

pub mod classify;
pub mod error;
pub mod network;
pub mod plan;
pub mod resample;
pub mod sidecar;

pub use classify::Segmentation;
pub use error::SegmentError;
pub use network::{Averaging, Segmenter};
pub use sidecar::Sidecar;
