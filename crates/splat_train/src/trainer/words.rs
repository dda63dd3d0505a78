//! What a trainer is told, and what it tells.

use crate::memory::MemoryPlan;
use crate::strategies::Strategy;
use splat_core::Stage;
use std::sync::Arc;

/// What a trainer may be told beside the settings.
#[derive(Default)]
pub struct TrainerOptions {
    /// A strategy instead of the settings'.
    pub strategy: Option<Arc<dyn Strategy>>,
    /// How the run is to fit into memory; made for the same run, settings and device. Default: as it comes.
    pub plan: Option<MemoryPlan>,
}

/// Figures of one step, some time after it was recorded.
#[derive(Clone, Debug)]
pub struct StepReport {
    /// Step, from 1.
    pub iteration: u32,
    /// Index of the training view.
    pub view: usize,
    /// Total loss, entropy term left out.
    pub loss: f32,
    /// Mean absolute error, 0..1.
    pub l1: f32,
    /// 1 - SSIM.
    pub ssim_loss: f32,
    /// lambda_sem x cross-entropy.
    pub semantic: f32,
    /// PSNR of the training view in dB.
    pub psnr: f32,
    /// Live Gaussians.
    pub gaussians: u32,
    /// Tile entries of the view.
    pub tile_entries: u32,
    /// Milliseconds per stage, on the steps that were timed.
    pub stage_ms: Option<Vec<(Stage, f64)>>,
}
