//! The capture behind a scene: its photographs to compare with, its labels to score against.

use bevy::prelude::*;
use splat_core::Capture;
use splat_labels::LabelSource;
use std::path::PathBuf;
use std::sync::Arc;

/// On a cloud or a training run: the capture that it was made of, opened.
#[derive(Component, Clone, Debug)]
pub struct SceneCapture {
    /// Its cameras, and where its photographs lie.
    pub capture: Arc<Capture>,
    /// The factor that it was opened with.
    pub downscale: f64,
    /// Where true labels come from; `None`: what the capture offers.
    pub labels: Option<LabelSource>,
    /// Class list of the labels; `None` for their own.
    pub vocabulary: Option<PathBuf>,
}

impl SceneCapture {
    /// A capture with the labels that it offers itself.
    pub fn new(capture: Arc<Capture>, downscale: f64) -> Self {
        Self { capture, downscale, labels: None, vocabulary: None }
    }

    /// Training views by name, in walking order.
    pub fn walk(&self) -> Vec<(String, splat_core::Camera)> {
        self.capture.split(splat_core::Split::Train).map(|view| (view.name.clone(), view.camera)).collect()
    }
}
