//! Captures: a folder of posed photographs, recognised and read.
//!
//! Contents, in the order data meets them: [`open_capture`] recognises the folder; `scannetpp`, `colmap` and `nerfstudio`
//! each read one kind into raw views; `views` finds the images, checks sizes and poses and splits train from test;
//! `random_points` stands in where there is no sparse reconstruction; `check` doubts the poses.

mod check;
mod colmap;
mod nerfstudio;
mod random_points;
mod scannetpp;
mod transforms;
mod views;

use crate::IoError;
use splat_core::{Capture, SparsePoint};
use std::path::Path;

/// How a capture is opened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CaptureOptions {
    /// Photographs are scaled down by this factor, 1 or more; cameras scale with them.
    pub downscale: f64,
    /// Seed of the random points that stand in for a missing sparse reconstruction.
    pub seed: u64,
}

impl Default for CaptureOptions {
    fn default() -> Self {
        Self { downscale: 1.0, seed: 0 }
    }
}

/// What a reader of one kind of capture hands over.
struct Found {
    format: &'static str,
    views: Vec<views::RawView>,
    /// `None`: the kind has no sparse points here, random ones are to stand in.
    points: Option<Vec<SparsePoint>>,
    mesh: Option<splat_core::capture::MeshPaths>,
    warnings: Vec<String>,
}

/// Opens a ScanNet++ scene (`dslr/`), a COLMAP reconstruction (`sparse/0`, `sparse` or `colmap/sparse/0`, binary or text)
/// or a nerfstudio / instant-ngp / Blender folder (`transforms.json`, `transforms_{train,test,val}.json`).
///
/// Only headers of images are read here; [`crate::load_photo`] reads the pixels. Errors name the file: nothing recognised,
/// damaged files, no cameras, no sparse points where the kind must have them, numbers that are not finite, lenses of
/// unsupported models, images whose size is not their camera's. What is odd but survivable is in `Capture::warnings`.
pub fn open_capture(dir: &Path, options: &CaptureOptions) -> Result<Capture, IoError> {
    if !(options.downscale.is_finite() && options.downscale >= 1.0) {
        let message = format!("{} is not a factor of 1 or more", options.downscale);
        return Err(IoError::Option { option: "downscale", message });
    }
    std::fs::read_dir(dir).map_err(|e| IoError::read(dir, e))?;
    let found = if dir.join("dslr").is_dir() {
        scannetpp::read(dir)?
    } else if let Some(model) = colmap::find_model(dir) {
        colmap::read(dir, &model)?
    } else if let Some(files) = nerfstudio::find_files(dir) {
        nerfstudio::read(dir, &files)?
    } else {
        return Err(IoError::not_found(
            dir,
            "no capture here: looked for dslr/ (ScanNet++), sparse/0/, sparse/ or colmap/sparse/0/ with cameras.bin or \
             cameras.txt (COLMAP), transforms.json or transforms_train.json (nerfstudio, instant-ngp, Blender)",
        ));
    };
    let mut warnings = found.warnings;
    let views = views::finish(found.views, options.downscale, &mut warnings)?;
    let points = match found.points {
        Some(points) => {
            check::points_are_seen(&views, &points, &mut warnings);
            points
        }
        None => random_points::between(&views, options.seed, &mut warnings),
    };
    let full = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let name = full.file_name().map_or_else(|| "capture".into(), |n| n.to_string_lossy().into_owned());
    Ok(Capture { name, root: dir.to_owned(), format: found.format, views, points, mesh: found.mesh, warnings })
}
