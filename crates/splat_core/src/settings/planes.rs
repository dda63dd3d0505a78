//! What flat classes tell of geometry.

use serde::{Deserialize, Serialize};

/// Gaussians of a flat class are drawn to the planes that sparse points of that class lie on: a wall without texture shows no
/// photograph where it is, but the points along its edges do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaneSettings {
    /// Weight of the mean pull, 0.. ; 0 (default): off, as published. More: thinner walls, and in the end those that are not
    /// flat suffer.
    pub weight: f32,
    /// Distance, as a share of the scene's extent, up to which the pull grows; beyond it stays the same.
    pub width: f32,
    /// Distance, as a share of the scene's extent, beyond which nothing is pulled.
    pub reach: f32,
}

impl Default for PlaneSettings {
    fn default() -> Self {
        Self { weight: 0.0, width: 0.01, reach: 0.1 }
    }
}
