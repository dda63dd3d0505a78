//! What a training run writes down along the way: averaged figures, stage times, the speed of late.

use crate::error::CliError;
use crate::progress::TrainingFigures;
use serde::{Deserialize, Serialize};
use splat_core::Stage;
use splat_eval::{MetricRow, append_metrics, trim_metrics};
use splat_train::StepReport;
use splat_train::memory::resident_bytes;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Steps that one row of `metrics.jsonl` averages.
const STEPS_PER_ROW: u32 = 10;
/// The shown speed is that of the last so many seconds.
const SPEED_WINDOW: Duration = Duration::from_secs(15);

/// Collects reports into `metrics.jsonl`.
pub struct Diary {
    path: PathBuf,
    iterations: u32,
    started: Instant,
    /// Seconds of training before the diary was opened.
    earlier_seconds: f64,
    state: DiaryState,
    /// When recent steps reported.
    recent: VecDeque<(Instant, u32)>,
    last: TrainingFigures,
}

/// What a diary knows that is not in the file yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DiaryState {
    /// Steps since the last row.
    pending: u32,
    /// Loss, L1, 1 - SSIM, semantic loss and PSNR summed over them: bits of f32, since JSON has no NaN.
    sums: [u32; 5],
    held_out: Option<f32>,
    /// Milliseconds summed and steps counted, by stage.
    stages: BTreeMap<Stage, (f64, u32)>,
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
            earlier_seconds: 0.0,
            state: DiaryState::default(),
            recent: VecDeque::from([(Instant::now(), 0)]),
            last,
        }
    }

    /// Goes on after a step with what was known then; rows of later steps leave the file.
    pub fn resume(&mut self, state: DiaryState, iteration: u32, seconds: f64) -> Result<(), CliError> {
        trim_metrics(&self.path, iteration)?;
        (self.state, self.earlier_seconds, self.last.iteration) = (state, seconds, iteration);
        self.recent = VecDeque::from([(Instant::now(), iteration)]);
        Ok(())
    }

    /// What is not in the file yet.
    pub fn state(&self) -> DiaryState {
        self.state.clone()
    }

    /// Takes a step's report in; every tenth writes a row, but the last waits for [`Diary::flush`].
    pub fn add(&mut self, report: &StepReport) -> Result<(), CliError> {
        for (stage, ms) in report.stage_ms.iter().flatten().filter(|(_, ms)| *ms > 0.0) {
            let entry = self.state.stages.entry(*stage).or_default();
            *entry = (entry.0 + ms, entry.1 + 1);
        }
        let now = Instant::now();
        self.recent.push_back((now, report.iteration));
        while self.recent.len() > 2 && now - self.recent[0].0 > SPEED_WINDOW {
            self.recent.pop_front();
        }
        let values = [report.loss, report.l1, report.ssim_loss, report.semantic, report.psnr];
        for (sum, value) in self.state.sums.iter_mut().zip(values) {
            *sum = (f32::from_bits(*sum) + value).to_bits();
        }
        self.state.pending += 1;
        self.last.iteration = report.iteration;
        self.last.gaussians = report.gaussians;
        let (since, first) = self.recent[0];
        let seconds = (now - since).as_secs_f64();
        self.last.its_per_s = report.iteration.saturating_sub(first) as f64 / seconds.max(1e-6);
        if self.state.pending >= STEPS_PER_ROW && report.iteration < self.iterations { self.flush() } else { Ok(()) }
    }

    /// A look at held-out views, written with the next row.
    pub fn held_out(&mut self, psnr: Option<f32>) {
        self.state.held_out = psnr.filter(|p| p.is_finite());
    }

    /// Writes what is pending.
    pub fn flush(&mut self) -> Result<(), CliError> {
        if self.state.pending == 0 {
            return Ok(());
        }
        let n = self.state.pending as f32;
        let [loss, l1, ssim_loss, semantic, psnr] = self.state.sums.map(|sum| f32::from_bits(sum) / n);
        let row = MetricRow {
            iteration: self.last.iteration,
            loss,
            l1,
            ssim_loss,
            semantic,
            psnr: Some(psnr),
            held_out_psnr: self.state.held_out.take(),
            held_out_miou: None,
            gaussians: self.last.gaussians,
            seconds: self.earlier_seconds + self.started.elapsed().as_secs_f64(),
            rss_bytes: resident_bytes(),
        };
        self.last.loss = row.loss;
        self.last.psnr = row.psnr.unwrap_or(f32::NAN);
        (self.state.pending, self.state.sums) = (0, [0; 5]);
        Ok(append_metrics(&self.path, &[row])?)
    }

    /// Where the run stands, for people.
    pub fn figures(&self) -> TrainingFigures {
        self.last
    }

    /// Mean milliseconds per stage of the timed steps, by stem.
    pub fn stage_ms(&self) -> BTreeMap<String, f64> {
        self.state.stages.iter().map(|(stage, (ms, n))| (stage.stem().to_owned(), ms / *n as f64)).collect()
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

    #[test]
    fn a_resumed_diary_reads_as_if_it_had_been_written_in_one_go() {
        let dir = tempfile::tempdir().unwrap();
        let diary = |name: &str| Diary::new(dir.path().join(name), 25, 7);
        let mut whole = diary("whole");
        (1..=25).for_each(|i| whole.add(&report(i)).unwrap());
        whole.flush().unwrap();
        let mut stopped = diary("parts");
        (1..=13).for_each(|i| stopped.add(&report(i)).unwrap());
        let json = serde_json::to_string(&stopped.state()).unwrap();
        // It goes on for a while after the checkpoint and is killed.
        (14..=20).for_each(|i| stopped.add(&report(i)).unwrap());
        let mut resumed = diary("parts");
        resumed.resume(serde_json::from_str(&json).unwrap(), 13, 5.0).unwrap();
        (14..=25).for_each(|i| resumed.add(&report(i)).unwrap());
        resumed.flush().unwrap();
        let rows = |name: &str| {
            let rows = splat_eval::read_metrics(&dir.path().join(name)).unwrap();
            rows.into_iter().map(|r| MetricRow { seconds: 0.0, rss_bytes: None, ..r }).collect::<Vec<_>>()
        };
        assert_eq!(rows("whole"), rows("parts"));
        assert_eq!(whole.stage_ms(), resumed.stage_ms());
    }
}
