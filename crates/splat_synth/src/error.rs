//! What can go wrong when a room is made.

use std::path::PathBuf;

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// The output folder holds something.
    #[error("{path} is not empty: a room is only written into a new or empty folder; name another one")]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// An image could not be encoded.
    #[error("{path}: the image could not be encoded: {source}")]
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
