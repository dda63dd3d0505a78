//! Masks as `.npy`: two-dimensional arrays of whole numbers.

use crate::IoError;
use npyz::{NpyFile, Order, TypeStr};
use splat_core::{IGNORE_ID, LabelImage};
use std::path::Path;

/// Decodes `[H, W]` (or `[1, H, W]`, `[H, W, 1]`) of u8, u16, i32, i64 and their relatives. Negative = no label.
pub(super) fn decode(path: &Path, bytes: &[u8]) -> Result<LabelImage, IoError> {
    let broken = |e: std::io::Error| IoError::bad(path, format!("cannot be read as npy: {e}; is the file truncated?"));
    let file = NpyFile::new(bytes).map_err(broken)?;
    let shape: Vec<u64> = match file.shape() {
        [1, h, w] | [h, w, 1] | [h, w] => vec![*h, *w],
        other => return Err(IoError::bad(path, format!("has shape {other:?}; height x width is needed"))),
    };
    let (h, w) = (shape[0], shape[1]);
    let pixels = h.checked_mul(w).filter(|&n| n > 0 && n <= bytes.len() as u64 && h.max(w) <= u32::MAX as u64);
    let pixels = pixels.ok_or_else(|| {
        IoError::bad(path, format!("promises {h} x {w} values but has {} bytes; is the file truncated?", bytes.len()))
    })? as usize;
    let fortran = file.order() == Order::Fortran;
    let dtype = file.dtype();
    let npyz::DType::Plain(kind) = &dtype else { return Err(wrong_type(path, &dtype.descr())) };
    let (values, ignore) = read_values(path, file, kind)?;
    let (h, w) = (h as usize, w as usize);
    let mut ids = Vec::with_capacity(pixels);
    for i in 0..pixels {
        let (y, x) = (i / w, i % w);
        let value = values[if fortran { x * h + y } else { i }];
        ids.push(match value {
            v if v < 0 || v == ignore || v == IGNORE_ID as i64 => IGNORE_ID,
            v => u16::try_from(v).map_err(|_| {
                IoError::bad_at(path, format_args!("pixel ({x}, {y})"), format!("class id {v} does not fit 16 bits"))
            })?,
        });
    }
    Ok(LabelImage { width: w as u32, height: h as u32, ids })
}

/// All values, and the one that means `no label` besides negative ones and 65535.
fn read_values(path: &Path, file: NpyFile<&[u8]>, kind: &TypeStr) -> Result<(Vec<i64>, i64), IoError> {
    macro_rules! values {
        ($t:ty) => {
            file.into_vec::<$t>().map(|v| v.into_iter().map(|n| n as i64).collect())
        };
    }
    let name = kind.to_string();
    let read = match &name[1..] {
        "u1" => values!(u8),
        "i1" => values!(i8),
        "u2" => values!(u16),
        "i2" => values!(i16),
        "u4" => values!(u32),
        "i4" => values!(i32),
        "i8" => values!(i64),
        _ => return Err(wrong_type(path, &name)),
    };
    let values = read.map_err(|e| IoError::bad(path, format!("cannot be read: {e}; is the file truncated?")))?;
    Ok((values, if &name[1..] == "u1" { 255 } else { -1 }))
}

fn wrong_type(path: &Path, name: &str) -> IoError {
    IoError::bad(path, format!("holds values of type {name}; class ids are whole numbers (u8, u16, i32, i64)"))
}
