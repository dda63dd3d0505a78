//! The stages of one training step. The same names label timestamps, panels, log spans, files and tests.

use serde::{Deserialize, Serialize};

/// One stage of a training step, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Rows and a view to 2D splats: SH colour, EWA covariance, exact tile overlap.
    Project,
    /// Depth order, then stable tile lists.
    Sort,
    /// Blends colour, transmittance and class channels per pixel.
    Forward,
    /// L1 + SSIM and cross-entropy, with their gradients per pixel.
    Loss,
    /// Pixel gradients back to rows.
    Backward,
    /// Adam.
    Optimise,
    /// Clone, split, prune, opacity reset.
    Densify,
}

impl Stage {
    /// All stages in the order of the step.
    pub const ALL: [Stage; 7] =
        [Stage::Project, Stage::Sort, Stage::Forward, Stage::Loss, Stage::Backward, Stage::Optimise, Stage::Densify];

    /// Lower-case stem: the name of the stage in files, labels and JSON.
    pub const fn stem(self) -> &'static str {
        match self {
            Stage::Project => "project",
            Stage::Sort => "sort",
            Stage::Forward => "forward",
            Stage::Loss => "loss",
            Stage::Backward => "backward",
            Stage::Optimise => "optimise",
            Stage::Densify => "densify",
        }
    }
}
