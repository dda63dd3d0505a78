//! When a run writes a checkpoint, and what is said of it when the run cannot go on.

use crate::error::CliError;
use splat_train::{RunFolder, Section, write_checkpoint};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Without being told, a run writes a checkpoint when this much time has passed since the last ...
const QUIET_TIME: Duration = Duration::from_secs(120);
/// ... and this many times what the last one took: saving costs a hundredth of the time at most.
const COST_FACTOR: u32 = 100;

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cadence {
    /// As seldom as costs next to nothing.
    ByTime,
    /// Every n-th step.
    Steps(u32),
    /// Only when the run is stopped.
    WhenStopped,
}

impl Cadence {
    /// What `--checkpoint-every` says.
    pub fn of(steps: Option<u32>) -> Self {
        match steps {
            None => Self::ByTime,
            Some(0) => Self::WhenStopped,
            Some(n) => Self::Steps(n),
        }
    }
}

/// Writes the checkpoints of a run.
pub struct Keeper {
    path: PathBuf,
    cadence: Cadence,
    /// Step of the last checkpoint on disk.
    kept: Option<u32>,
    since: Instant,
    cost: Duration,
}

impl Keeper {
    /// For a run that starts now, or goes on after a step.
    pub fn new(run: &RunFolder, cadence: Cadence, from: Option<u32>) -> Self {
        Self { path: run.checkpoint_path(), cadence, kept: from, since: Instant::now(), cost: Duration::ZERO }
    }

    /// True where one should be written as soon as this step has reported.
    pub fn is_due(&self, iteration: u32) -> bool {
        let is_new = iteration > 0 && self.kept != Some(iteration);
        is_new
            && match self.cadence {
                Cadence::ByTime => self.since.elapsed() >= QUIET_TIME.max(COST_FACTOR * self.cost),
                Cadence::Steps(n) => iteration.is_multiple_of(n),
                Cadence::WhenStopped => false,
            }
    }

    /// Writes a checkpoint of a step.
    pub fn write(&mut self, iteration: u32, sections: Vec<Section>) -> Result<(), CliError> {
        let started = Instant::now();
        write_checkpoint(&self.path, sections)?;
        (self.kept, self.since, self.cost) = (Some(iteration), Instant::now(), started.elapsed());
        Ok(())
    }

    /// Adds to an error what is left of the run.
    pub fn explain(&self, error: CliError) -> CliError {
        match self.kept {
            Some(iteration) => CliError::Resumable { iteration, cause: Box::new(error) },
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeper(cadence: Cadence) -> Keeper {
        Keeper::new(&RunFolder { path: "run".into() }, cadence, None)
    }

    #[test]
    fn steps_are_counted_and_no_step_is_kept_twice() {
        let mut keeper = keeper(Cadence::of(Some(20)));
        assert_eq!((0..=60).filter(|&i| keeper.is_due(i)).collect::<Vec<_>>(), [20, 40, 60]);
        keeper.kept = Some(40);
        assert!(!keeper.is_due(40) && keeper.is_due(60));
        assert!(!super::tests::keeper(Cadence::of(Some(0))).is_due(1_000));
    }

    #[test]
    fn time_passes_between_checkpoints_that_nobody_asked_for() {
        let mut keeper = keeper(Cadence::of(None));
        let ago = |seconds| Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap_or_else(Instant::now);
        assert!(!keeper.is_due(5));
        keeper.since = ago(121);
        assert!(keeper.is_due(5));
        keeper.cost = Duration::from_secs(2);
        assert!(!keeper.is_due(5), "a checkpoint of two seconds every two minutes is too much");
        keeper.since = ago(201);
        assert!(keeper.is_due(5));
    }
}
