//! Training: from a capture and its labels to a trained cloud.
//!
//! * [`prepare`]: capture, photographs and labels to what a run needs (CPU only)
//! * [`grouping`]: Gaussian Grouping's codes and their classifier, the published baseline
//! * [`init`]: sparse points to the first Gaussians
//! * [`lift`](mod@lift): labels to class logits in one pass over the views, without training
//! * [`order`]: which view a step trains on
//! * [`planes`]: flat pieces of classes, from sparse points
//! * [`trainer`]: records steps, densifications and their reports, into anybody's encoder
//! * [`strategies`]: who decides when and how Gaussians come, go and move
//! * [`finish`](mod@finish): what a trained cloud's classes still gain from all labels at once
//! * [`memory`]: what a run will take, before it takes it
//! * [`capacity`]: buffers that grow without dropping work
//! * [`checkpoint`]: what a run needs to go on after a stop, in one file; [`digest`] knows what it was trained on
//! * [`renderer`]: a cloud seen by a camera, read back
//! * [`run`]: the run folder; [`resume`]: what one offers to go on from

pub mod capacity;
pub mod checkpoint;
pub mod digest;
pub mod error;
pub mod finish;
pub mod grouping;
pub mod init;
pub mod lift;
pub mod memory;
pub mod order;
pub mod planes;
pub mod prepare;
pub mod renderer;
pub mod resume;
pub mod run;
pub mod strategies;
pub mod trainer;

pub use checkpoint::{Checkpoint, Section, write_checkpoint};
pub use digest::InputDigest;
pub use error::TrainError;
pub use finish::{Finish, Witnesses, finish};
pub use grouping::{Classifier, Codes};
pub use lift::{LiftInput, LiftPlan, LiftReport, LiftSource, LiftView, lift, prepare_lift};
pub use memory::{Bound, MemoryEstimate, MemoryPlan};
pub use prepare::{PrepareOptions, PreparedRun, TrainingView, prepare};
pub use renderer::{RenderedView, Renderer};
pub use resume::Standing;
pub use run::{PhotoExposure, RefinedPose, RunFolder, RunSettings, RunSummary};
pub use strategies::{RunStep, Strategy};
pub use trainer::{StepReport, Trainer, TrainerOptions};
