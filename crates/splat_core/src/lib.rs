//! The vocabulary of the project: what a Gaussian cloud, a camera, a label and a training stage are.
//!
//! Contents, in the order data meets them:
//!
//! * [`capture`]: posed photographs, their splits and sparse points
//! * [`camera`]: pinhole intrinsics and poses (OpenCV axes)
//! * [`labels`]: vocabularies, label images, the per-scene dense class set
//! * [`cloud`]: the Gaussians themselves, one row each
//! * [`bounds`]: where points lie without strays
//! * [`objects`]: connected parts of one class
//! * [`occupancy`]: voxels with classes
//! * [`rows`]: the one way rows are added, duplicated or dropped
//! * [`selection`]: chosen rows, a bit each, and what a hand draws to choose them
//! * [`planes`]: flat pieces of one class
//! * [`path`]: ways of a camera through key frames
//! * [`noise`]: settings against wrong labels
//! * [`objective`]: what is blended per class, and what the semantic loss compares
//! * [`settings`]: what a training run may be told
//! * [`stage`]: the steps of one training iteration, by name
//! * [`sh`]: real spherical harmonics constants
//!
//! Nothing here reads files, talks to a GPU or knows Bevy.

pub mod bounds;
pub mod camera;
pub mod capture;
pub mod cloud;
pub mod labels;
pub mod noise;
pub mod objective;
pub mod objects;
pub mod occupancy;
pub mod path;
pub mod planes;
pub mod rows;
pub mod selection;
pub mod settings;
pub mod sh;
pub mod stage;

pub use camera::{Camera, Intrinsics};
pub use capture::{Capture, Photo, SparsePoint, Split, View};
pub use cloud::Cloud;
pub use labels::{ClassInfo, IGNORE_ID, LabelImage, LabelSet, Vocabulary};
pub use objective::{CODE_CHANNELS, Objective};
pub use planes::ClassPlane;
pub use rows::{RowMap, RowSource, SideCar};
pub use settings::TrainSettings;
pub use stage::Stage;
