//! Captures and masks in, clouds in and out: ScanNet++, COLMAP, nerfstudio, 3DGS PLY.
//!
//! Contents:
//!
//! * [`animation`]: animated PNG
//! * [`capture`]: [`open_capture`] recognises a folder and reads its cameras, splits and sparse points
//! * [`lens`]: distortion models, and the pinhole camera that a distorted photograph is turned into
//! * [`photo`]: [`load_photo`] decodes, undistorts, masks and downscales one photograph
//! * [`masks`]: label images (PNG, npy), their names, class lists, confidences
//! * [`cloud`]: 3DGS PLY files, with classes or without
//! * [`classes`]: `classes.json` and the dense remap file
//! * [`mesh`]: triangle meshes in PLY
//! * [`path`]: camera paths in JSON
//! * [`ply`]: the container that clouds and meshes share
//! * [`video`]: frames joined to an animated PNG, or by `ffmpeg`
//! * [`files`]: whole files in and out; nothing is ever half written
//! * [`error`]: what can go wrong, always with the file's name
//!
//! Nothing here talks to a GPU or prints: odd but survivable findings are returned in `Capture::warnings`.

pub mod animation;
pub mod capture;
pub mod classes;
pub mod cloud;
pub mod error;
pub mod files;
pub mod lens;
pub mod masks;
pub mod mesh;
pub mod path;
pub mod photo;
pub mod ply;
mod sizes;
pub mod video;

pub use capture::{CaptureOptions, open_capture};
pub use classes::{read_classes, write_classes, write_remap};
pub use cloud::{PlyFlavour, read_cloud, write_cloud};
pub use error::IoError;
pub use files::{read_bytes, read_json, read_text, write_atomic, write_json};
pub use mesh::{Mesh, read_mesh, write_mesh};
pub use path::{read_path, write_path};
pub use photo::{load_photo, load_photo_file, load_photos};
