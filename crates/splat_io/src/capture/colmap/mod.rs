//! COLMAP reconstructions, binary or text.

mod binary;
mod model;
mod text;

use super::Found;
use super::views::RawView;
use crate::IoError;
use crate::lens::Lens;
use crate::sizes::{image_size, is_resize};
use glam::{DAffine3, DQuat, DVec3};
use splat_core::{SparsePoint, Split};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// A camera record.
#[derive(Debug)]
struct CameraRecord {
    id: u32,
    model: &'static model::Model,
    width: u64,
    height: u64,
    params: Vec<f64>,
}

/// An image record; its pose already turned around.
#[derive(Debug)]
pub(super) struct ImageRecord {
    /// Name as listed, folders included.
    pub name: String,
    camera: u32,
    /// OpenCV axes, world units of the reconstruction.
    pub world_from_view: DAffine3,
}

/// Folder of the reconstruction inside a capture, where there is one.
pub(super) fn find_model(dir: &Path) -> Option<PathBuf> {
    let holds_model = |model: &PathBuf| {
        let stems = ["cameras", "images", "points3D"];
        stems.iter().any(|s| ["bin", "txt"].iter().any(|e| model.join(format!("{s}.{e}")).is_file()))
    };
    ["sparse/0", "sparse", "colmap/sparse/0"].iter().map(|sub| dir.join(sub)).find(holds_model)
}

/// `<stem>.bin`, else `<stem>.txt`.
fn file_of(model: &Path, stem: &str) -> Option<PathBuf> {
    ["bin", "txt"].iter().map(|e| model.join(format!("{stem}.{e}"))).find(|p| p.is_file())
}

fn need(model: &Path, stem: &str) -> Result<PathBuf, IoError> {
    file_of(model, stem).ok_or_else(|| {
        let what = format!("a COLMAP reconstruction needs {stem}.bin or {stem}.txt");
        IoError::not_found(&model.join(format!("{stem}.bin")), what)
    })
}

fn is_binary(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "bin")
}

pub(super) fn read(dir: &Path, model: &Path) -> Result<Found, IoError> {
    let mut warnings = Vec::new();
    let cameras_file = need(model, "cameras")?;
    let cameras = if is_binary(&cameras_file) { binary::cameras(&cameras_file) } else { text::cameras(&cameras_file) }?;
    if cameras.is_empty() {
        return Err(IoError::bad(&cameras_file, "holds no camera"));
    }
    let images_file = need(model, "images")?;
    let images = read_images(&images_file)?;
    let points = read_points(&need(model, "points3D")?)?;
    let by_id: HashMap<u32, &CameraRecord> = cameras.iter().map(|c| (c.id, c)).collect();
    let lens_of = |image: &ImageRecord| {
        let camera = by_id.get(&image.camera).ok_or_else(|| {
            let message = format!("refers to camera {}, which {} does not hold", image.camera, cameras_file.display());
            IoError::bad_at(&images_file, format_args!("image {}", image.name), message)
        })?;
        model::lens(&cameras_file, camera)
    };
    let lenses = images.iter().map(lens_of).collect::<Result<Vec<Lens>, _>>()?;
    let folder = image_folder(dir, model, &images, &lenses);
    let test = read_test_list(model, &images, &mut warnings)?;
    let view = |(image, lens): (ImageRecord, Lens)| RawView {
        image_path: folder.join(&image.name),
        split: test.as_ref().map(|t| if t.contains(&image.name) { Split::Test } else { Split::Train }),
        listed: image.name,
        lens,
        world_from_view: image.world_from_view,
        mask: None,
        listed_in: images_file.clone(),
    };
    let views = images.into_iter().zip(lenses).map(view).collect();
    Ok(Found { format: "COLMAP", views, points: Some(points), mesh: None, warnings })
}

/// Images of a reconstruction; at least one.
pub(super) fn read_images(path: &Path) -> Result<Vec<ImageRecord>, IoError> {
    let images = if is_binary(path) { binary::images(path) } else { text::images(path) }?;
    if images.is_empty() {
        return Err(IoError::bad(path, "holds no image, so there are no cameras to train from"));
    }
    Ok(images)
}

/// Sparse points of a reconstruction; at least one.
pub(super) fn read_points(path: &Path) -> Result<Vec<SparsePoint>, IoError> {
    let points = if is_binary(path) { binary::points(path) } else { text::points(path) }?;
    if points.is_empty() {
        return Err(IoError::bad(path, "holds no points; the reconstruction must have sparse points to start from"));
    }
    if let Some(row) = points.iter().position(|p| !p.position.is_finite()) {
        return Err(IoError::bad_at(path, format_args!("point {row}"), "the position is not finite"));
    }
    Ok(points)
}

/// The points file of a model folder.
pub(super) fn points_file(model: &Path) -> Result<PathBuf, IoError> {
    need(model, "points3D")
}

/// The images file of a model folder, if any.
pub(super) fn images_file(model: &Path) -> Option<PathBuf> {
    file_of(model, "images")
}

/// The image folder that holds most of the listed images; among equals the one whose first image has the camera's very
/// size, then `images` before its downscaled siblings.
fn image_folder(dir: &Path, model: &Path, images: &[ImageRecord], lenses: &[Lens]) -> PathBuf {
    let beside_model = model.ancestors().skip(1).take_while(|a| a.starts_with(dir)).map(Path::to_owned);
    let bases: Vec<PathBuf> = std::iter::once(dir.to_owned()).chain(beside_model.filter(|b| b != dir)).collect();
    let names = ["images", "images_2", "images_4", "images_8"];
    let folders = bases.iter().flat_map(|b| names.iter().map(move |n| b.join(n))).filter(|f| f.is_dir());
    let score = |folder: &PathBuf| {
        let present: Vec<usize> = (0..images.len()).filter(|&i| folder.join(&images[i].name).is_file()).collect();
        let fit = present.first().map_or(0, |&i| {
            let k = &lenses[i].intrinsics;
            match image_size(&folder.join(&images[i].name)) {
                Ok(size) if size == (k.width, k.height) => 2,
                Ok(size) if is_resize((k.width, k.height), size) => 1,
                _ => 0,
            }
        });
        (present.len(), fit)
    };
    // Reversed, because `max_by_key` takes the last of equals and the first is wanted.
    let best = folders.collect::<Vec<_>>().into_iter().rev().max_by_key(score);
    best.unwrap_or_else(|| dir.join("images"))
}

/// Names of `test.txt` beside the reconstruction, as the images file spells them.
fn read_test_list(
    model: &Path,
    images: &[ImageRecord],
    warnings: &mut Vec<String>,
) -> Result<Option<HashSet<String>>, IoError> {
    let path = model.join("test.txt");
    if !path.is_file() {
        return Ok(None);
    }
    let text = crate::read_text(&path)?;
    let wanted: HashSet<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let bare = |name: &str| Path::new(name).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let is_wanted = |name: &str| wanted.contains(name) || wanted.contains(bare(name).as_str());
    let found: HashSet<String> = images.iter().map(|i| i.name.clone()).filter(|n| is_wanted(n)).collect();
    if found.len() < wanted.len() {
        let path = path.display();
        warnings.push(format!(
            "{path}: {} of {} names are not in the reconstruction",
            wanted.len() - found.len(),
            wanted.len()
        ));
    }
    Ok(Some(found))
}

/// Camera-to-world pose from COLMAP's world-to-camera quaternion (w x y z) and translation; `None` if unusable.
fn pose(q: [f64; 4], t: [f64; 3]) -> Option<DAffine3> {
    let rotation = DQuat::from_xyzw(q[1], q[2], q[3], q[0]);
    let translation = DVec3::from_array(t);
    let usable = rotation.is_finite() && translation.is_finite() && rotation.length() > 1e-6;
    usable.then(|| DAffine3::from_rotation_translation(rotation.normalize(), translation).inverse())
}

/// Image record from its parts; an unusable pose is an error at `place`.
fn image_record(path: &Path, name: String, camera: u32, q: [f64; 4], t: [f64; 3]) -> Result<ImageRecord, IoError> {
    let world_from_view = pose(q, t).ok_or_else(|| {
        let message = "its pose holds a number that is not finite, or a quaternion of length 0";
        IoError::bad_at(path, format_args!("image {name}"), message)
    })?;
    Ok(ImageRecord { name, camera, world_from_view })
}
