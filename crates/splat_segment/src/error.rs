//! What can go wrong with a network. Every message names the file and the cure.

use splat_io::IoError;
use std::path::{Path, PathBuf};

/// Why a photograph could not be segmented.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// A file could not be read or is not in its format.
    #[error(transparent)]
    Io(#[from] IoError),
    /// The network cannot be loaded, or does not do what its sidecar says.
    #[error("{path}: {message}", path = .path.display())]
    Network {
        /// The ONNX file or its sidecar.
        path: PathBuf,
        /// What is wrong and how to cure it.
        message: String,
    },
}

impl SegmentError {
    pub(crate) fn network(path: &Path, message: impl Into<String>) -> Self {
        Self::Network { path: path.to_owned(), message: message.into() }
    }

    /// True where the input is at fault (exit code 2), false where the machine is.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Io(error) => error.is_bad_input(),
            Self::Network { .. } => true,
        }
    }
}
