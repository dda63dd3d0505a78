//! COLMAP's binary files: packed little-endian records behind a count.

use super::{CameraRecord, ImageRecord, image_record, model};
use crate::IoError;
use glam::DVec3;
use splat_core::SparsePoint;
use std::path::Path;

/// Reads from the front of a file, never past its end.
struct Cursor<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], IoError> {
        let taken = self.at.checked_add(n).and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| {
            IoError::bad_at(
                self.path,
                format_args!("byte {}", self.at),
                "the file ends inside a record; is it truncated?",
            )
        })?;
        self.at += n;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], IoError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn u32(&mut self) -> Result<u32, IoError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, IoError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn f64s<const N: usize>(&mut self) -> Result<[f64; N], IoError> {
        let mut values = [0.0; N];
        for v in &mut values {
            *v = f64::from_le_bytes(self.array()?);
        }
        Ok(values)
    }

    /// A record count, held against the bytes that are left.
    fn count(&mut self, min_record: usize, what: &str) -> Result<usize, IoError> {
        let n = self.u64()?;
        let left = (self.bytes.len() - self.at) as u64;
        if n > left / min_record as u64 {
            let message = format!("promises {n} {what}, but only {left} bytes follow; is the file truncated?");
            return Err(IoError::bad_at(self.path, format_args!("byte {}", self.at - 8), message));
        }
        Ok(n as usize)
    }

    fn text(&mut self) -> Result<String, IoError> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|&b| b == 0).ok_or_else(|| {
            IoError::bad_at(self.path, format_args!("byte {}", self.at), "a name does not end; is the file truncated?")
        })?;
        let text = String::from_utf8_lossy(&rest[..end]).into_owned();
        self.at += end + 1;
        Ok(text)
    }
}

/// Reads a file and turns each record into a value.
fn records<T>(
    path: &Path,
    min_record: usize,
    what: &str,
    mut one: impl FnMut(&mut Cursor) -> Result<T, IoError>,
) -> Result<Vec<T>, IoError> {
    let bytes = crate::read_bytes(path)?;
    let mut cursor = Cursor { path, bytes: &bytes, at: 0 };
    let n = cursor.count(min_record, what)?;
    (0..n).map(|_| one(&mut cursor)).collect()
}

/// cameras.bin: `u64 n`, then `i32 id, i32 model, u64 w, u64 h, f64 params[]`.
pub(super) fn cameras(path: &Path) -> Result<Vec<CameraRecord>, IoError> {
    records(path, 24, "cameras", |c| {
        let (id, model_id) = (c.u32()?, c.u32()?);
        let model = model::MODELS.get(model_id as usize).ok_or_else(|| {
            IoError::bad_at(path, format_args!("camera {id}"), format!("unknown camera model {model_id}"))
        })?;
        let (width, height) = (c.u64()?, c.u64()?);
        let params = (0..model.params).map(|_| c.f64s::<1>().map(|v| v[0])).collect::<Result<_, _>>()?;
        Ok(CameraRecord { id, model, width, height, params })
    })
}

/// images.bin: `u64 n`, then `i32 id, f64 qvec[4], f64 tvec[3], i32 camera, name\0, u64 m, m x (f64 x, f64 y, i64 point)`.
pub(super) fn images(path: &Path) -> Result<Vec<ImageRecord>, IoError> {
    records(path, 73, "images", |c| {
        c.u32()?;
        let (q, t) = (c.f64s::<4>()?, c.f64s::<3>()?);
        let (camera, name) = (c.u32()?, c.text()?);
        let observations = c.count(24, "observations")?;
        c.take(24 * observations)?;
        image_record(path, name, camera, q, t)
    })
}

/// points3D.bin: `u64 n`, then `u64 id, f64 xyz[3], u8 rgb[3], f64 error, u64 m, m x (i32 image, i32 idx)`.
pub(super) fn points(path: &Path) -> Result<Vec<SparsePoint>, IoError> {
    records(path, 51, "points", |c| {
        c.u64()?;
        let position = DVec3::from_array(c.f64s::<3>()?).as_vec3();
        let rgb = c.array::<3>()?;
        c.f64s::<1>()?;
        let track = c.count(8, "observations")?;
        c.take(8 * track)?;
        Ok(SparsePoint { position, rgb })
    })
}
