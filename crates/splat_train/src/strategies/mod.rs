//! Who decides when and how Gaussians come, go and move.
//!
//! [`Adc`] and [`Mcmc`] are what [`strategy_of`] picks by the settings; [`crate::Trainer::with`] takes anybody's. A
//! strategy records passes of `splat_gpu::passes` (`densify`, `mcmc`) or kernels of its own, and holds to three rules:
//!
//! * **It remembers nothing.** What it does after a step is a function of the run, the step's number and what lies on the GPU,
//!   so that a stopped run goes on bit by bit the same.
//! * **Rows change only through a row map**, in [`Strategy::change`]: rows, both moments and the growth statistic follow it, and
//!   the counter of live rows says how many there are.
//! * **A step that overflowed changes nothing**: kernels of [`Strategy::after_optimise`] look at the overflow counter, as Adam does.

mod adc;
mod mcmc;

pub use adc::Adc;
pub use mcmc::Mcmc;

use splat_core::TrainSettings;
use splat_core::settings::StrategyKind;
use splat_gpu::{ListBuffers, Recorder, RowBuffers, TrainingBuffers};
use std::sync::Arc;

/// Decides when and how rows change.
pub trait Strategy: Send + Sync {
    /// Its name, for people.
    fn name(&self) -> &str;

    /// True where [`Strategy::change`] is to be recorded after this step. All steps before it have reported then, so the number
    /// of rows is known: a pause of some milliseconds for a GPU, so not after every step.
    fn changes_after(&self, step: &RunStep) -> bool;

    /// Most rows that there can be after the change, of `live` now: buffers are made this wide before, up to the run's limit.
    fn most_rows(&self, step: &RunStep, live: u32) -> u32;

    /// Records the change. `rows.upper_bound` is the exact number of rows before, and must be an upper bound afterwards;
    /// `lists` lends its scan buffers.
    fn change(
        &self,
        rec: &mut Recorder,
        rows: &mut RowBuffers,
        training: &TrainingBuffers,
        lists: &ListBuffers,
        step: &RunStep,
    );

    /// Adds to the gradients (`training.d_rows`) of every step, between Backward and Adam.
    fn add_gradients(&self, _rec: &mut Recorder, _rows: &RowBuffers, _training: &TrainingBuffers, _step: &RunStep) {}

    /// Changes rows in place in every step, after Adam.
    fn after_optimise(&self, _rec: &mut Recorder, _rows: &RowBuffers, _training: &TrainingBuffers, _step: &RunStep) {}
}

/// Where a run stands.
#[derive(Clone, Copy, Debug)]
pub struct RunStep<'a> {
    /// The run's settings.
    pub settings: &'a TrainSettings,
    /// The step, from 1.
    pub iteration: u32,
    /// Scene extent in world units.
    pub extent: f32,
    /// Most rows that the run may hold.
    pub row_limit: u32,
}

impl RunStep<'_> {
    /// A seed of this step; another `salt` for another purpose.
    pub fn seed(&self, salt: u32) -> u32 {
        (self.settings.seed as u32).wrapping_mul(salt) ^ self.iteration
    }
}

/// The strategy that settings name.
pub fn strategy_of(settings: &TrainSettings) -> Arc<dyn Strategy> {
    match settings.strategy {
        StrategyKind::Adc => Arc::new(Adc),
        StrategyKind::Mcmc => Arc::new(Mcmc),
    }
}
