//! 3DGS-MCMC (Kheradmand et al. 2024, arXiv 2404.09591): training as sampling.

use super::{RunStep, Strategy};
use splat_gpu::passes::mcmc::{self, Relocation};
use splat_gpu::{ListBuffers, Recorder, RowBuffers, TrainingBuffers};

/// Rows that have become nearly transparent move to opaque ones, drawn in proportion to opacity; the number grows by a fixed
/// share up to the budget; the loss asks for few and small rows; means take random steps, so that what hardly shows looks around.
/// Opacities are never reset.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mcmc;

impl Mcmc {
    /// Rows after a relocation: grown by the share, rounded up, but not beyond the limit, and never fewer.
    fn target(&self, step: &RunStep, live: u32) -> u32 {
        let grown = live as f64 * (1.0 + step.settings.mcmc.growth.max(0.0) as f64);
        (grown.ceil().min(u32::MAX as f64) as u32).min(step.row_limit).max(live)
    }
}

impl Strategy for Mcmc {
    fn name(&self) -> &str {
        "mcmc"
    }

    fn changes_after(&self, step: &RunStep) -> bool {
        step.settings.relocates_after(step.iteration)
    }

    fn most_rows(&self, step: &RunStep, live: u32) -> u32 {
        self.target(step, live)
    }

    fn change(
        &self,
        rec: &mut Recorder,
        rows: &mut RowBuffers,
        training: &TrainingBuffers,
        lists: &ListBuffers,
        step: &RunStep,
    ) {
        let relocation = Relocation {
            dead_opacity: step.settings.mcmc.dead_opacity,
            row_target: self.target(step, rows.upper_bound),
            seed: step.seed(0x85eb_ca6b),
        };
        mcmc::record_relocation(rec, rows, training, lists, &relocation);
    }

    fn add_gradients(&self, rec: &mut Recorder, rows: &RowBuffers, training: &TrainingBuffers, step: &RunStep) {
        mcmc::record_regularisation(rec, rows, training, &step.settings.mcmc);
    }

    fn after_optimise(&self, rec: &mut Recorder, rows: &RowBuffers, training: &TrainingBuffers, step: &RunStep) {
        let rate = step.settings.mean_rate(step.iteration, step.extent);
        mcmc::record_noise(rec, rows, training, step.settings.mcmc.noise * rate, step.seed(0xc2b2_ae35));
    }
}
