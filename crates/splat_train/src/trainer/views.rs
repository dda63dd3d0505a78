//! Training views: cameras, and photographs with labels that stay on the GPU or come to it step by step.

use crate::prepare::TrainingView;
use splat_core::Camera;
use splat_gpu::{Gpu, HostTarget, Labels, TargetImage};
use std::ops::Deref;

/// A view that is trained on.
pub(super) struct TargetView {
    pub camera: Camera,
    /// In pixels.
    pub size: [u32; 2],
    /// Some pixel has a label.
    pub is_labelled: bool,
    target: Target,
}

enum Target {
    Resident(TargetImage),
    Streamed(HostTarget),
}

/// A view's photograph and labels on the GPU, for as long as they are looked at.
pub(super) enum Shown<'a> {
    Resident(&'a TargetImage),
    Fetched(TargetImage),
}

impl Deref for Shown<'_> {
    type Target = TargetImage;

    fn deref(&self) -> &TargetImage {
        match self {
            Self::Resident(image) => image,
            Self::Fetched(image) => image,
        }
    }
}

impl TargetView {
    /// Labels weigh confidence to the power `exponent`; `streams`: they stay on the host.
    pub fn new(gpu: &Gpu, view: &TrainingView, exponent: f32, streams: bool) -> Self {
        let labels = |columns| Labels { columns, confidence: view.confidence.as_deref(), exponent };
        let labels = view.columns.as_deref().map(labels);
        let (target, weight) = if streams {
            let target = HostTarget::new(&view.photo, labels);
            let weight = target.label_weight();
            (Target::Streamed(target), weight)
        } else {
            let image = TargetImage::upload(gpu, &view.photo, labels);
            let weight = image.label_weight;
            (Target::Resident(image), weight)
        };
        let size = [view.photo.width, view.photo.height];
        Self { camera: view.camera, size, is_labelled: weight > 0.0, target }
    }

    /// Its photograph and labels on the GPU.
    pub fn image(&self, gpu: &Gpu) -> Shown<'_> {
        match &self.target {
            Target::Resident(image) => Shown::Resident(image),
            Target::Streamed(target) => Shown::Fetched(target.upload(gpu)),
        }
    }
}
