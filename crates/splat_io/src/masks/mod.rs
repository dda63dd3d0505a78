//! Label images: one per photograph, single channel, the value is the class id.
//!
//! A mask folder belongs to the photographs as they lie on disk: for a distorted photograph its mask is undistorted
//! with it. A folder whose masks were made for the undistorted cameras (projected or rendered ones) says so by holding
//! a file named [`UNDISTORTED_MARKER`].

mod confidence;
mod npy;
mod png_file;

pub use confidence::{Confidence, confidence_folder, load_confidence, load_confidences_for, write_confidence};

use crate::IoError;
use crate::files::read_text;
use crate::lens::UndistortMap;
use crate::sizes::is_resize;
use rayon::prelude::*;
use splat_core::labels::resize_nearest;
use splat_core::{IGNORE_ID, LabelImage, View, Vocabulary};
use std::path::{Path, PathBuf};

/// A file of this name in a mask folder says that its masks are drawn in the undistorted cameras.
pub const UNDISTORTED_MARKER: &str = "undistorted.txt";

/// Names that the mask of an image may have, in the order in which they are tried.
pub fn mask_names(image_name: &str) -> [String; 4] {
    let stem = Path::new(image_name).file_stem().map_or(image_name.into(), |s| s.to_string_lossy());
    [format!("{image_name}.png"), format!("{stem}.png"), format!("{stem}_seg.npy"), format!("{stem}.npy")]
}

/// The mask of an image in a folder: `<image file name>.png`, `<stem>.png`, `<stem>_seg.npy`, `<stem>.npy`.
pub fn find_mask(dir: &Path, image_name: &str) -> Option<PathBuf> {
    mask_names(image_name).iter().map(|name| dir.join(name)).find(|path| path.is_file())
}

/// Reads a mask: grey or indexed PNG of up to 16 bits, or `.npy`. 255 in 8 bits and 65535 in 16 become [`IGNORE_ID`].
///
/// Errors: JPEG and colour images (their values are no ids), truncated files, ids that do not fit.
pub fn load_mask(path: &Path) -> Result<LabelImage, IoError> {
    let bytes = crate::read_bytes(path)?;
    match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => png_file::decode(path, &bytes),
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => npy::decode(path, &bytes),
        [0xff, 0xd8, ..] => Err(IoError::bad(
            path,
            "is a JPEG, whose compression changes class ids; save masks as single-channel 8- or 16-bit PNG",
        )),
        _ => Err(IoError::bad(path, "is neither PNG nor npy; save masks as single-channel 8- or 16-bit PNG")),
    }
}

/// Masks of the given views, at the size of each view's camera (nearest neighbour); `None` for a view without one.
///
/// Only the masks of the views that are passed are opened: pass training views for training. Errors: no mask at all, a
/// mask of another aspect ratio, and whatever [`load_mask`] finds.
pub fn load_masks_for(views: &[&View], dir: &Path) -> Result<Vec<Option<LabelImage>>, IoError> {
    load(views, dir, None)
}

/// Like [`load_masks_for`], and every id must be a line of the vocabulary.
pub fn load_masks_in_vocabulary(
    views: &[&View],
    dir: &Path,
    vocabulary: &Vocabulary,
) -> Result<Vec<Option<LabelImage>>, IoError> {
    load(views, dir, Some(vocabulary))
}

fn load(views: &[&View], dir: &Path, vocabulary: Option<&Vocabulary>) -> Result<Vec<Option<LabelImage>>, IoError> {
    if !dir.is_dir() {
        return Err(IoError::not_found(dir, "a folder of masks, one PNG per photograph, is needed here"));
    }
    let undistorted = dir.join(UNDISTORTED_MARKER).is_file();
    let one = |view: &&View| {
        let Some(path) = find_mask(dir, &view.name) else { return refuse_lossy(dir, &view.name) };
        let mask = load_mask(&path)?;
        if let Some(vocabulary) = vocabulary {
            check_ids(&path, &mask, vocabulary)?;
        }
        let size = [mask.width, mask.height];
        let ids = fit(&path, view, &mask.ids, size, IGNORE_ID, undistorted)?;
        let k = &view.camera.intrinsics;
        Ok(Some(LabelImage { width: k.width, height: k.height, ids }))
    };
    let masks: Vec<Option<LabelImage>> = views.par_iter().map(one).collect::<Result<_, _>>()?;
    match views.first() {
        Some(first) if masks.iter().all(Option::is_none) => {
            let names = mask_names(&first.name).join(", ");
            Err(IoError::not_found(
                dir,
                format!("the folder holds no mask of any view; for {} tried {names}", first.name),
            ))
        }
        _ => Ok(masks),
    }
}

/// A view without a mask is fine; one whose mask is there as a JPEG is a mistake worth an error.
fn refuse_lossy(dir: &Path, image_name: &str) -> Result<Option<LabelImage>, IoError> {
    let stem = Path::new(image_name).file_stem().map_or(image_name.into(), |s| s.to_string_lossy());
    let names = [image_name.to_owned(), format!("{stem}.jpg"), format!("{stem}.jpeg"), format!("{image_name}.jpg")];
    match names.iter().map(|name| dir.join(name)).find(|path| path.is_file()) {
        Some(path) => load_mask(&path).map(|_| None),
        None => Ok(None),
    }
}

/// Brings a mask, or whatever lies over it pixel by pixel, to a view's camera; `outside` is what lies beyond it.
fn fit<T: Copy>(
    path: &Path,
    view: &View,
    values: &[T],
    size: [u32; 2],
    outside: T,
    undistorted: bool,
) -> Result<Vec<T>, IoError> {
    let (w, h) = (view.camera.intrinsics.width, view.camera.intrinsics.height);
    if !is_resize((size[0], size[1]), (w, h)) {
        let message = format!("is {} x {}, which is no resize of its {w} x {h} photograph", size[0], size[1]);
        return Err(IoError::bad(path, message));
    }
    let Some(distortion) = view.distortion.filter(|_| !undistorted) else {
        return Ok(resize_nearest(values, size, [w, h]));
    };
    // From the target's pixel through the full-size undistorted image to the mask's pixel, rounded once.
    let map = UndistortMap::new(&distortion, w, h);
    let scale_x = size[0] as f32 / distortion.source.width as f32;
    let scale_y = size[1] as f32 / distortion.source.height as f32;
    let value = |source: Option<glam::Vec2>| {
        let Some(p) = source else { return outside };
        let x = ((p.x * scale_x) as usize).min(size[0] as usize - 1);
        let y = ((p.y * scale_y) as usize).min(size[1] as usize - 1);
        values[y * size[0] as usize + x]
    };
    Ok(map.pixels().map(value).collect())
}

/// Errors when a mask names a class that the vocabulary does not have.
pub fn check_ids(path: &Path, mask: &LabelImage, vocabulary: &Vocabulary) -> Result<(), IoError> {
    let outside = |&id: &u16| id != IGNORE_ID && id as usize >= vocabulary.names.len();
    match mask.ids.iter().position(outside) {
        Some(i) => {
            let (x, y) = (i % mask.width as usize, i / mask.width as usize);
            let message =
                format!("class id {} is outside the class list of {} names", mask.ids[i], vocabulary.names.len());
            Err(IoError::bad_at(path, format_args!("pixel ({x}, {y})"), message))
        }
        None => Ok(()),
    }
}

/// Writes a mask as grey PNG: 8 bits when every id is below 255, else 16. Pixels without a label become 255 / 65535.
pub fn write_mask(path: &Path, mask: &LabelImage) -> Result<(), IoError> {
    crate::write_atomic(path, &png_file::encode(path, mask)?)
}

/// Reads a class list: one name per line, the line index from 0 is the id.
pub fn load_vocabulary(path: &Path) -> Result<Vocabulary, IoError> {
    let vocabulary = Vocabulary::from_lines(&read_text(path)?);
    match vocabulary.names.len() {
        0 => Err(IoError::bad(path, "holds no class name; one per line is needed")),
        n if n > IGNORE_ID as usize => Err(IoError::bad(path, format!("holds {n} names; 65535 fit"))),
        _ => Ok(vocabulary),
    }
}

/// The vocabulary of a mask folder: its `classes.txt`; `None` where there is none (names are then `class <id>`).
pub fn folder_vocabulary(dir: &Path) -> Result<Option<Vocabulary>, IoError> {
    let path = dir.join("classes.txt");
    if path.is_file() { load_vocabulary(&path).map(Some) } else { Ok(None) }
}
