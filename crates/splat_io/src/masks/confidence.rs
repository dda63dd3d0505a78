//! How certain a segmenter was, per pixel: `DIR_confidence/<image file name>.png` beside the mask folder DIR.

use crate::IoError;
use image::DynamicImage;
use std::path::Path;

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

/// Confidence of one image's mask; `None` where there is no such file. `dir` is the mask folder itself.
pub fn load_confidence(dir: &Path, image_name: &str) -> Result<Option<Confidence>, IoError> {
    let Some(name) = dir.file_name() else { return Ok(None) };
    let mut folder = name.to_owned();
    folder.push("_confidence");
    let path = dir.with_file_name(folder).join(format!("{image_name}.png"));
    if !path.is_file() {
        return Ok(None);
    }
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
