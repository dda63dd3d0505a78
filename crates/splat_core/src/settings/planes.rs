//! What classes tell of geometry.

use serde::{Deserialize, Serialize};

/// Gaussians of a class are drawn to the planes that sparse points of that class lie on: no photograph says where a wall without
/// texture is, but the points along its edges do. Classes that are not flat are drawn to patches: planes through neighbours. Not with the objective `grouping`, whose Gaussians have no classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaneSettings {
    /// Weight of the mean pull at the start, 0.. ; 0 (default): off, as published. More: thinner walls, and in the end what is
    /// not quite flat suffers.
    pub weight: f32,
    /// Share of the weight that is left at the end of the run, 0..1 (log-linear): places are found early, details late.
    pub fade: f32,
    /// Distance, as a share of the scene's extent, up to which the pull grows; beyond it stays the same.
    pub width: f32,
    /// Distance, as a share of the scene's extent, beyond which nothing is pulled; small planes reach less far: an eighth of their
    /// shorter side.
    pub reach: f32,
}

impl Default for PlaneSettings {
    fn default() -> Self {
        Self { weight: 0.0, fade: 0.02, width: 0.003, reach: 0.1 }
    }
}
