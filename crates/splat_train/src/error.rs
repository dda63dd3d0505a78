//! What can go wrong in training.

use splat_gpu::GpuError;
use splat_io::IoError;
use splat_labels::LabelError;
use std::path::PathBuf;

/// Errors of preparation, training and run folders.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// Reading or writing.
    #[error(transparent)]
    Io(#[from] IoError),
    /// Labels.
    #[error(transparent)]
    Labels(#[from] LabelError),
    /// The GPU.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// Settings that cannot be had together; says which and the cure.
    #[error("{0}")]
    Settings(String),
    /// The capture cannot be trained on.
    #[error("{path}: {message}")]
    Capture {
        /// Capture folder.
        path: PathBuf,
        /// What is wrong and what to do.
        message: String,
    },
    /// The run does not fit into the memory that it may have.
    #[error("{message}")]
    Memory {
        /// What it needs and what to do.
        message: String,
    },
    /// The run folder holds something already, or lacks something.
    #[error("{path}: {message}")]
    Run {
        /// Run folder or file.
        path: PathBuf,
        /// What is wrong and what to do.
        message: String,
    },
}

impl TrainError {
    /// True where the user's input is at fault (exit code 2), false for the machine's.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Io(e) => e.is_bad_input(),
            Self::Labels(e) => e.is_bad_input(),
            Self::Gpu(_) => false,
            Self::Settings(_) | Self::Capture { .. } | Self::Memory { .. } | Self::Run { .. } => true,
        }
    }
}
