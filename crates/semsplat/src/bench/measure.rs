//! Steps on the GPU, timed: by the wall clock, by the process's CPU clock and by the GPU's own.

use crate::error::CliError;
use crate::progress::Progress;
use cpu_time::ProcessTime;
use splat_core::TrainSettings;
use splat_core::settings::{DensifySettings, LearningRates};
use splat_gpu::Gpu;
use splat_train::{PreparedRun, StepReport, Trainer};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Recordings on their way at once, as in training.
const MOST_IN_FLIGHT: usize = 2;
const NAP: Duration = Duration::from_micros(500);

/// Medians over the timed steps.
pub struct Measured {
    /// CPU milliseconds of the process per step.
    pub cpu_ms: f64,
    /// Wall milliseconds per step.
    pub wall_ms: f64,
    /// GPU milliseconds per stage, by stem.
    pub stage_ms: BTreeMap<String, f64>,
    /// Entries of all tile lists.
    pub tile_entries: u32,
    /// Share of the image whose classes a step compares.
    pub class_share: f32,
    /// Bytes per row of parameters, gradient and moments.
    pub bytes_per_gaussian: u64,
}

/// Runs `steps` steps after a warm-up in which kernels are compiled, lists find their length and SH reaches its degree.
pub fn measure(gpu: &Gpu, prepared: &PreparedRun, steps: u32, progress: &Progress) -> Result<Measured, CliError> {
    // SH gains a degree every 1/30 of the run: after a tenth all are in use.
    let warm_up = 6 + steps / 8;
    let settings = still(warm_up + steps);
    let mut trainer = Trainer::new(gpu, prepared, settings.clone())?;
    trainer.set_timing_interval(1);
    let (mut wall, mut cpu) = (Instant::now(), ProcessTime::now());
    let (mut wall_ms, mut cpu_ms, mut reports): (Vec<f64>, Vec<f64>, Vec<StepReport>) = Default::default();
    while !trainer.is_finished() {
        let records = trainer.is_ready() && trainer.in_flight() < MOST_IN_FLIGHT;
        if records {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            trainer.record(&mut encoder)?;
            gpu.queue.submit([encoder.finish()]);
            trainer.submitted();
        }
        let landed = trainer.poll()?;
        if !records && landed.is_empty() {
            std::thread::sleep(NAP);
        }
        // Steps that land together share the time since the last one did.
        let share = landed.len() as f64;
        for report in landed {
            progress.stage("timing steps", report.iteration as f32 / settings.iterations as f32);
            if report.iteration > warm_up {
                wall_ms.push(1e3 * wall.elapsed().as_secs_f64() / share);
                cpu_ms.push(1e3 * cpu.elapsed().as_secs_f64() / share);
                reports.push(report);
            }
        }
        if share > 0.0 {
            (wall, cpu) = (Instant::now(), ProcessTime::now());
        }
    }
    Ok(Measured {
        cpu_ms: median(&mut cpu_ms),
        wall_ms: median(&mut wall_ms),
        stage_ms: stage_medians(&reports),
        class_share: settings.class_share(trainer.rows().layout.channels),
        bytes_per_gaussian: 4 * 16 * trainer.rows().layout.planes() as u64,
        tile_entries: reports.last().map_or(0, |r| r.tile_entries),
    })
}

/// A run of the published kind in which nothing moves and nothing grows. Zero rates would do for all but the means, whose
/// decay is computed with logarithms.
fn still(iterations: u32) -> TrainSettings {
    let tiny = 1e-30;
    let rates = LearningRates {
        mean: tiny,
        mean_final: tiny,
        sh_dc: tiny,
        sh_rest: tiny,
        opacity: tiny,
        scale: tiny,
        rotation: tiny,
        logits: tiny,
        classifier: tiny,
    };
    let densify = DensifySettings { enabled: false, ..Default::default() };
    TrainSettings { iterations, rates, densify, ..TrainSettings::default() }
}

fn stage_medians(reports: &[StepReport]) -> BTreeMap<String, f64> {
    let mut times: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (stage, ms) in reports.iter().flat_map(|r| r.stage_ms.iter().flatten()).filter(|(_, ms)| *ms > 0.0) {
        times.entry(stage.stem().to_owned()).or_default().push(*ms);
    }
    times.into_iter().map(|(stage, mut ms)| (stage, median(&mut ms))).collect()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        n => 0.5 * (values[(n - 1) / 2] + values[n / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_sh_degrees_are_in_use_when_timing_begins() {
        for steps in [1, 5, 10, 50, 200, 1000] {
            let warm_up = 6 + steps / 8;
            assert_eq!(still(warm_up + steps).active_sh_degree(warm_up + 1), 3, "{steps}");
        }
        assert!(still(10).mean_rate(5, 3.0).is_finite());
        assert_eq!(median(&mut [3.0, 1.0, 2.0, 10.0]), 2.5);
    }
}
