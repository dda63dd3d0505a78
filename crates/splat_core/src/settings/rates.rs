//! Step sizes.

use serde::{Deserialize, Serialize};

/// Adam step sizes per parameter kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LearningRates {
    /// Means at the start, in scene extents per step (log-linear decay to `mean_final`).
    pub mean: f32,
    /// Means at the end, in scene extents per step.
    pub mean_final: f32,
    /// SH constant term.
    pub sh_dc: f32,
    /// Other SH terms.
    pub sh_rest: f32,
    /// Opacity logits.
    pub opacity: f32,
    /// Log-scales.
    pub scale: f32,
    /// Quaternions.
    pub rotation: f32,
    /// Class logits, or Gaussian Grouping's codes.
    pub logits: f32,
    /// Gaussian Grouping's classifier.
    pub classifier: f32,
}

impl Default for LearningRates {
    fn default() -> Self {
        Self {
            mean: 1.6e-4,
            mean_final: 1.6e-6,
            sh_dc: 2.5e-3,
            sh_rest: 1.25e-4,
            opacity: 0.025,
            scale: 0.005,
            rotation: 0.001,
            logits: 0.01,
            classifier: 5e-4,
        }
    }
}
