//! What every Gaussian is, as NumPy arrays, for programs that want labels and no splats.

use crate::IoError;
use crate::files::{write_atomic_with, write_json};
use npyz::WriterBuilder;
use serde::Serialize;
use splat_core::occupancy::{FREE, OccupancyGrid, UNCLASSED};
use splat_core::{ClassInfo, Cloud, IGNORE_ID, LabelSet};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes `labels.npy` (`[N]` u16 vocabulary ids, 65535 = none), `confidence.npy` (`[N]` f32, probability of that class) and
/// `probabilities.npy` (`[N, C]` f32, columns in the order of the cloud's classes) into a folder; returns the files.
///
/// # Errors
/// Columns of different length, a full disk.
pub fn write_arrays(folder: &Path, cloud: &Cloud) -> Result<Vec<PathBuf>, IoError> {
    cloud.check_shape().map_err(|e| IoError::bad(folder, format!("cannot be written: {e}")))?;
    let (n, c) = (cloud.len(), cloud.class_count());
    let winners: Vec<Option<(usize, f32)>> = (0..n).map(|row| cloud.row_class(row)).collect();
    let labels = winners.iter().map(|w| w.map_or(IGNORE_ID, |(column, _)| cloud.classes.id(column)));
    let confidence = winners.iter().map(|w| w.map_or(0.0, |(_, p)| p));
    let probabilities = (0..n).flat_map(|row| cloud.row_probabilities(row));
    Ok(vec![
        write_array(&folder.join("labels.npy"), &[n as u64], labels)?,
        write_array(&folder.join("confidence.npy"), &[n as u64], confidence)?,
        write_array(&folder.join("probabilities.npy"), &[n as u64, c as u64], probabilities)?,
    ])
}

/// Writes `[N, width]` f32 values of rows.
///
/// # Errors
/// A full disk.
pub fn write_rows(path: &Path, values: &[f32], width: usize) -> Result<(), IoError> {
    let shape = [(values.len() / width.max(1)) as u64, width as u64];
    write_array(path, &shape, values.iter().copied()).map(|_| ())
}

/// What `occupancy.json` says.
#[derive(Serialize)]
struct GridInfo<'a> {
    /// Lower corner of voxel (0, 0, 0), the cloud's space.
    origin: [f32; 3],
    /// Edge of a voxel.
    voxel: f32,
    /// Voxels along x, y, z: the array's axes.
    size: [usize; 3],
    /// Value of a free voxel.
    free: u16,
    /// Value of an occupied voxel of a cloud without classes.
    unclassed: u16,
    occupied: usize,
    classes: &'a [ClassInfo],
}

/// Writes `occupancy.npy` (`[X, Y, Z]` u16 vocabulary ids, 65535 = free, 65534 = occupied by what has no class) and
/// `occupancy.json` (where the voxels lie, the classes) into a folder; returns the files.
///
/// # Errors
/// A full disk.
pub fn write_occupancy(folder: &Path, grid: &OccupancyGrid, classes: &LabelSet) -> Result<Vec<PathBuf>, IoError> {
    let id = |&column: &u16| if matches!(column, FREE | UNCLASSED) { column } else { classes.id(column as usize) };
    let shape = grid.size.map(|n| n as u64);
    let array = write_array(&folder.join("occupancy.npy"), &shape, grid.columns.iter().map(id))?;
    let info = folder.join("occupancy.json");
    let words = GridInfo {
        origin: grid.origin.to_array(),
        voxel: grid.voxel,
        size: grid.size,
        free: FREE,
        unclassed: UNCLASSED,
        occupied: grid.occupied(),
        classes: &classes.classes,
    };
    write_json(&info, &words)?;
    Ok(vec![array, info])
}

fn write_array<T: npyz::AutoSerialize>(
    path: &Path,
    shape: &[u64],
    values: impl Iterator<Item = T>,
) -> Result<PathBuf, IoError> {
    write_atomic_with(path, |out: &mut dyn Write| {
        let mut array = npyz::WriteOptions::new().default_dtype().shape(shape).writer(out).begin_nd()?;
        array.extend(values)?;
        array.finish()
    })?;
    Ok(path.to_owned())
}
