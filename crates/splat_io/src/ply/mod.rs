//! The PLY container: header, and rows in ascii or binary of either byte order.
//!
//! Counts in a header are claims: they are held against the file's length before anything is allocated or looped over.

mod header;
mod rows;

pub use header::{Element, Encoding, Header, Kind, Property, Scalar};
pub use rows::Row;

use crate::IoError;
use crate::files::read_bytes;
use std::path::{Path, PathBuf};

/// A PLY file in memory.
pub struct PlyFile {
    path: PathBuf,
    /// What the header says.
    pub header: Header,
    bytes: Vec<u8>,
}

impl PlyFile {
    /// Reads a file and its header; the rows are decoded by [`PlyFile::visit`].
    pub fn open(path: &Path) -> Result<Self, IoError> {
        Self::parse(path, read_bytes(path)?)
    }

    /// Takes a file that is in memory already; messages call it `path`.
    pub fn parse(path: &Path, bytes: Vec<u8>) -> Result<Self, IoError> {
        let header = Header::parse(path, &bytes)?;
        Ok(Self { path: path.to_owned(), header, bytes })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// An element by name.
    pub fn element(&self, name: &str) -> Result<&Element, IoError> {
        let found = self.header.elements.iter().find(|e| e.name == name);
        found.ok_or_else(|| IoError::bad(&self.path, format!("has no element `{name}`")))
    }

    /// Index of a scalar property of an element.
    pub fn scalar(&self, element: &Element, name: &str) -> Result<usize, IoError> {
        element.scalar_index(name).ok_or_else(|| {
            IoError::bad(&self.path, format!("element `{}` has no number property `{name}`", element.name))
        })
    }

    /// Calls `each(row number, row)` for every row of the named element; rows of elements before it are passed over.
    pub fn visit(&self, element: &str, each: impl FnMut(usize, &Row) -> Result<(), IoError>) -> Result<(), IoError> {
        let target = self.element(element)?;
        match self.header.encoding {
            Encoding::Ascii => rows::visit_ascii(self, target, each),
            Encoding::LittleEndian => rows::visit_binary::<false>(self, target, each),
            Encoding::BigEndian => rows::visit_binary::<true>(self, target, each),
        }
    }

    fn body(&self) -> &[u8] {
        &self.bytes[self.header.body_offset..]
    }
}
