//! What a training run writes down along the way: averaged figures, stage times, the speed of late.

use crate::error::CliError;
use crate::progress::TrainingFigures;
use splat_core::Stage;
use splat_eval::{MetricRow, append_metrics};
use splat_train::StepReport;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Steps that one row of `metrics.jsonl` averages.
const STEPS_PER_ROW: usize = 10;
/// The shown speed is that of the last so many seconds.
const SPEED_WINDOW: Duration = Duration::from_secs(15);

/// Collects reports into `metrics.jsonl`.
pub struct Diary {
    path: PathBuf,
    iterations: u32,
    started: Instant,
    pending: Vec<StepReport>,
    held_out: Option<f32>,
    /// When recent steps reported.
    recent: VecDeque<(Instant, u32)>,
    /// Milliseconds summed and steps counted, by stage.
    stages: BTreeMap<Stage, (f64, u32)>,
    last: TrainingFigures,
}

impl Diary {
    /// An empty diary for a run that starts now with this many Gaussians.
    pub fn new(path: PathBuf, iterations: u32, gaussians: u32) -> Self {
        let last =
            TrainingFigures { iteration: 0, iterations, loss: f32::NAN, psnr: f32::NAN, its_per_s: 0.0, gaussians };
        Self {
            path,
            iterations,
            started: Instant::now(),
            pending: Vec::new(),
            held_out: None,
            recent: VecDeque::from([(Instant::now(), 0)]),
            stages: BTreeMap::new(),
            last,
        }
    }

    /// Takes a step's report in; every tenth writes a row, but the last waits for [`Diary::flush`].
    pub fn add(&mut self, report: &StepReport) -> Result<(), CliError> {
        for (stage, ms) in report.stage_ms.iter().flatten().filter(|(_, ms)| *ms > 0.0) {
            let entry = self.stages.entry(*stage).or_default();
            *entry = (entry.0 + ms, entry.1 + 1);
        }
        let now = Instant::now();
        self.recent.push_back((now, report.iteration));
        while self.recent.len() > 2 && now - self.recent[0].0 > SPEED_WINDOW {
            self.recent.pop_front();
        }
        self.pending.push(report.clone());
        self.last.iteration = report.iteration;
        self.last.gaussians = report.gaussians;
        let (since, first) = self.recent[0];
        let seconds = (now - since).as_secs_f64();
        self.last.its_per_s = report.iteration.saturating_sub(first) as f64 / seconds.max(1e-6);
        if self.pending.len() >= STEPS_PER_ROW && report.iteration < self.iterations { self.flush() } else { Ok(()) }
    }

    /// A look at held-out views, written with the next row.
    pub fn held_out(&mut self, psnr: Option<f32>) {
        self.held_out = psnr.filter(|p| p.is_finite());
    }

    /// Writes what is pending.
    pub fn flush(&mut self) -> Result<(), CliError> {
        let Some(last) = self.pending.last() else { return Ok(()) };
        let n = self.pending.len() as f32;
        let mean = |value: fn(&StepReport) -> f32| self.pending.iter().map(value).sum::<f32>() / n;
        let row = MetricRow {
            iteration: last.iteration,
            loss: mean(|r| r.loss),
            l1: mean(|r| r.l1),
            ssim_loss: mean(|r| r.ssim_loss),
            semantic: mean(|r| r.semantic),
            psnr: Some(mean(|r| r.psnr)),
            held_out_psnr: self.held_out.take(),
            held_out_miou: None,
            gaussians: last.gaussians,
            seconds: self.started.elapsed().as_secs_f64(),
        };
        self.last.loss = row.loss;
        self.last.psnr = row.psnr.unwrap_or(f32::NAN);
        self.pending.clear();
        Ok(append_metrics(&self.path, &[row])?)
    }

    /// Where the run stands, for people.
    pub fn figures(&self) -> TrainingFigures {
        self.last
    }

    /// Mean milliseconds per stage of the timed steps, by stem.
    pub fn stage_ms(&self) -> BTreeMap<String, f64> {
        self.stages.iter().map(|(stage, (ms, n))| (stage.stem().to_owned(), ms / *n as f64)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(iteration: u32) -> StepReport {
        StepReport {
            iteration,
            view: 0,
            loss: iteration as f32,
            l1: 0.1,
            ssim_loss: 0.2,
            semantic: 0.0,
            psnr: 20.0,
            gaussians: 100 + iteration,
            tile_entries: 0,
            stage_ms: Some(vec![(Stage::Sort, 2.0), (Stage::Densify, 0.0)]),
        }
    }

    #[test]
    fn rows_average_ten_steps_and_the_last_takes_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("metrics.jsonl");
        let mut diary = Diary::new(path.clone(), 25, 7);
        (1..=25).for_each(|i| diary.add(&report(i)).unwrap());
        diary.held_out(Some(21.0));
        diary.flush().unwrap();
        let rows = splat_eval::read_metrics(&path).unwrap();
        assert_eq!(rows.iter().map(|r| r.iteration).collect::<Vec<_>>(), [10, 20, 25]);
        assert_eq!((rows[0].loss, rows[2].held_out_psnr, rows[2].gaussians), (5.5, Some(21.0), 125));
        assert_eq!(diary.stage_ms(), BTreeMap::from([("sort".to_owned(), 2.0)]));
    }
}
