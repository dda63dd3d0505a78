//! What can go wrong when a room is made.

use splat_io::IoError;
use std::path::PathBuf;

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// The output folder holds something.
    #[error("{} is not empty: a room is only written into a new or empty folder; name another one", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A file or folder could not be written; the message names it.
    #[error(transparent)]
    Io(#[from] IoError),
    /// An image could not be encoded.
    #[error("{}: the image could not be encoded: {source}", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// What the encoder said.
        source: image::ImageError,
    },
    /// An option is out of range.
    #[error("{name} = {value} cannot be used: {cure}")]
    Option {
        /// Name of the option.
        name: &'static str,
        /// Its value.
        value: String,
        /// What is accepted.
        cure: &'static str,
    },
}

impl SynthError {
    /// True when the request is to blame (exit code 2), false for the machine's troubles: disk full, permissions (1).
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::NotEmpty { .. } | Self::Option { .. } => true,
            Self::Io(e) => e.is_bad_input(),
            Self::Encode { .. } => false,
        }
    }
}
