//! A training run as an entity: what is asked for, where it stands, what it may be told.

use crate::log::TrainingLog;
use bevy::prelude::{Component, Entity, Message};
use splat_core::settings::Preset;
use splat_core::{Camera, LabelSet, TrainSettings};
use splat_labels::{LabelMapSource, LabelSource};
use splat_train::Strategy;
use std::path::PathBuf;
use std::sync::Arc;

/// Trains a cloud from a capture folder. Spawn it; loading starts at once, on a background task.
///
/// The trained cloud shows itself: once loaded, the entity also carries the display component of `bevy_splat_render`,
/// on the very buffers that are trained. Once finished it is a cloud in memory like any other: to be edited, say.
#[derive(Component, Clone, Debug)]
#[require(TrainingState, TrainingLog)]
pub struct TrainingRun {
    /// Folder of the capture.
    pub capture: PathBuf,
    /// The run's settings.
    pub settings: TrainSettings,
    /// Where labels come from; `None` for what the capture offers.
    pub labels: Option<LabelSource>,
    /// Class list to train in; `None` for the labels' own.
    pub vocabulary: Option<PathBuf>,
    /// How masks of another vocabulary become the capture's classes; `None` where they speak the same.
    pub label_map: Option<LabelMapSource>,
    /// Photographs are scaled down by this, >= 1.
    pub downscale: f64,
    /// Wait for [`TrainingAction::Start`] once loaded.
    pub starts_paused: bool,
}

impl TrainingRun {
    /// A run of preset `quality` from a capture folder.
    pub fn from_capture(folder: impl Into<PathBuf>) -> Self {
        Self {
            capture: folder.into(),
            settings: Preset::Quality.settings(),
            labels: None,
            vocabulary: None,
            label_map: None,
            downscale: 1.0,
            starts_paused: false,
        }
    }
}

/// Beside a [`TrainingRun`]: a strategy of your own decides when and how Gaussians come, go and move, instead of the one that
/// the settings name. It must be there when the run is spawned, or before it is told to restart.
#[derive(Component, Clone)]
pub struct TrainingStrategy(pub Arc<dyn Strategy>);

/// Where a run stands.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub enum TrainingState {
    /// Not looked at yet.
    #[default]
    Queued,
    /// The capture is being read.
    Loading {
        /// What is being done.
        what: String,
        /// Share of it that is done, 0..=1.
        share: f32,
    },
    /// Steps are being recorded.
    Training,
    /// Ready, but told to wait.
    Paused,
    /// All steps are done; classes are held against labels that training never saw, and mended.
    Finishing,
    /// The cloud is what it will be, and may be edited.
    Finished,
    /// It cannot go on, because.
    Failed(String),
}

impl TrainingState {
    /// True once the cloud is on the GPU.
    pub fn is_loaded(&self) -> bool {
        matches!(self, Self::Training | Self::Paused | Self::Finishing | Self::Finished)
    }
}

/// What a loaded run knows about its scene; appears when loading is done.
#[derive(Component, Clone, Debug)]
pub struct TrainingScene {
    /// Training views by name, in capture order.
    pub views: Vec<(String, Camera)>,
    /// Held-out views by name.
    pub held_out: Vec<(String, Camera)>,
    /// The classes that are trained.
    pub classes: LabelSet,
    /// Scene extent, world units.
    pub extent: f32,
}

/// Tells a run what to do.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct TrainingCommand {
    /// The run's entity.
    pub run: Entity,
    /// What to do.
    pub action: TrainingAction,
}

/// What a run may be told.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainingAction {
    /// Train on.
    Start,
    /// Hold.
    Pause,
    /// Record one step and hold.
    Step,
    /// Write the cloud as it is now, as labelled 3DGS PLY.
    Save(PathBuf),
    /// Load again and begin anew.
    Restart,
}

/// What a run has to say.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct TrainingEvent {
    /// The run's entity.
    pub run: Entity,
    /// What happened.
    pub what: TrainingNews,
}

/// What may happen to a run.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainingNews {
    /// The capture is read, training begins.
    Loaded,
    /// All steps are done, classes are finished, and the entity's cloud has its rows in memory.
    Finished,
    /// The cloud lies in this file.
    Saved(PathBuf),
    /// The cloud could not be written.
    SaveFailed(String),
    /// The run cannot go on.
    Failed {
        /// Why, for people.
        reason: String,
        /// The input is at fault, not the machine.
        is_bad_input: bool,
    },
}
