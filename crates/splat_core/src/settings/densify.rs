//! When Gaussians come and go.

use serde::{Deserialize, Serialize};

/// Adaptive density control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DensifySettings {
    /// Off: the number of Gaussians stays what the points gave.
    pub enabled: bool,
    /// Steps between densifications.
    pub interval: u32,
    /// First step of the window, of a 30,000-step run (scaled for shorter runs, not below 200).
    pub from: u32,
    /// End of the window, of a 30,000-step run (scaled).
    pub until: u32,
    /// Mean gradient norm of the projected mean, in NDC per view, above which a Gaussian grows. Lower: more Gaussians.
    pub gradient_threshold: f32,
    /// Share of the scene extent up to which a growing Gaussian is cloned; larger ones split.
    pub clone_scale: f32,
    /// Opacity under which a Gaussian is dropped.
    pub prune_opacity: f32,
    /// Share of the scene extent above which a Gaussian is dropped, once the first opacity reset has passed. 0: never.
    pub prune_scale: f32,
    /// Whether the semantic part of the gradient counts in the growth statistic. On (default): as in the paper's code, a
    /// Gaussian also grows where labels pull at it. Off: colour alone decides. With `loss.geometry_gate` 0 it never counts.
    pub semantic_statistic: bool,
    /// Steps between opacity resets; only runs of 6,000 steps or more reset.
    pub reset_interval: u32,
}

impl Default for DensifySettings {
    fn default() -> Self {
        Self {
            enabled: true,
            interval: 100,
            from: 500,
            until: 15_000,
            gradient_threshold: 2e-4,
            clone_scale: 0.01,
            prune_opacity: 0.005,
            prune_scale: 0.1,
            semantic_statistic: true,
            reset_interval: 3_000,
        }
    }
}
