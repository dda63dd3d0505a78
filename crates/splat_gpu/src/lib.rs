//! The only home of wgpu: device, buffers, recorder and one pass per stage.
//!
//! * [`gpu`]: the device and what it can do; the one function that waits
//! * `fault`: what goes wrong without being asked; [`ledger`]: bytes of buffers before they are made
//! * [`kernel`]: composed WGSL to pipelines, with the bindings each entry point really uses
//! * [`recorder`]: records dispatches, copies and stage timestamps into anybody's command encoder
//! * [`mirror`]: a storage buffer with, on software GPUs, a texture to read it through
//! * [`rows`]: the Gaussians on the GPU; [`lists`]: a view's tile lists; [`frame`]: its images; [`training`]: gradients, moments
//! * [`classifier`]: Gaussian Grouping's classifier of codes
//! * [`columns`]: which of these live from step to step, in one list
//! * [`target`]: photographs and labels on the GPU
//! * [`passes`]: one file per stage; [`radix`]: how an adapter sorts
//! * [`readback`]: numbers that arrive later

pub mod classifier;
pub mod columns;
mod fault;
pub mod frame;
pub mod gpu;
pub mod kernel;
pub mod ledger;
pub mod lists;
pub mod mirror;
pub mod passes;
pub mod plane_grid;
pub mod radix;
pub mod readback;
pub mod recorder;
pub mod rows;
pub mod target;
pub mod timer;
pub mod training;
pub mod view;

pub use classifier::ClassifierBuffers;
pub use frame::FrameBuffers;
pub use gpu::{AdapterSummary, Gpu, GpuError, GpuOptions};
pub use lists::ListBuffers;
pub use mirror::Mirror;
pub use readback::Readback;
pub use recorder::Recorder;
pub use rows::{Channels, PlaneLayout, RowBuffers};
pub use target::{HostTarget, Labels, TargetImage};
pub use timer::StageTimer;
pub use training::TrainingBuffers;
pub use wgpu;
