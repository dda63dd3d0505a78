//! How many steps a frame may record: training gets so many milliseconds of GPU time per frame, on average.

use bevy::prelude::Resource;
use std::time::Instant;

/// GPU time that training may take.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct TrainingBudget {
    /// Milliseconds per frame, on average, 0.. ; 12 leaves a fast GPU fluent. Where one step takes longer than this, a
    /// step is recorded every few frames only. Raising it trains faster and shows fewer frames.
    pub ms_per_frame: f64,
    /// Most steps recorded in one frame, 1.. ; a bound on the length of command buffers.
    pub steps_per_frame: u32,
}

impl Default for TrainingBudget {
    fn default() -> Self {
        Self { ms_per_frame: 12.0, steps_per_frame: 16 }
    }
}

/// Spends a [`TrainingBudget`]: frames earn milliseconds, steps cost what steps were measured to cost.
#[derive(Clone, Debug, Default)]
pub struct Pacer {
    credit_ms: f64,
    /// Moving average of a step's time.
    step_ms: Option<f64>,
    recorded_this_frame: u32,
    /// When the oldest step that has not reported was submitted, and how many were then in flight.
    submitted: Option<(Instant, usize)>,
}

impl Pacer {
    /// A frame begins.
    pub fn begin_frame(&mut self, budget: &TrainingBudget) {
        self.recorded_this_frame = 0;
        // Credit is not saved up beyond the next step: a pause must not be followed by a burst.
        let most = budget.ms_per_frame + self.step_ms.unwrap_or(0.0);
        self.credit_ms = (self.credit_ms + budget.ms_per_frame).min(most);
    }

    /// Whether another step may be recorded now, with so many in flight.
    pub fn may_step(&self, budget: &TrainingBudget, in_flight: usize) -> bool {
        if self.recorded_this_frame >= budget.steps_per_frame {
            return false;
        }
        let Some(step_ms) = self.step_ms else {
            // Nothing is known yet: one step at a time until the first has been measured.
            return in_flight == 0;
        };
        // Two frames' worth on the way, so that the GPU never starves and the picture never lags far behind.
        let queued_ms = in_flight as f64 * step_ms;
        self.credit_ms >= step_ms && queued_ms < 2.0 * budget.ms_per_frame.max(step_ms)
    }

    /// A step was recorded.
    pub fn spend(&mut self) {
        self.recorded_this_frame += 1;
        self.credit_ms -= self.step_ms.unwrap_or(self.credit_ms);
    }

    /// What this frame recorded was submitted; `in_flight` recordings have not reported.
    pub fn submitted(&mut self, in_flight: usize) {
        if self.recorded_this_frame > 0 && self.submitted.is_none() {
            self.submitted = Some((Instant::now(), in_flight));
        }
    }

    /// Reports of so many steps have arrived: `timed_ms` is the GPU time of one step where it was measured.
    pub fn reported(&mut self, steps: usize, timed_ms: Option<f64>) {
        if steps == 0 {
            return;
        }
        let waited = self.submitted.take().map(|(since, n)| since.elapsed().as_secs_f64() * 1e3 / n.max(1) as f64);
        // Waiting time holds the frame's own work and up to a frame of delay: an upper bound, good until a timed step comes.
        match (timed_ms, waited, self.step_ms) {
            (Some(ms), _, None) => self.step_ms = Some(ms),
            (Some(ms), _, Some(old)) => self.step_ms = Some(0.6 * old + 0.4 * ms),
            (None, Some(ms), None) => self.step_ms = Some(ms),
            (None, Some(ms), Some(old)) => self.step_ms = Some(old.min(ms)),
            (None, None, _) => {}
        }
    }

    /// Nothing is in flight any more: whatever was waited for has landed.
    pub fn landed(&mut self) {
        self.submitted = None;
    }

    /// Milliseconds that a step takes, as far as known.
    pub fn step_ms(&self) -> Option<f64> {
        self.step_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(budget_ms: f64, step_ms: f64, frames: u32) -> Vec<u32> {
        let budget = TrainingBudget { ms_per_frame: budget_ms, ..Default::default() };
        let mut pacer = Pacer::default();
        pacer.reported(1, Some(step_ms));
        let one = |_| {
            pacer.begin_frame(&budget);
            let mut n = 0;
            while pacer.may_step(&budget, n) {
                pacer.spend();
                n += 1;
            }
            n as u32
        };
        (0..frames).map(one).collect()
    }

    #[test]
    fn fast_steps_fill_the_budget() {
        let counts = steps(12.0, 3.0, 20);
        assert!(counts[2..].iter().all(|&n| n == 4), "{counts:?}");
    }

    #[test]
    fn slow_steps_come_every_few_frames_and_keep_the_average() {
        let counts = steps(100.0, 450.0, 90);
        assert!(counts.iter().all(|&n| n <= 1), "{counts:?}");
        assert!((18..=20).contains(&counts.iter().sum::<u32>()), "{counts:?}");
    }

    #[test]
    fn nothing_is_known_at_first_so_one_step_flies_alone() {
        let budget = TrainingBudget::default();
        let mut pacer = Pacer::default();
        pacer.begin_frame(&budget);
        assert!(pacer.may_step(&budget, 0) && !pacer.may_step(&budget, 1));
    }

    #[test]
    fn a_zero_budget_records_nothing_once_a_step_is_known() {
        assert_eq!(steps(0.0, 5.0, 10).iter().sum::<u32>(), 0);
    }
}
