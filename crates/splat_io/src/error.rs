//! What can go wrong with files. Every message names the file and, where there is one, the line or row.

use std::io;
use std::path::{Path, PathBuf};

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IoError {
    /// A file or folder that is needed is not there.
    #[error("{path}: not found: {what}", path = path.display())]
    NotFound {
        /// The missing file or folder.
        path: PathBuf,
        /// What it would have been good for, and the cure.
        what: String,
    },
    /// The content of a file is not what it should be.
    #[error("{path}{place}: {message}", path = path.display())]
    Bad {
        /// The file.
        path: PathBuf,
        /// Where in it, as `, line 3` or `, row 17`; empty where there is no such place.
        place: String,
        /// What is wrong, and the cure.
        message: String,
    },
    /// An option has a value that makes no sense.
    #[error("{option}: {message}")]
    Option {
        /// The option's name.
        option: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// The operating system could not read a file.
    #[error("{path}: cannot be read: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The operating system could not write a file.
    #[error("{path}: cannot be written: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// No room is left. What was at this path before is still there, whole.
    #[error("{path}: the disk is full; free some space and run again (an earlier version of this file is untouched)", path = path.display())]
    DiskFull {
        /// The file that found no room.
        path: PathBuf,
    },
}

impl IoError {
    /// True when the input is to blame (exit code 2), false for the machine's troubles: disk full, permissions (1).
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::NotFound { .. } | Self::Bad { .. } | Self::Option { .. } => true,
            Self::Read { .. } | Self::Write { .. } | Self::DiskFull { .. } => false,
        }
    }

    /// Bad content without a particular place.
    pub fn bad(path: &Path, message: impl Into<String>) -> Self {
        Self::Bad { path: path.to_owned(), place: String::new(), message: message.into() }
    }

    /// Bad content at a place such as `line 3` or `vertex 17`.
    pub fn bad_at(path: &Path, place: impl std::fmt::Display, message: impl Into<String>) -> Self {
        Self::Bad { path: path.to_owned(), place: format!(", {place}"), message: message.into() }
    }

    /// Something that is needed and not there.
    pub fn not_found(path: &Path, what: impl Into<String>) -> Self {
        Self::NotFound { path: path.to_owned(), what: what.into() }
    }

    /// A failed read; a missing file or a folder in a file's place is bad input.
    pub fn read(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::not_found(path, "no such file or folder"),
            io::ErrorKind::IsADirectory => Self::bad(path, "is a folder, a file is needed"),
            io::ErrorKind::NotADirectory => Self::bad(path, "is a file, a folder is needed"),
            io::ErrorKind::InvalidData => Self::bad(path, source.to_string()),
            io::ErrorKind::UnexpectedEof => Self::bad(path, "the file ends too early; is it truncated?"),
            _ => Self::Read { path: path.to_owned(), source },
        }
    }

    /// A failed write; a full disk or an exhausted quota gets its own message.
    pub fn write(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path: path.to_owned() },
            _ => Self::Write { path: path.to_owned(), source },
        }
    }
}
