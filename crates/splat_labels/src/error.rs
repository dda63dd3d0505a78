//! What can go wrong with labels. Every message names the file, and the row where there is one.

use splat_io::IoError;
use std::path::{Path, PathBuf};

/// Why labels could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// A file could not be read or written, or is not in its format.
    #[error(transparent)]
    Io(#[from] IoError),
    /// A file was read, but what it says cannot be used.
    #[error("{path}: {message}", path = .path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong and how to cure it.
        message: String,
    },
    /// A row of a text file cannot be used. Rows count from 1.
    #[error("{path}, row {row}: {message}", path = .path.display())]
    BadRow {
        /// The file.
        path: PathBuf,
        /// The row, from 1.
        row: usize,
        /// What is wrong and how to cure it.
        message: String,
    },
    /// Labels were asked of a mesh, but the capture has none.
    #[error(
        "{path}: has no annotated mesh (scans/mesh_aligned_0.05.ply, segments.json and segments_anno.json): \
         name a folder of masks, or `none`",
        path = .path.display()
    )]
    NoMesh {
        /// The capture's folder.
        path: PathBuf,
    },
    /// A label map was asked for labels that are no masks.
    #[error("label map {map}: maps the masks of a folder, but the labels come from `{labels}`: name a folder of masks")]
    NotMasks {
        /// The map.
        map: String,
        /// Where the labels come from.
        labels: String,
    },
}

impl LabelError {
    pub(crate) fn bad_file(path: &Path, message: impl Into<String>) -> Self {
        Self::BadFile { path: path.to_owned(), message: message.into() }
    }

    pub(crate) fn bad_row(path: &Path, row: usize, message: impl Into<String>) -> Self {
        Self::BadRow { path: path.to_owned(), row, message: message.into() }
    }

    /// True where the input is at fault (exit code 2), false where the machine is.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Io(error) => error.is_bad_input(),
            Self::BadFile { .. } | Self::BadRow { .. } | Self::NoMesh { .. } | Self::NotMasks { .. } => true,
        }
    }
}
