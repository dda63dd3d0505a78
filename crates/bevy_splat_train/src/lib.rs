//! Training runs as entities; training passes in Bevy's render schedule.
//!
//! * [`plugin`]: [`TrainingPlugin`], the main world's side: loading, commands, reports
//! * [`run`]: [`TrainingRun`], its [`TrainingState`], the commands it obeys and the events it sends
//! * [`budget`]: [`TrainingBudget`], milliseconds per frame, and how they are spent
//! * [`log`]: [`TrainingLog`], curves, stage times and speed of a run
//! * [`live`]: the trainer that both worlds share
//! * `passes`: the render world's side: records steps ahead of the cameras
//! * `loading`, `saving`: what takes long, on threads of their own
//!
//! Nothing here waits for the GPU in a frame. The trained rows are shown where they lie: the display reads the buffers
//! that training writes.

pub mod budget;
pub mod live;
mod loading;
pub mod log;
mod passes;
pub mod plugin;
pub mod run;
mod saving;

pub use budget::TrainingBudget;
pub use live::{Finished, LiveTrainer};
pub use log::{Curve, TrainingLog};
pub use plugin::TrainingPlugin;
pub use run::{
    TrainingAction, TrainingCommand, TrainingEvent, TrainingNews, TrainingRun, TrainingScene, TrainingState,
    TrainingStrategy,
};
pub use splat_core::TrainSettings;
pub use splat_labels::{LabelMapSource, LabelSource};
/// What a strategy of one's own is made of: passes, buffers, the recorder; and those that are there.
pub use {splat_gpu, splat_train::strategies};
