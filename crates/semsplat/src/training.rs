//! The training loop of `train` and `demo`: records, submits and listens, and does not wait for the GPU but to write a
//! checkpoint or to look at held-out views.

use crate::checkpoints::{Cadence, Keeper};
use crate::diary::{Diary, DiaryState};
use crate::error::CliError;
use crate::probe::Probe;
use crate::progress::Progress;
use crate::stop;
use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};
use splat_core::{Camera, TrainSettings};
use splat_gpu::Gpu;
use splat_train::memory::peak_resident_bytes;
use splat_train::{
    Checkpoint, InputDigest, MemoryPlan, PhotoExposure, PreparedRun, RefinedPose, RunFolder, RunSummary, Section,
    Trainer, TrainerOptions, Witnesses, finish,
};
use std::time::{Duration, Instant};

/// Recordings that may be on their way at once: enough to keep the GPU busy, few enough to notice an overflow soon.
const MOST_IN_FLIGHT: usize = 3;
/// Pause when neither side has anything to say.
const NAP: Duration = Duration::from_micros(500);
/// Every n-th step is timed, more often in short runs.
const TIMING_INTERVAL: u32 = 50;
/// Sections of a checkpoint that this loop adds to the trainer's.
const INPUT: &str = "input";
const LOOP: &str = "loop";

/// What is to be done, and where.
pub struct Job<'a> {
    /// The device.
    pub gpu: &'a Gpu,
    /// The run's settings.
    pub settings: &'a TrainSettings,
    /// Its folder; settings were written by the caller.
    pub run: &'a RunFolder,
    /// How often to write a checkpoint.
    pub cadence: Cadence,
    /// Where to go on from.
    pub from: Option<&'a Checkpoint>,
    /// How the run fits into memory.
    pub plan: MemoryPlan,
    /// Who is told.
    pub progress: &'a Progress,
}

/// What this loop itself must remember.
#[derive(Default, Serialize, Deserialize)]
struct Past {
    adapter: String,
    seconds: f64,
    cpu_seconds: f64,
    resumed_after: Vec<u32>,
    next_probe: u32,
    /// Most bytes that were resident in any part of the run.
    #[serde(default)]
    peak_resident_bytes: Option<u64>,
    diary: DiaryState,
}

/// The cure where a run cannot go on.
pub const TRAIN_ANEW: &str = "train anew: in another --out, or here once this folder is gone";

/// Refuses a checkpoint of a capture that has changed since.
pub fn check_input(checkpoint: &Checkpoint, prepared: &PreparedRun) -> Result<(), CliError> {
    let kept: InputDigest = checkpoint.json(INPUT)?;
    let changed = kept.differences(&InputDigest::of(prepared));
    if changed.is_empty() {
        return Ok(());
    }
    let cure = format!("restore them, or {TRAIN_ANEW}");
    Err(CliError::BadInput(format!(
        "{}: the capture's {} are not those that the run began with: {cure}",
        checkpoint.path().display(),
        changed.join(" and ")
    )))
}

/// Trains to the end and writes the cloud and what is known of the run. An error says where the run can go on from.
pub fn train(job: &Job, prepared: PreparedRun) -> Result<RunSummary, CliError> {
    let mut session = Session::begin(job, prepared)?;
    session.run().and_then(|()| session.end()).map_err(|e| session.keeper.explain(e))
}

/// A run under way.
struct Session<'a> {
    job: &'a Job<'a>,
    trainer: Trainer,
    diary: Diary,
    probe: Probe,
    keeper: Keeper,
    input: InputDigest,
    warnings: Vec<String>,
    /// Training views: names, and cameras as the capture gives them.
    views: Vec<(String, Camera)>,
    past: Past,
    /// Training labels that the finished cloud is held against.
    witnesses: Witnesses,
    wall: Instant,
    cpu: ProcessTime,
}

impl<'a> Session<'a> {
    /// Everything onto the GPU; photographs on the host go, but for the few that are looked at.
    fn begin(job: &'a Job, mut prepared: PreparedRun) -> Result<Self, CliError> {
        let (wall, cpu) = (Instant::now(), ProcessTime::now());
        let settings = job.settings;
        let options = TrainerOptions { plan: Some(job.plan.clone()), ..Default::default() };
        let input = InputDigest::of(&prepared);
        let witnesses = Witnesses::withhold(&mut prepared.views, &settings.loss);
        let mut trainer = Trainer::with(job.gpu, &prepared, settings.clone(), options)?;
        trainer.set_timing_interval((settings.iterations / 10).clamp(1, TIMING_INTERVAL));
        let PreparedRun { cloud, views, held_out, planes: _, extent: _, mapped: _, warnings } = prepared;
        let views = views.into_iter().map(|v| (v.name, v.camera)).collect();
        let mut diary = Diary::new(job.run.metrics_path(), settings.iterations, cloud.len() as u32);
        let mut probe = Probe::new(held_out, settings);
        let mut past = Past::default();
        if let Some(checkpoint) = job.from {
            trainer.restore(checkpoint)?;
            past = checkpoint.json(LOOP)?;
            probe.next = past.next_probe;
            diary.resume(std::mem::take(&mut past.diary), trainer.iteration(), past.seconds)?;
            past.resumed_after.push(trainer.iteration());
            job.progress.note(&format!("going on after step {} of {}", trainer.iteration(), settings.iterations));
            if past.adapter != job.gpu.adapter.name {
                let what = "the run goes on with another adapter: bytes differ from those of a run in one go";
                job.progress.warn(&[format!("{what} ({}, before: {})", job.gpu.adapter.name, past.adapter)]);
            }
        }
        past.adapter.clone_from(&job.gpu.adapter.name);
        let keeper = Keeper::new(job.run, job.cadence, job.from.map(|_| trainer.iteration()));
        Ok(Self { job, trainer, diary, probe, keeper, input, witnesses, warnings, views, past, wall, cpu })
    }

    /// Steps until all are done.
    fn run(&mut self) -> Result<(), CliError> {
        stop::listen();
        let Job { gpu, progress, .. } = self.job;
        progress.training(&self.diary.figures());
        while !self.trainer.is_finished() {
            let iteration = self.trainer.iteration();
            let looks = self.probe.is_due(iteration);
            let rests = stop::is_requested() || self.keeper.is_due(iteration);
            let holds = looks || (rests && !self.trainer.owes());
            let records = !holds && self.trainer.is_ready() && self.trainer.in_flight() < MOST_IN_FLIGHT;
            if records {
                let mut encoder = gpu.device.create_command_encoder(&Default::default());
                self.trainer.record(&mut encoder)?;
                gpu.queue.submit([encoder.finish()]);
                self.trainer.submitted();
            }
            let reports = self.trainer.poll()?;
            if looks && self.trainer.in_flight() == 0 {
                self.diary.held_out(self.probe.look(gpu, &self.trainer.download()?)?);
            } else if !records && reports.is_empty() && self.trainer.in_flight() > 0 {
                std::thread::sleep(NAP);
            }
            for report in &reports {
                self.diary.add(report)?;
                progress.training(&self.diary.figures());
            }
            if rests && !looks && self.trainer.is_between_steps() {
                self.rest()?;
            }
        }
        Ok(())
    }

    /// Between two steps: writes a checkpoint, and stops where that was asked for.
    fn rest(&mut self) -> Result<(), CliError> {
        let iteration = self.trainer.iteration();
        // A step that overflowed takes the trainer back: then it is not time yet.
        if stop::is_requested() || self.keeper.is_due(iteration) {
            self.keep()?;
        }
        if stop::is_requested() {
            return Err(CliError::Stopped { iteration, iterations: self.job.settings.iterations });
        }
        Ok(())
    }

    fn keep(&mut self) -> Result<(), CliError> {
        let Some(mut sections) = self.trainer.sections()? else { return Ok(()) };
        let past = Past {
            adapter: self.past.adapter.clone(),
            seconds: self.seconds(),
            cpu_seconds: self.cpu_seconds(),
            resumed_after: self.past.resumed_after.clone(),
            next_probe: self.probe.next,
            peak_resident_bytes: self.peak_resident_bytes(),
            diary: self.diary.state(),
        };
        sections.push(Section::json(INPUT, &self.input));
        sections.push(Section::json(LOOP, &past));
        self.keeper.write(self.trainer.iteration(), sections)
    }

    /// The last look, and everything that stays.
    fn end(&mut self) -> Result<RunSummary, CliError> {
        let Job { gpu, run, settings, .. } = self.job;
        let (cloud, codes, finish) = finish(&mut self.trainer, &self.witnesses)?;
        self.diary.held_out(self.probe.look(gpu, &cloud)?);
        self.diary.flush()?;
        let seconds = self.seconds();
        let summary = RunSummary {
            iterations: settings.iterations,
            gaussians: cloud.len() as u32,
            train_seconds: seconds,
            resumed_after: self.past.resumed_after.clone(),
            train_cpu_seconds: Some(self.cpu_seconds()),
            its_per_s: settings.iterations as f64 / seconds,
            stage_ms: self.diary.stage_ms(),
            adapter: gpu.adapter.name.clone(),
            finish,
            memory: Some(self.job.plan.clone()),
            peak_resident_bytes: self.peak_resident_bytes(),
            warnings: std::mem::take(&mut self.warnings),
        };
        self.write_views()?;
        run.write_cloud(&cloud)?;
        codes.iter().try_for_each(|codes| run.write_codes(codes))?;
        run.write_summary(&summary)?;
        Ok(summary)
    }

    /// What was learned of the photographs and their cameras.
    fn write_views(&self) -> Result<(), CliError> {
        if let Some(exposures) = self.trainer.exposures()? {
            let entry = |((view, _), photo_from_render): (&(String, Camera), _)| PhotoExposure {
                view: view.clone(),
                photo_from_render,
            };
            self.job.run.write_exposures(&self.views.iter().zip(exposures).map(entry).collect::<Vec<_>>())?;
        }
        if let Some(cameras) = self.trainer.cameras()? {
            let entry = |((view, given), refined): (&(String, Camera), _)| RefinedPose::new(view, given, refined);
            self.job.run.write_poses(&self.views.iter().zip(&cameras).map(entry).collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// Wall seconds of all parts of the run.
    fn seconds(&self) -> f64 {
        self.past.seconds + self.wall.elapsed().as_secs_f64()
    }

    fn peak_resident_bytes(&self) -> Option<u64> {
        self.past.peak_resident_bytes.max(peak_resident_bytes())
    }

    fn cpu_seconds(&self) -> f64 {
        self.past.cpu_seconds + self.cpu.elapsed().as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::{Camera, Intrinsics, LabelSet, Photo, SparsePoint};
    use splat_gpu::GpuOptions;
    use splat_train::TrainingView;
    use splat_train::init::cloud_from_points;

    /// A run that sees two grey points.
    fn prepared() -> PreparedRun {
        let k = Intrinsics::from_vertical_fov(16, 16, 0.8);
        let camera = Camera::looking_at(k, glam::DVec3::NEG_Z, glam::DVec3::ZERO, glam::DVec3::NEG_Y);
        let photo = Photo { width: 16, height: 16, rgba: vec![128; 4 * 256], alpha: None };
        let view = TrainingView { name: "a.png".to_owned(), camera, photo, columns: None, confidence: None };
        let point = |x: f32| SparsePoint { position: glam::Vec3::new(x, 0.0, 0.0), rgb: [128; 3] };
        let cloud = cloud_from_points(&[point(0.0), point(0.1)], 0, &LabelSet::default(), 1);
        PreparedRun {
            cloud,
            views: vec![view],
            held_out: Vec::new(),
            planes: Vec::new(),
            extent: 1.0,
            mapped: None,
            warnings: Vec::new(),
        }
    }

    #[test]
    fn a_lost_gpu_ends_a_run_that_can_go_on() {
        if std::env::var("SEMSPLAT_GPU").is_ok_and(|mode| mode == "off") {
            return;
        }
        let Ok(gpu) = Gpu::headless(GpuOptions::default()) else {
            assert!(std::env::var("SEMSPLAT_GPU").is_ok_and(|mode| mode != "required"), "there is no GPU");
            return;
        };
        let dir = tempfile::tempdir().unwrap();
        let run = RunFolder::create(&dir.path().join("run"), false).unwrap();
        let settings = TrainSettings { iterations: 10_000_000, sh_degree: 0, ..Default::default() };
        let plan = MemoryPlan::of(&gpu, &prepared(), &settings, None).unwrap();
        let (cadence, progress) = (Cadence::of(Some(3)), Progress::new(true));
        let job = Job { gpu: &gpu, settings: &settings, run: &run, cadence, from: None, plan, progress: &progress };
        let (device, path) = (gpu.device.clone(), run.checkpoint_path());
        let saboteur = std::thread::spawn(move || {
            while !path.exists() {
                std::thread::sleep(Duration::from_millis(1));
            }
            device.destroy();
        });
        let error = train(&job, prepared()).unwrap_err();
        saboteur.join().unwrap();
        let text = error.chain();
        assert!(error.exit_code() == 1 && text.contains("lost") && text.contains("--resume"), "{text}");
        let checkpoint = Checkpoint::open(&run.checkpoint_path()).unwrap().expect("it is kept");
        let gpu = Gpu::headless(GpuOptions::default()).unwrap();
        let mut trainer = Trainer::new(&gpu, &prepared(), settings).unwrap();
        trainer.restore(&checkpoint).unwrap();
        assert!(trainer.iteration() >= 3 && trainer.iteration().is_multiple_of(3));
    }
}
