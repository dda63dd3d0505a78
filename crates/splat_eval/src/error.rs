//! What can go wrong when scores are computed, drawn or written.

use splat_io::IoError;
use std::path::{Path, PathBuf};

/// Why an evaluation failed.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A file could not be read or written.
    #[error(transparent)]
    Io(#[from] IoError),
    /// Two pictures that must be compared pixel by pixel differ in size.
    #[error("cannot compare a {a_width} x {a_height} picture with a {b_width} x {b_height} one: load both at one size",
        a_width = .a.0, a_height = .a.1, b_width = .b.0, b_height = .b.1)]
    Sizes {
        /// Width and height of the first.
        a: (u32, u32),
        /// Width and height of the second.
        b: (u32, u32),
    },
    /// A picture is smaller than what a network needs.
    #[error("a {width} x {height} picture is too small for {network}, which needs {least} pixels a side", width = .size.0,
        height = .size.1)]
    TooSmall {
        /// Width and height.
        size: (u32, u32),
        /// Least side.
        least: u32,
        /// The network.
        network: &'static str,
    },
    /// A row of a text file cannot be used. Rows count from 1.
    #[error("{path}, row {row}: {message}", path = .path.display())]
    BadRow {
        /// The file.
        path: PathBuf,
        /// The row, from 1.
        row: usize,
        /// What is wrong.
        message: String,
    },
    /// A picture or plot could not be drawn or encoded.
    #[error("{path}: {message}", path = .path.display())]
    Drawing {
        /// The file that would have been written.
        path: PathBuf,
        /// What went wrong.
        message: String,
    },
}

impl EvalError {
    pub(crate) fn drawing(path: &Path, cause: impl std::fmt::Display) -> Self {
        Self::Drawing { path: path.to_owned(), message: format!("cannot be drawn: {cause}") }
    }

    /// Fails unless both sizes are the same.
    pub(crate) fn same_size(a: (u32, u32), b: (u32, u32)) -> Result<(), Self> {
        if a == b { Ok(()) } else { Err(Self::Sizes { a, b }) }
    }

    /// True where the input is at fault (exit code 2), false where the machine is.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Io(error) => error.is_bad_input(),
            Self::Sizes { .. } | Self::TooSmall { .. } | Self::BadRow { .. } => true,
            Self::Drawing { .. } => false,
        }
    }
}
