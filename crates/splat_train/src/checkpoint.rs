//! Checkpoints: everything that a run needs to go on as if nothing had happened, as named sections of one file.
//!
//! ```text
//! "SPLATRUN"                        8 bytes
//! bytes of the header               u64
//! { format, sections: [{ name, bytes }] }   JSON
//! the sections' bytes, in this order; numbers are little-endian
//! CRC-32 of everything above        u32
//! ```
//!
//! Who has something to keep adds a [`Section`] and asks for it by name afterwards; the file knows nothing of what is in it.
//! It is written beside the target and renamed over it, so that the one before stays whole until the new one is.

use crate::error::TrainError;
use crc32fast::Hasher;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use splat_io::IoError;
use splat_io::files::write_atomic_with;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"SPLATRUN";
/// Counts up when an older program could no longer make sense of a file.
const FORMAT: u32 = 1;
/// Headers are short: a longer one is none.
const MOST_HEADER_BYTES: u64 = 1 << 24;
/// Magic, length of the header, checksum.
const FRAME_BYTES: u64 = 8 + 8 + 4;
const CURE: &str = "delete it, then --resume starts the run anew";

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    sections: Vec<SectionInfo>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SectionInfo {
    name: String,
    bytes: u64,
}

/// Takes bytes in.
pub type Sink<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), TrainError>;

type Fill<'a> = Box<dyn FnOnce(Sink) -> Result<(), TrainError> + 'a>;

/// One part of a checkpoint, to be written.
pub struct Section<'a> {
    name: String,
    bytes: u64,
    fill: Fill<'a>,
}

impl<'a> Section<'a> {
    /// A section of `bytes` bytes that `fill` produces bit by bit when the file is written.
    pub fn stream(name: impl Into<String>, bytes: u64, fill: impl FnOnce(Sink) -> Result<(), TrainError> + 'a) -> Self {
        Self { name: name.into(), bytes, fill: Box::new(fill) }
    }

    /// A section of bytes that are there already.
    pub fn bytes(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self::stream(name, bytes.len() as u64, move |sink| sink(&bytes))
    }

    /// A value as JSON, for what is small and wants names.
    pub fn json<T: Serialize>(name: &str, value: &T) -> Self {
        // A value of our own structs cannot fail to become JSON; an empty section would be noticed when it is read.
        Self::bytes(name, serde_json::to_vec(value).unwrap_or_default())
    }
}

/// Writes a checkpoint in one piece and returns its size in bytes. Where that fails, what was there stays.
pub fn write_checkpoint(path: &Path, sections: Vec<Section>) -> Result<u64, TrainError> {
    let infos = sections.iter().map(|s| SectionInfo { name: s.name.clone(), bytes: s.bytes }).collect();
    let header = serde_json::to_vec(&Header { format: FORMAT, sections: infos })
        .map_err(|e| IoError::bad(path, format!("cannot be written: {e}")))?;
    let (mut total, mut failure) = (0, None);
    let written = write_atomic_with(path, |out| {
        let mut out = Summed { out, sum: Hasher::new(), bytes: 0 };
        out.write(MAGIC)?;
        out.write(&(header.len() as u64).to_le_bytes())?;
        out.write(&header)?;
        for section in sections {
            let end = out.bytes + section.bytes;
            let filled = (section.fill)(&mut |bytes| Ok(out.write(bytes).map_err(|e| IoError::write(path, e))?));
            if let Err(e) = filled {
                failure = Some(e);
                return Err(std::io::Error::other("a section failed"));
            }
            if out.bytes != end {
                return Err(std::io::Error::other(format!("section {} has not the length it said", section.name)));
            }
        }
        let sum = out.sum.clone().finalize();
        out.write(&sum.to_le_bytes())?;
        total = out.bytes;
        Ok(())
    });
    match failure {
        Some(failure) => Err(failure),
        None => Ok(written.map(|()| total)?),
    }
}

/// Counts and sums what passes.
struct Summed<'a> {
    out: &'a mut dyn Write,
    sum: Hasher,
    bytes: u64,
}

impl Summed<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.sum.update(bytes);
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes)
    }
}

/// A checkpoint that was found whole.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    file: File,
    /// Sections and where in the file they begin.
    sections: Vec<(SectionInfo, u64)>,
}

impl Checkpoint {
    /// Opens a checkpoint and checks it to the last byte. `None` where there is no such file.
    pub fn open(path: &Path) -> Result<Option<Self>, TrainError> {
        let file = match File::open(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(|e| IoError::read(path, e))?,
        };
        let damaged = |what: &str| IoError::bad(path, format!("{what}; {CURE}"));
        let length = file.metadata().map_err(|e| IoError::read(path, e))?.len();
        let (mut start, mut header_bytes) = ([0; 8], [0; 8]);
        let mut reader = BufReader::with_capacity(1 << 20, &file);
        let short = |_| damaged("the checkpoint is cut short");
        reader.read_exact(&mut start).map_err(short)?;
        if &start != MAGIC {
            return Err(damaged("is no checkpoint").into());
        }
        reader.read_exact(&mut header_bytes).map_err(short)?;
        let header_bytes = u64::from_le_bytes(header_bytes);
        if header_bytes > MOST_HEADER_BYTES {
            return Err(damaged("the checkpoint is damaged: its header makes no sense").into());
        }
        let mut header = vec![0; header_bytes as usize];
        reader.read_exact(&mut header).map_err(short)?;
        check_sum(&file, length).map_err(|e| match e {
            Some(e) => IoError::read(path, e),
            None => damaged("the checkpoint is damaged or cut short: its checksum is wrong"),
        })?;
        let header: Header = serde_json::from_slice(&header)
            .map_err(|e| damaged(&format!("the checkpoint's header cannot be understood ({e})")))?;
        if header.format != FORMAT {
            let other = format!("the checkpoint is of format {}, this program knows format {FORMAT}", header.format);
            return Err(damaged(&format!("{other}: go on with the version that wrote it, or")).into());
        }
        let mut at = 16 + header_bytes;
        let mut sections = Vec::new();
        for info in header.sections {
            let begin = at;
            at = at.saturating_add(info.bytes);
            sections.push((info, begin));
        }
        if at != length - 4 {
            return Err(damaged("the checkpoint's sections have not the length of the file").into());
        }
        Ok(Some(Self { path: path.to_owned(), file, sections }))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// An error that names the file, what is wrong with it and the cure.
    pub fn unfit(&self, what: &str) -> TrainError {
        IoError::bad(&self.path, format!("{what}; {CURE}")).into()
    }

    /// True where there is a section of this name.
    pub fn has(&self, name: &str) -> bool {
        self.sections.iter().any(|(s, _)| s.name == name)
    }

    /// A section's bytes, to be read bit by bit. Readers share the file: one at a time.
    pub fn reader(&self, name: &str) -> Result<SectionReader<'_>, TrainError> {
        let found = self.sections.iter().find(|(s, _)| s.name == name);
        let (info, at) = found.ok_or_else(|| self.unfit(&format!("the checkpoint lacks the section `{name}`")))?;
        let mut file = &self.file;
        file.seek(SeekFrom::Start(*at)).map_err(|e| IoError::read(&self.path, e))?;
        Ok(SectionReader { of: self, name: info.name.clone(), left: info.bytes })
    }

    /// A whole section.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, TrainError> {
        let mut reader = self.reader(name)?;
        let mut bytes = vec![0; reader.left as usize];
        reader.read(&mut bytes)?;
        Ok(bytes)
    }

    /// A section that holds a value as JSON.
    pub fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T, TrainError> {
        let bytes = self.bytes(name)?;
        serde_json::from_slice(&bytes)
            .map_err(|e| self.unfit(&format!("the checkpoint's section `{name}` is of another version ({e})")))
    }
}

/// Reads one section.
pub struct SectionReader<'a> {
    of: &'a Checkpoint,
    name: String,
    left: u64,
}

impl SectionReader<'_> {
    /// Bytes not read yet.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Fills `bytes` with what comes next.
    pub fn read(&mut self, bytes: &mut [u8]) -> Result<(), TrainError> {
        if bytes.len() as u64 > self.left {
            return Err(self.of.unfit(&format!("the checkpoint's section `{}` is too short", self.name)));
        }
        self.left -= bytes.len() as u64;
        let mut file = &self.of.file;
        Ok(file.read_exact(bytes).map_err(|e| IoError::read(&self.of.path, e))?)
    }
}

/// Compares the checksum at the end with that of what stands before it; `Err(None)` where they differ.
fn check_sum(mut file: &File, length: u64) -> Result<(), Option<std::io::Error>> {
    file.seek(SeekFrom::Start(0))?;
    let mut sum = Hasher::new();
    let mut left = length.checked_sub(FRAME_BYTES).ok_or(None)? + FRAME_BYTES - 4;
    let mut piece = vec![0; 1 << 20];
    while left > 0 {
        let n = left.min(piece.len() as u64) as usize;
        file.read_exact(&mut piece[..n])?;
        sum.update(&piece[..n]);
        left -= n as u64;
    }
    let mut said = [0; 4];
    file.read_exact(&mut said)?;
    if sum.finalize() == u32::from_le_bytes(said) { Ok(()) } else { Err(None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections() -> Vec<Section<'static>> {
        let stream = Section::stream("rows", 6, |sink| {
            sink(&[1, 2, 3])?;
            sink(&[4, 5, 6])
        });
        vec![Section::json("state", &[7u32, 8]), stream, Section::bytes("nothing", Vec::new())]
    }

    #[test]
    fn sections_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("checkpoint.bin");
        assert!(Checkpoint::open(&path).unwrap().is_none());
        let bytes = write_checkpoint(&path, sections()).unwrap();
        assert_eq!(bytes, std::fs::metadata(&path).unwrap().len());
        let checkpoint = Checkpoint::open(&path).unwrap().unwrap();
        assert_eq!(checkpoint.bytes("rows").unwrap(), [1, 2, 3, 4, 5, 6]);
        assert_eq!(checkpoint.json::<Vec<u32>>("state").unwrap(), [7, 8]);
        assert!(checkpoint.has("nothing") && checkpoint.bytes("nothing").unwrap().is_empty());
        let lacks = checkpoint.bytes("poses").unwrap_err();
        assert!(lacks.is_bad_input() && lacks.to_string().contains("`poses`"), "{lacks}");
    }

    #[test]
    fn whatever_is_damaged_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("checkpoint.bin");
        write_checkpoint(&path, sections()).unwrap();
        let whole = std::fs::read(&path).unwrap();
        let flipped = |at: usize| {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x40;
            bytes
        };
        let cut = (0..whole.len()).map(|n| whole[..n].to_vec());
        let mut damages: Vec<Vec<u8>> = (0..whole.len()).map(flipped).chain(cut).collect();
        damages.push([&whole[..], &[0]].concat());
        for bytes in damages {
            std::fs::write(&path, bytes).unwrap();
            let error = Checkpoint::open(&path).unwrap_err();
            let text = error.to_string();
            assert!(error.is_bad_input() && text.contains("checkpoint.bin") && text.contains("--resume"), "{text}");
        }
    }

    #[test]
    fn a_failure_leaves_the_one_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("checkpoint.bin");
        write_checkpoint(&path, sections()).unwrap();
        let failing = |_: Sink| Err(splat_gpu::GpuError::Lost("pulled out".to_owned()).into());
        let error = write_checkpoint(&path, vec![Section::stream("rows", 3, failing)]).unwrap_err();
        assert!(error.to_string().contains("pulled out"), "{error}");
        assert!(write_checkpoint(&path, vec![Section::stream("rows", 3, |sink| sink(&[1]))]).is_err());
        assert_eq!(Checkpoint::open(&path).unwrap().unwrap().bytes("rows").unwrap().len(), 6);
        assert_eq!(dir.path().read_dir().unwrap().count(), 1, "no temporary file is left");
    }
}
