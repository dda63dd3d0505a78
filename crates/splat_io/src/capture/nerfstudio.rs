//! nerfstudio, instant-ngp and Blender folders.

use super::Found;
use super::transforms::{Frame, Transforms, opencv_from_opengl};
use super::views::RawView;
use crate::IoError;
use crate::mesh::read_points;
use crate::ply::PlyFile;
use crate::sizes::image_size;
use splat_core::{SparsePoint, Split};
use std::path::{Path, PathBuf};

/// The files of a folder with the split that each stands for; `None`: the file or every 8th frame decides.
pub(super) fn find_files(dir: &Path) -> Option<Vec<(PathBuf, Option<Split>)>> {
    let whole = dir.join("transforms.json");
    if whole.is_file() {
        return Some(vec![(whole, None)]);
    }
    let [train, test, val] = ["train", "test", "val"].map(|s| dir.join(format!("transforms_{s}.json")));
    if !train.is_file() {
        return None;
    }
    // Blender scenes come with both; their val is for tuning, so it counts only where there is no test.
    Some(match [test, val].into_iter().find(|p| p.is_file()) {
        Some(held_out) => vec![(train, Some(Split::Train)), (held_out, Some(Split::Test))],
        None => vec![(train, None)],
    })
}

pub(super) fn read(dir: &Path, files: &[(PathBuf, Option<Split>)]) -> Result<Found, IoError> {
    let mut views = Vec::new();
    let (mut points, mut is_ngp, mut warnings) = (None, false, Vec::new());
    for (path, split) in files {
        let transforms: Transforms = crate::read_json(path)?;
        is_ngp |= transforms.aabb_scale.is_some();
        if let Some(name) = &transforms.ply_file_path {
            points = Some(read_ply_points(&dir.join(name))?);
        }
        let before = views.len();
        for frame in transforms.frames.iter().filter(|f| !f.is_bad) {
            let split = split.or_else(|| listed_split(&transforms, &frame.file_path));
            views.push(view(dir, path, &transforms, frame, split)?);
        }
        for frame in transforms.test_frames.iter().flatten().filter(|f| !f.is_bad) {
            views.push(view(dir, path, &transforms, frame, Some(Split::Test))?);
        }
        if transforms.test_frames.is_some() && split.is_none() {
            views[before..].iter_mut().for_each(|v| v.split = v.split.or(Some(Split::Train)));
        }
        if views.len() == before {
            return Err(IoError::bad(path, "lists no frames, so there are no cameras"));
        }
        note_bad_frames(&transforms, path, &mut warnings);
    }
    let beside = dir.join("points3d.ply");
    if points.is_none() && beside.is_file() {
        points = Some(read_ply_points(&beside)?);
    }
    let format = if is_ngp { "instant-ngp" } else { "nerfstudio" };
    Ok(Found { format, views, points, mesh: None, warnings })
}

/// One summary of the frames that the file itself calls bad.
pub(super) fn note_bad_frames(transforms: &Transforms, path: &Path, warnings: &mut Vec<String>) {
    let all = || transforms.frames.iter().chain(transforms.test_frames.iter().flatten());
    let bad = all().filter(|f| f.is_bad).count();
    if bad > 0 {
        warnings.push(format!(
            "{}: {bad} of {} frames are marked `is_bad` and left out",
            path.display(),
            all().count()
        ));
    }
}

/// The split that nerfstudio's lists of file names give a frame.
fn listed_split(transforms: &Transforms, file_path: &str) -> Option<Split> {
    let lists = |names: &Option<Vec<String>>| names.as_ref().is_some_and(|n| n.iter().any(|n| n == file_path));
    let held_out =
        if transforms.test_filenames.is_some() { &transforms.test_filenames } else { &transforms.val_filenames };
    held_out.as_ref()?;
    if lists(held_out) { Some(Split::Test) } else { Some(Split::Train) }
}

fn view(
    dir: &Path,
    path: &Path,
    transforms: &Transforms,
    frame: &Frame,
    split: Option<Split>,
) -> Result<RawView, IoError> {
    let image_path = find_image(dir, &frame.file_path);
    let lens = frame.lens.or(&transforms.lens).lens(path, &frame.file_path, || image_size(&image_path))?;
    Ok(RawView {
        listed: frame.file_path.clone(),
        lens,
        world_from_view: opencv_from_opengl(frame.matrix(path)?),
        split,
        mask: frame.mask_path.as_ref().map(|mask| dir.join(mask)),
        image_path,
        listed_in: path.to_owned(),
    })
}

/// The image of a frame; Blender's file paths have no extension.
fn find_image(dir: &Path, file_path: &str) -> PathBuf {
    let plain = dir.join(file_path);
    if plain.is_file() {
        return plain;
    }
    let mut with_extension =
        ["png", "jpg", "jpeg", "PNG", "JPG", "JPEG"].iter().map(|e| dir.join(format!("{file_path}.{e}")));
    let found = with_extension.find(|p| p.is_file());
    found.unwrap_or(plain)
}

fn read_ply_points(path: &Path) -> Result<Vec<SparsePoint>, IoError> {
    let (positions, colours) = read_points(&PlyFile::open(path)?)?;
    if positions.is_empty() {
        return Err(IoError::bad(path, "holds no points; remove the file to start from random ones"));
    }
    let colours = colours.unwrap_or_else(|| vec![[128; 3]; positions.len()]);
    Ok(positions.into_iter().zip(colours).map(|(position, rgb)| SparsePoint { position, rgb }).collect())
}
