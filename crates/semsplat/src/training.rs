//! The training loop of `train` and `demo`: records, submits and listens, and does not wait for the GPU.

use crate::diary::Diary;
use crate::error::CliError;
use crate::progress::Progress;
use cpu_time::ProcessTime;
use image::RgbImage;
use splat_core::{Cloud, TrainSettings};
use splat_eval::{photo_rgb, psnr};
use splat_gpu::Gpu;
use splat_train::{PreparedRun, Renderer, RunFolder, RunSummary, Trainer, TrainingView};
use std::time::{Duration, Instant};

/// Recordings that may be on their way at once: enough to keep the GPU busy, few enough to notice an overflow soon.
const MOST_IN_FLIGHT: usize = 3;
/// Pause when neither side has anything to say.
const NAP: Duration = Duration::from_micros(500);
/// Every n-th step is timed, more often in short runs.
const TIMING_INTERVAL: u32 = 50;
/// Times a run looks at held-out views; fewer in short runs, so that looking costs under 2 % of the time.
const MOST_PROBES: u32 = 6;
const STEPS_PER_PROBE: u32 = 150;
/// Held-out views that are looked at.
const PROBED_VIEWS: usize = 2;

/// Trains to the end and writes the cloud and what is known of the run into `run`. Settings are written by the caller.
pub fn train(
    gpu: &Gpu,
    prepared: &PreparedRun,
    settings: &TrainSettings,
    run: &RunFolder,
    progress: &Progress,
) -> Result<RunSummary, CliError> {
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let mut trainer = Trainer::new(gpu, prepared, settings.clone())?;
    trainer.set_timing_interval((settings.iterations / 10).clamp(1, TIMING_INTERVAL));
    let mut diary = Diary::new(run.metrics_path(), settings.iterations, prepared.cloud.len() as u32);
    let mut probe = Probe::new(prepared, settings);
    progress.training(&diary.figures());
    while !trainer.is_finished() {
        let looks = probe.is_due(trainer.iteration());
        let records = !looks && trainer.is_ready() && trainer.in_flight() < MOST_IN_FLIGHT;
        if records {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            trainer.record(&mut encoder)?;
            gpu.queue.submit([encoder.finish()]);
            trainer.submitted();
        }
        let reports = trainer.poll()?;
        if looks && trainer.in_flight() == 0 {
            diary.held_out(probe.look(gpu, &trainer.download()?)?);
        } else if !records && reports.is_empty() {
            std::thread::sleep(NAP);
        }
        for report in &reports {
            diary.add(report)?;
            progress.training(&diary.figures());
        }
    }
    let cloud = trainer.download()?;
    diary.held_out(probe.look(gpu, &cloud)?);
    diary.flush()?;
    let seconds = wall.elapsed().as_secs_f64();
    let summary = RunSummary {
        iterations: settings.iterations,
        gaussians: cloud.len() as u32,
        train_seconds: seconds,
        train_cpu_seconds: Some(cpu.elapsed().as_secs_f64()),
        its_per_s: settings.iterations as f64 / seconds,
        stage_ms: diary.stage_ms(),
        adapter: gpu.adapter.name.clone(),
        warnings: prepared.warnings.clone(),
    };
    run.write_cloud(&cloud)?;
    run.write_summary(&summary)?;
    Ok(summary)
}

/// Looks at a few held-out views a few times, for the curve.
struct Probe<'a> {
    views: Vec<&'a TrainingView>,
    interval: u32,
    next: u32,
    end: u32,
    background: [f32; 3],
}

impl<'a> Probe<'a> {
    fn new(prepared: &'a PreparedRun, settings: &TrainSettings) -> Self {
        let held = &prepared.held_out;
        // Spread over the split, so that they do not all show one corner.
        let spread = |i: usize| &held[(2 * i + 1) * held.len() / (2 * PROBED_VIEWS)];
        let views =
            if held.len() < PROBED_VIEWS { held.iter().collect() } else { (0..PROBED_VIEWS).map(spread).collect() };
        let times = (settings.iterations / STEPS_PER_PROBE).clamp(1, MOST_PROBES);
        let interval = settings.iterations.div_ceil(times).max(1);
        Self { views, interval, next: interval, end: settings.iterations, background: settings.background }
    }

    /// True where it is time to look; the last look is the caller's, at the end.
    fn is_due(&self, iteration: u32) -> bool {
        !self.views.is_empty() && iteration >= self.next && self.next < self.end
    }

    /// Mean PSNR over the views, in dB.
    fn look(&mut self, gpu: &Gpu, cloud: &Cloud) -> Result<Option<f32>, CliError> {
        self.next += self.interval;
        if self.views.is_empty() || cloud.is_empty() {
            return Ok(None);
        }
        let mut renderer = Renderer::new(gpu, cloud, self.background)?;
        let mut sum = 0.0;
        for view in &self.views {
            let seen = renderer.render(&view.camera)?;
            let picture = RgbImage::from_raw(seen.width, seen.height, seen.rgb).unwrap_or_default();
            sum += psnr(&picture, &photo_rgb(&view.photo), None)?;
        }
        Ok(Some((sum / self.views.len() as f64) as f32))
    }
}
