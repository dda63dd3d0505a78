//! The numbers of the published 3DGS rendering rules, by name, and what a render may be told.

use glam::DVec3;
use splat_core::{Objective, TrainSettings};

/// Rows whose mean lies at this view depth or nearer are culled (world units).
pub const NEAR: f64 = 0.2;
/// Added to the diagonal of the 2D covariance, in square pixels: a splat is never thinner than about a pixel.
pub const DILATION: f64 = 0.3;
/// Share of the image size by which a slope x/z may leave the image before the Jacobian's copy of it is clamped.
pub const SLOPE_MARGIN: f64 = 0.15;
/// No splat covers more than this share of a pixel.
pub const MAX_ALPHA: f64 = 0.99;
/// A splat that covers less than this of a pixel is skipped there; a row with less opacity is culled.
pub const MIN_ALPHA: f64 = 1.0 / 255.0;
/// Blending stops before the splat that would bring the transmittance below this.
pub const MIN_TRANSMITTANCE: f64 = 1e-4;
/// A pixel whose accumulated weight W = 1 - T is below this carries no label and no depth.
pub const MIN_WEIGHT: f64 = 1e-4;
/// Side of a tile in pixels.
pub const TILE: u32 = 16;
/// Side of a block in pixels; a tile holds 2 x 2 blocks.
pub const BLOCK: u32 = 8;

/// What a render may be told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RenderSettings {
    /// SH degree in use, 0 to 3; lower than what the rows hold early in training.
    pub sh_degree: u8,
    /// Colour behind everything.
    pub background: DVec3,
    /// What is blended per class: logits, or their softmax.
    pub objective: Objective,
    /// Divide the class sums by the accumulated weight (Eq. 2). Off: plain sums (Eq. 1).
    pub normalise: bool,
    /// Opacity makes up for what dilation adds: times sqrt(det(S) / det(S + 0.3 I)), S the 2D covariance (Mip-Splatting).
    pub antialiased: bool,
    /// The published cut-offs (block cull, alpha under 1/255, early stop), each a small jump of the image. Off: every
    /// splat in front of the camera reaches every pixel and the image is smooth, as finite differences need it.
    pub cut_offs: bool,
}

impl Default for RenderSettings {
    fn default() -> Self {
        Self {
            sh_degree: 3,
            background: DVec3::ZERO,
            objective: Objective::Logits,
            normalise: true,
            antialiased: false,
            cut_offs: true,
        }
    }
}

impl RenderSettings {
    /// What a training run renders with at a step.
    pub fn at(settings: &TrainSettings, iteration: u32) -> Self {
        Self {
            sh_degree: settings.active_sh_degree(iteration),
            background: DVec3::from_array(settings.background.at(settings.seed, iteration).map(f64::from)),
            objective: settings.loss.objective,
            normalise: settings.normalises(),
            antialiased: settings.antialiased,
            cut_offs: true,
        }
    }
}
