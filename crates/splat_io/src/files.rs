//! Whole files in and out. Writing goes through a temporary file beside the target, so that a full disk or a killed
//! process never leaves half a file or loses an earlier one.

use crate::IoError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{BufWriter, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// Reads a whole file.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, IoError> {
    std::fs::read(path).map_err(|e| IoError::read(path, e))
}

/// Reads a whole file as UTF-8 text; a byte order mark is dropped.
pub fn read_text(path: &Path) -> Result<String, IoError> {
    let text = String::from_utf8(read_bytes(path)?).map_err(|e| {
        let line = 1 + e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|&&b| b == b'\n').count();
        IoError::bad_at(path, format_args!("line {line}"), "is not UTF-8 text")
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// Reads a JSON file; errors name line and column.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, IoError> {
    let text = read_text(path)?;
    serde_json::from_str(&text).map_err(|e| {
        let kind = if e.is_data() { "does not hold what it should" } else { "is not valid JSON" };
        let reason = e.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default();
        IoError::bad_at(path, format_args!("line {}, column {}", e.line(), e.column()), format!("{kind}: {reason}"))
    })
}

/// Writes a value as indented JSON, in one piece.
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), IoError> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|e| IoError::bad(path, e.to_string()))?;
    text.push(b'\n');
    write_atomic(path, &text)
}

/// Writes a file in one piece: temporary file in the same folder, synced to disk, renamed over the target.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), IoError> {
    write_atomic_with(path, |out| out.write_all(bytes))
}

/// Like [`write_atomic`] for content that is produced bit by bit.
pub fn write_atomic_with(path: &Path, fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<(), IoError> {
    let failed = |e| IoError::write(path, e);
    let mut file = temporary_beside(path)?;
    let mut out = BufWriter::with_capacity(1 << 20, file.as_file_mut());
    fill(&mut out).map_err(failed)?;
    out.flush().map_err(failed)?;
    drop(out);
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|e| IoError::write(path, e.error))?;
    Ok(())
}

/// An empty temporary file in the folder of `path`, to be renamed over it.
pub(crate) fn temporary_beside(path: &Path) -> Result<NamedTempFile, IoError> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(".part");
    // A temporary file is private by default; what it becomes should be as readable as any other file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map_err(|e| IoError::write(path, e))
}
