//! One error for every command: what is printed, and which exit code it ends with.

use splat_eval::EvalError;
use splat_gpu::GpuError;
use splat_io::IoError;
use splat_labels::LabelError;
use splat_segment::SegmentError;
use splat_synth::SynthError;
use splat_train::TrainError;

/// Why a command stopped.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Reading or writing files.
    #[error(transparent)]
    Io(#[from] IoError),
    /// Labels.
    #[error(transparent)]
    Labels(#[from] LabelError),
    /// Segmentation networks.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// Training and run folders.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// Evaluation.
    #[error(transparent)]
    Eval(#[from] EvalError),
    /// Making rooms.
    #[error(transparent)]
    Synth(#[from] SynthError),
    /// The GPU.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// Somebody asked a run to stop.
    #[error("stopped at step {iteration} of {iterations}, as asked")]
    Stopped {
        /// Steps done.
        iteration: u32,
        /// Steps to do.
        iterations: u32,
    },
    /// A run cannot go on now, but later.
    #[error("{cause}; the checkpoint of step {iteration} is kept: the same command with --resume goes on from there")]
    Resumable {
        /// Step of the checkpoint.
        iteration: u32,
        /// Why it stopped.
        cause: Box<CliError>,
    },
    /// Tasks of a plan are not done.
    #[error("not done: task {tasks}; `semsplat plan run` goes on with them")]
    TasksFailed {
        /// Their numbers.
        tasks: String,
    },
    /// A request that makes no sense.
    #[error("{0}")]
    BadInput(String),
}

impl CliError {
    /// Exit code: 2 where the input is at fault, 1 for the machine's troubles.
    pub fn exit_code(&self) -> u8 {
        if self.is_bad_input() { 2 } else { 1 }
    }

    fn is_bad_input(&self) -> bool {
        match self {
            Self::Io(e) => e.is_bad_input(),
            Self::Labels(e) => e.is_bad_input(),
            Self::Segment(e) => e.is_bad_input(),
            Self::Train(e) => e.is_bad_input(),
            Self::Eval(e) => e.is_bad_input(),
            Self::Synth(e) => e.is_bad_input(),
            Self::Gpu(_) | Self::Stopped { .. } | Self::TasksFailed { .. } => false,
            Self::Resumable { cause, .. } => cause.is_bad_input(),
            Self::BadInput(_) => true,
        }
    }

    /// The error and what caused it in one line, joined by colons; a cause that its error already quotes is not said twice.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let next = error.to_string();
            if !text.contains(&next) {
                text = format!("{text}: {next}");
            }
            cause = error.source();
        }
        // Some libraries end their messages in line breaks.
        text.replace('\n', " ").replace(" ;", ";").trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Error, ErrorKind};
    use std::path::Path;

    #[test]
    fn missing_files_are_bad_input_and_full_disks_are_not() {
        let missing: CliError = IoError::read(Path::new("a.ply"), Error::from(ErrorKind::NotFound)).into();
        let full: CliError = IoError::write(Path::new("a.ply"), Error::from(ErrorKind::StorageFull)).into();
        assert_eq!((missing.exit_code(), full.exit_code()), (2, 1));
        assert!(full.chain().contains("a.ply"));
    }

    #[test]
    fn a_chain_says_nothing_twice() {
        let error: CliError = IoError::write(Path::new("b"), Error::other("the cable is out")).into();
        assert_eq!(error.chain().matches("the cable is out").count(), 1);
    }
}
