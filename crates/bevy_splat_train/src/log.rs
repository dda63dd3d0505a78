//! What a run has reported so far: curves, stage times, speed.

use bevy::prelude::Component;
use splat_core::Stage;
use splat_train::{Finish, StepReport};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Points that a curve holds at most; older ones are merged in pairs.
const MOST_POINTS: usize = 512;
/// Steps over which the smoothed value forgets.
const SMOOTH_STEPS: f64 = 40.0;
/// Time over which the speed is taken.
const SPEED_WINDOW: Duration = Duration::from_secs(8);
/// Reports closer together than this have come in one handful.
const SAME_MOMENT: Duration = Duration::from_millis(4);

/// One figure over the iterations, in bounded memory however long the run.
#[derive(Clone, Debug)]
pub struct Curve {
    /// `[iteration, mean of the steps since the last point]`.
    pub points: Vec<[f64; 2]>,
    /// `[iteration, moving average]`.
    pub smooth: Vec<[f64; 2]>,
    stride: u32,
    sum: f64,
    count: u32,
    average: Option<f64>,
}

impl Default for Curve {
    fn default() -> Self {
        Self { points: Vec::new(), smooth: Vec::new(), stride: 1, sum: 0.0, count: 0, average: None }
    }
}

impl Curve {
    /// Adds a step's value; values that are not finite are passed over.
    pub fn push(&mut self, iteration: u32, value: f64) {
        if !value.is_finite() {
            return;
        }
        // Short at first, so that the start is not dragged along.
        let memory = (self.points.len() as f64 / 3.0 + 1.0).min(SMOOTH_STEPS);
        let average = self.average.map_or(value, |old| old + (value - old) / memory);
        self.average = Some(average);
        self.sum += value;
        self.count += 1;
        if self.count >= self.stride {
            self.points.push([iteration as f64, self.sum / self.count as f64]);
            self.smooth.push([iteration as f64, average]);
            (self.sum, self.count) = (0.0, 0);
        }
        if self.points.len() >= MOST_POINTS {
            let merge = |pair: &[[f64; 2]]| [pair[1][0], 0.5 * (pair[0][1] + pair[1][1])];
            self.points = self.points.chunks_exact(2).map(merge).collect();
            self.smooth = self.smooth.chunks_exact(2).map(|pair| pair[1]).collect();
            self.stride *= 2;
        }
    }

    /// The moving average now.
    pub fn latest(&self) -> Option<f64> {
        self.average
    }
}

/// Everything a run has reported; sits beside its [`TrainingRun`](crate::TrainingRun).
#[derive(Component, Clone, Debug, Default)]
pub struct TrainingLog {
    /// Last step that has reported, from 1; 0 before.
    pub iteration: u32,
    /// Steps of the whole run; 0 while unknown.
    pub iterations: u32,
    /// Live Gaussians.
    pub gaussians: u32,
    /// Total loss.
    pub loss: Curve,
    /// PSNR of the training views, dB.
    pub psnr: Curve,
    /// Milliseconds of each stage, as last measured (moving average).
    pub stage_ms: Vec<(Stage, f64)>,
    /// GPU milliseconds of a step, as the pacing sees it.
    pub step_ms: Option<f64>,
    /// What was odd but survivable.
    pub warnings: Vec<String>,
    /// The last thing worth telling: saved to, failed because.
    pub notice: Option<String>,
    /// What was done to the classes after the last step.
    pub finish: Option<Finish>,
    recent: VecDeque<(Instant, u32)>,
}

impl TrainingLog {
    /// The log of a run that is about to begin.
    pub fn starting(iterations: u32, warnings: Vec<String>) -> Self {
        Self { iterations, warnings, ..Self::default() }
    }

    /// Takes a step's figures in.
    pub fn add(&mut self, report: &StepReport) {
        self.iteration = report.iteration;
        self.gaussians = report.gaussians;
        self.loss.push(report.iteration, report.loss as f64);
        self.psnr.push(report.iteration, report.psnr as f64);
        if let Some(times) = &report.stage_ms {
            self.add_times(times);
        }
        self.add_arrival(report.iteration, Instant::now());
    }

    fn add_times(&mut self, times: &[(Stage, f64)]) {
        for &(stage, ms) in times {
            match self.stage_ms.iter_mut().find(|(s, _)| *s == stage) {
                Some((_, old)) => *old = 0.6 * *old + 0.4 * ms,
                None => self.stage_ms.push((stage, ms)),
            }
        }
        self.stage_ms.sort_by_key(|(stage, _)| *stage);
    }

    fn add_arrival(&mut self, iteration: u32, now: Instant) {
        match self.recent.back_mut() {
            // Reports come in handfuls: one arrival each.
            Some(last) if now.duration_since(last.0) < SAME_MOMENT => last.1 = iteration,
            _ => self.recent.push_back((now, iteration)),
        }
        // The arrival before the window stays: slow steps are measured over more than one of them.
        while self.recent.len() > 2 && now.duration_since(self.recent[1].0) > SPEED_WINDOW {
            self.recent.pop_front();
        }
    }

    /// Forgets the speed: after a pause it would be wrong.
    pub fn restart_clock(&mut self) {
        self.recent.clear();
    }

    /// Steps per second over the last seconds.
    pub fn its_per_s(&self) -> Option<f64> {
        let (first, last) = (self.recent.front()?, self.recent.back()?);
        let seconds = last.0.duration_since(first.0).as_secs_f64();
        (seconds > 0.2).then(|| (last.1.saturating_sub(first.1)) as f64 / seconds)
    }

    /// Seconds to the end of the run at this speed.
    pub fn seconds_left(&self) -> Option<f64> {
        let speed = self.its_per_s().filter(|&s| s > 0.0)?;
        Some(self.iterations.saturating_sub(self.iteration) as f64 / speed)
    }

    /// Share of the run that is done, 0..=1.
    pub fn progress(&self) -> f32 {
        if self.iterations == 0 { 0.0 } else { (self.iteration as f32 / self.iterations as f32).min(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_stay_bounded_and_keep_their_shape() {
        let mut curve = Curve::default();
        (1..=30_000).for_each(|i| curve.push(i, 1.0 / (1.0 + i as f64 / 1000.0)));
        assert!(curve.points.len() < MOST_POINTS && curve.points.len() > MOST_POINTS / 4);
        assert!(curve.points.windows(2).all(|w| w[0][0] < w[1][0] && w[0][1] > w[1][1]));
        let [x, y] = curve.points[curve.points.len() / 2];
        assert!((y - 1.0 / (1.0 + x / 1000.0)).abs() < 0.01);
    }

    #[test]
    fn not_a_number_leaves_no_trace() {
        let mut curve = Curve::default();
        curve.push(1, f64::NAN);
        curve.push(2, 3.0);
        assert_eq!(curve.points, vec![[2.0, 3.0]]);
    }

    #[test]
    fn speed_and_time_left_follow_the_arrivals() {
        let mut log = TrainingLog { iterations: 100, ..Default::default() };
        let start = Instant::now();
        for i in 1..=21 {
            log.iteration = i;
            log.add_arrival(i, start + Duration::from_millis(100 * i as u64));
        }
        assert!((log.its_per_s().unwrap() - 10.0).abs() < 1e-6);
        assert!((log.seconds_left().unwrap() - 7.9).abs() < 1e-6);
    }
}
