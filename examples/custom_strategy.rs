//! A strategy of one's own: growth at a steady rate up to a number of Gaussians, instead of bursts as gradients ask for them.
//!
//! ```text
//! cargo run --example custom_strategy -- --headless --out steady
//! ```

#[path = "common/demo.rs"]
mod demo;

use bevy::prelude::*;
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::train::splat_gpu::passes::densify::{self, Thresholds};
use bevy_semantic_splats::train::splat_gpu::{ListBuffers, Recorder, RowBuffers, TrainingBuffers};
use bevy_semantic_splats::train::strategies::{RunStep, Strategy};
use bevy_semantic_splats::train::{TrainingLog, TrainingStrategy};
use std::sync::Arc;

/// Grows by a fixed share whenever it is time, where the pull is strongest or not, and drops what has become faint.
struct SteadyGrowth {
    /// Steps between two changes.
    interval: u32,
    /// Largest share that is added each time.
    share: f32,
    /// Gaussians that are enough.
    enough: u32,
}

impl SteadyGrowth {
    fn target(&self, step: &RunStep, live: u32) -> u32 {
        let grown = (live as f32 * (1.0 + self.share)) as u32;
        // Never fewer than there are: what must go goes by its opacity.
        grown.min(self.enough).min(step.row_limit).max(live)
    }
}

/// A strategy is asked after every step and records GPU passes; here one that is there already, with thresholds of its own.
impl Strategy for SteadyGrowth {
    fn name(&self) -> &str {
        "steady growth"
    }

    fn changes_after(&self, step: &RunStep) -> bool {
        let last = step.settings.iterations * 3 / 4;
        step.iteration.is_multiple_of(self.interval) && step.iteration < last
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
        let thresholds = Thresholds {
            gradient: 1e-5,
            clone_scale: 0.01 * step.extent,
            prune_opacity: 0.01,
            prune_scale: 0.5 * step.extent,
            row_limit: self.target(step, rows.upper_bound),
            seed: step.seed(0x9e37_79b9),
        };
        densify::record(rec, rows, training, lists, &thresholds);
    }
}

fn main() -> AppExit {
    let training = demo::Training { iterations: 200, downscale: 4.0, is_fresh: true, ..demo::ONCE };
    let pictures: Vec<(&'static str, demo::Act)> = vec![("grown", |_| true)];
    demo::app("steady growth", training, pictures)
        .add_systems(PostStartup, choose)
        .add_systems(Update, (demo::look_through_held_out, tell))
        .run()
}

/// The strategy goes beside the run.
fn choose(mut commands: Commands, runs: Query<Entity, With<TrainingRun>>) {
    for run in &runs {
        let strategy = SteadyGrowth { interval: 20, share: 0.1, enough: 14_000 };
        commands.entity(run).insert(TrainingStrategy(Arc::new(strategy)));
    }
}

/// How many there are, now and then.
fn tell(logs: Query<&TrainingLog>, mut told: Local<u32>) {
    for log in &logs {
        if log.iteration < *told + 20 {
            continue;
        }
        *told = log.iteration;
        println!(
            "step {}: {} Gaussians, {:.2} dB",
            log.iteration,
            log.gaussians,
            log.psnr.latest().unwrap_or_default()
        );
    }
}
