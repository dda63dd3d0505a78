//! What a run was trained on, in a few numbers, so that a capture that changed meanwhile is noticed.

use crate::prepare::{PreparedRun, TrainingView};
use crc32fast::Hasher;
use serde::{Deserialize, Serialize};
use splat_core::Cloud;

/// Checksums of a run's input. Good against accidents, not against malice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputDigest {
    /// Names, cameras and order of the training views, and the scene's extent.
    pub cameras: u32,
    /// Pixels and masks of their photographs.
    pub photographs: u32,
    /// Their class columns with their confidence, and the classes.
    pub labels: u32,
    /// The first Gaussians, which come from the sparse points.
    pub points: u32,
}

impl InputDigest {
    /// Of a prepared run. Reads every pixel once: gigabytes a second.
    pub fn of(prepared: &PreparedRun) -> Self {
        let [mut cameras, mut photographs, mut labels, mut points] = [0; 4].map(|_| Hasher::new());
        cameras.update(&prepared.extent.to_le_bytes());
        for TrainingView { name, camera, photo, columns, confidence } in &prepared.views {
            cameras.update(format!("{name} {camera:?}").as_bytes());
            photographs.update(&photo.rgba);
            photographs.update(photo.alpha.as_deref().unwrap_or_default());
            labels.update(bytemuck::cast_slice(columns.as_deref().unwrap_or_default()));
            labels.update(confidence.as_deref().unwrap_or_default());
        }
        // How the cloud is rendered is a setting.
        let Cloud {
            sh_degree,
            means,
            log_scales,
            rotations,
            opacity_logits,
            sh,
            logits,
            classes,
            objective: _,
            antialiased: _,
        } = &prepared.cloud;
        labels.update(format!("{classes:?}").as_bytes());
        points.update(&[*sh_degree]);
        points.update(bytemuck::cast_slice(means));
        points.update(bytemuck::cast_slice(log_scales));
        points.update(bytemuck::cast_slice(rotations));
        points.update(bytemuck::cast_slice(opacity_logits));
        points.update(bytemuck::cast_slice(sh));
        points.update(bytemuck::cast_slice(logits));
        let [cameras, photographs, labels, points] = [cameras, photographs, labels, points].map(Hasher::finalize);
        Self { cameras, photographs, labels, points }
    }

    /// What is not the same, in words; empty where all is.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let parts = [
            ("cameras", self.cameras == other.cameras),
            ("photographs", self.photographs == other.photographs),
            ("labels", self.labels == other.labels),
            ("points", self.points == other.points),
        ];
        parts.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }
}
