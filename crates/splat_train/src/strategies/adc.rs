//! Adaptive density control, as 3DGS does it.

use super::{RunStep, Strategy};
use splat_gpu::passes::densify::{self, Thresholds};
use splat_gpu::{ListBuffers, Recorder, RowBuffers, TrainingBuffers};

/// Clones and splits rows whose projected mean is pulled hard, drops what is transparent or huge, and now and then makes all
/// rows nearly transparent so that those which are not needed stay so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Adc;

impl Adc {
    /// The thresholds of a densification after this step.
    pub fn thresholds(&self, step: &RunStep) -> Thresholds {
        let d = &step.settings.densify;
        let prunes_large = step.settings.prunes_large_after(step.iteration);
        Thresholds {
            gradient: d.gradient_threshold,
            clone_scale: d.clone_scale * step.extent,
            prune_opacity: d.prune_opacity,
            prune_scale: if prunes_large { d.prune_scale * step.extent } else { f32::MAX },
            row_limit: step.row_limit,
            seed: step.seed(0x85eb_ca6b),
        }
    }
}

impl Strategy for Adc {
    fn name(&self) -> &str {
        "adc"
    }

    fn changes_after(&self, step: &RunStep) -> bool {
        step.settings.densifies_after(step.iteration) || step.settings.resets_opacity_after(step.iteration)
    }

    fn most_rows(&self, step: &RunStep, live: u32) -> u32 {
        if step.settings.densifies_after(step.iteration) { live.saturating_mul(2) } else { live }
    }

    fn change(
        &self,
        rec: &mut Recorder,
        rows: &mut RowBuffers,
        training: &TrainingBuffers,
        lists: &ListBuffers,
        step: &RunStep,
    ) {
        if step.settings.densifies_after(step.iteration) {
            densify::record(rec, rows, training, lists, &self.thresholds(step));
        }
        if step.settings.resets_opacity_after(step.iteration) {
            densify::record_opacity_reset(rec, rows, training);
        }
    }
}
