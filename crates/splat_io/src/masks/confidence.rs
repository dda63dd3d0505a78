//! How certain a segmenter was, per pixel: `DIR_confidence/<image file name>.png` beside the mask folder DIR.

use super::{UNDISTORTED_MARKER, fit};
use crate::IoError;
use image::DynamicImage;
use png::BitDepth;
use rayon::prelude::*;
use splat_core::View;
use std::path::{Path, PathBuf};

/// Certainty per pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confidence {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `[H, W]`, 255 = certain.
    pub values: Vec<u8>,
}

/// The folder that holds the confidence of the masks in `dir`, whether it is there or not; `None` for a path without a name.
pub fn confidence_folder(dir: &Path) -> Option<PathBuf> {
    let mut folder = dir.file_name()?.to_owned();
    folder.push("_confidence");
    Some(dir.with_file_name(folder))
}

/// Writes confidences as 8-bit grey PNG.
pub fn write_confidence(path: &Path, c: &Confidence) -> Result<(), IoError> {
    let bytes = super::png_file::encode_grey(path, c.width, c.height, BitDepth::Eight, &c.values)?;
    crate::write_atomic(path, &bytes)
}

/// Confidence of one image's mask; `None` where there is no such file. `dir` is the mask folder itself.
pub fn load_confidence(dir: &Path, image_name: &str) -> Result<Option<Confidence>, IoError> {
    let path = confidence_folder(dir).map(|folder| folder.join(format!("{image_name}.png")));
    let Some(path) = path.filter(|path| path.is_file()) else { return Ok(None) };
    let bytes = crate::read_bytes(&path)?;
    let image = image::load_from_memory_with_format(&bytes, image::ImageFormat::Png);
    match image.map_err(|e| IoError::bad(&path, format!("cannot be decoded: {e}")))? {
        DynamicImage::ImageLuma8(grey) => {
            let (width, height) = grey.dimensions();
            Ok(Some(Confidence { width, height, values: grey.into_raw() }))
        }
        other => Err(IoError::bad(&path, format!("has colour type {:?}; 8-bit grey is needed", other.color()))),
    }
}

/// Confidence of the given views' masks, at the size of each view's camera (nearest neighbour, undistorted with the masks);
/// `None` for a view without one. Only the files of the views that are passed are opened.
///
/// # Errors
/// A file of another aspect ratio, and whatever [`load_confidence`] finds.
pub fn load_confidences_for(views: &[&View], dir: &Path) -> Result<Vec<Option<Confidence>>, IoError> {
    let undistorted = dir.join(UNDISTORTED_MARKER).is_file();
    let one = |view: &&View| {
        let Some(own) = load_confidence(dir, &view.name)? else { return Ok(None) };
        let path = confidence_folder(dir).unwrap_or_default().join(format!("{}.png", view.name));
        let values = fit(&path, view, &own.values, [own.width, own.height], 0, undistorted)?;
        let k = &view.camera.intrinsics;
        Ok(Some(Confidence { width: k.width, height: k.height, values }))
    };
    views.par_iter().map(one).collect()
}
