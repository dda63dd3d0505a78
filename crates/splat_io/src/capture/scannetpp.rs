//! ScanNet++ scenes: DSLR photographs, sparse points, the annotated mesh.

use super::check;
use super::nerfstudio::note_bad_frames;
use super::transforms::{Frame, Transforms, opencv_from_scannetpp};
use super::views::RawView;
use super::{Found, colmap};
use crate::IoError;
use crate::sizes::{image_size, is_resize};
use serde::Deserialize;
use splat_core::Split;
use splat_core::capture::MeshPaths;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// `train_test_lists.json`.
#[derive(Deserialize)]
struct Lists {
    #[serde(default)]
    test: Vec<String>,
}

pub(super) fn read(dir: &Path) -> Result<Found, IoError> {
    let dslr = dir.join("dslr");
    let mut warnings = Vec::new();
    let (path, transforms, images) = choose(&dslr)?;
    let lists_path = dslr.join("train_test_lists.json");
    let lists: Option<Lists> = if lists_path.is_file() { Some(crate::read_json(&lists_path)?) } else { None };
    let masks = mask_folder(&images);
    let view = |frame: &Frame, split: Option<Split>| -> Result<RawView, IoError> {
        let lens = frame
            .lens
            .or(&transforms.lens)
            .lens(&path, &frame.file_path, || image_size(&images.join(&frame.file_path)))?;
        Ok(RawView {
            image_path: images.join(&frame.file_path),
            listed: frame.file_path.clone(),
            lens,
            world_from_view: opencv_from_scannetpp(frame.matrix(&path)?),
            split,
            mask: frame.mask_path.as_ref().map(|mask| masks.join(mask)),
            listed_in: path.clone(),
        })
    };
    let listed_test: Option<HashSet<&str>> =
        lists.as_ref().map(|l| l.test.iter().map(String::as_str).collect()).filter(|l: &HashSet<_>| !l.is_empty());
    let mut views = Vec::new();
    for frame in transforms.frames.iter().filter(|f| !f.is_bad) {
        let split = match (&transforms.test_frames, &listed_test) {
            (Some(_), _) => Some(Split::Train),
            (None, Some(test)) if test.contains(frame.file_path.as_str()) => Some(Split::Test),
            (None, Some(_)) => Some(Split::Train),
            (None, None) => None,
        };
        views.push(view(frame, split)?);
    }
    for frame in transforms.test_frames.iter().flatten().filter(|f| !f.is_bad) {
        views.push(view(frame, Some(Split::Test))?);
    }
    if views.is_empty() {
        return Err(IoError::bad(&path, "lists no usable frames, so there are no cameras"));
    }
    note_bad_frames(&transforms, &path, &mut warnings);
    let model = dslr.join("colmap");
    let points = colmap::read_points(&colmap::points_file(&model)?)?;
    compare_poses(&model, &path, &views, &mut warnings)?;
    let mesh = mesh_paths(dir, &mut warnings);
    Ok(Found { format: "ScanNet++", views, points: Some(points), mesh, warnings })
}

/// The transforms file that wins, and its image folder: the first file one of whose images is found.
fn choose(dslr: &Path) -> Result<(PathBuf, Transforms, PathBuf), IoError> {
    let folder = dslr.join("nerfstudio");
    let names = ["transforms_undistorted_4x.json", "transforms_undistorted.json", "transforms.json"];
    let mut first = None;
    for name in names {
        let path = folder.join(name);
        if !path.is_file() {
            continue;
        }
        let transforms: Transforms = crate::read_json(&path)?;
        let suffix = name.trim_start_matches("transforms_undistorted").trim_end_matches(".json");
        match image_folder(dslr, &transforms, name.contains("undistorted"), suffix) {
            Some(images) => return Ok((path, transforms, images)),
            None => first = first.or(Some((path, transforms))),
        }
    }
    let Some((path, transforms)) = first else {
        let what = format!("a ScanNet++ scene needs one of {} there", names.join(", "));
        return Err(IoError::not_found(&folder, what));
    };
    match transforms.frames.first().or(transforms.test_frames.iter().flatten().next()) {
        Some(frame) => Err(IoError::not_found(
            &dslr.join(&frame.file_path),
            format!("no image folder under {} holds any image that {} lists", dslr.display(), path.display()),
        )),
        None => Err(IoError::bad(&path, "lists no frames, so there are no cameras")),
    }
}

/// The folder whose images fit: the usual name, then the exact size, then the right ratio.
fn image_folder(dslr: &Path, transforms: &Transforms, undistorted: bool, suffix: &str) -> Option<PathBuf> {
    let usual: &[&str] = match undistorted {
        true => &["resized_undistorted_images", "undistorted_images"],
        false => &["resized_images", "original_images", "images"],
    };
    let suffix = if undistorted { suffix } else { "" };
    let mut folders: Vec<PathBuf> = usual.iter().map(|name| dslr.join(format!("{name}{suffix}"))).collect();
    let mut others: Vec<PathBuf> = std::fs::read_dir(dslr).ok()?.flatten().map(|e| e.path()).collect();
    others.sort();
    let fits_kind = |p: &PathBuf| {
        let name = p.file_name().unwrap_or_default().to_string_lossy();
        name.contains("images") && name.contains("undistorted") == undistorted
    };
    folders.extend(others.into_iter().filter(fits_kind));
    let frames = || transforms.frames.iter().chain(transforms.test_frames.iter().flatten());
    let score = |(rank, folder): (usize, &PathBuf)| {
        let frame = frames().find(|f| folder.join(&f.file_path).is_file())?;
        let fit = match (frame.lens.or(&transforms.lens).size(), image_size(&folder.join(&frame.file_path))) {
            (Some(size), Ok(found)) if size == found => 2,
            (Some(size), Ok(found)) if is_resize(size, found) => 1,
            _ => 0,
        };
        Some((fit, std::cmp::Reverse(rank)))
    };
    let best = folders.iter().enumerate().filter_map(|f| Some((score(f)?, f.1))).max_by_key(|(score, _)| *score);
    best.map(|(_, folder)| folder.clone())
}

/// Anonymisation masks of an image folder: `resized_undistorted_images_4x` -> `resized_undistorted_masks_4x`,
/// `resized_images` -> `resized_anon_masks`.
fn mask_folder(images: &Path) -> PathBuf {
    let name = images.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let masks = if name.contains("undistorted") { "masks" } else { "anon_masks" };
    images.with_file_name(name.replace("images", masks))
}

/// ScanNet++'s axes are easily got wrong, and COLMAP's own poses lie beside them.
fn compare_poses(
    model: &Path,
    transforms: &Path,
    views: &[RawView],
    warnings: &mut Vec<String>,
) -> Result<(), IoError> {
    let Some(file) = colmap::images_file(model) else { return Ok(()) };
    let reference = colmap::read_images(&file)?.into_iter().map(|i| (i.name, i.world_from_view)).collect();
    let poses: Vec<_> = views.iter().map(|v| (v.listed.as_str(), v.world_from_view)).collect();
    let names = [transforms, &file].map(|p| p.display().to_string());
    check::poses_agree(&poses, &reference, [&names[0], &names[1]], warnings);
    Ok(())
}

/// Paths of the annotated mesh and of the class lists of the data root, two folders above the scene.
fn mesh_paths(dir: &Path, warnings: &mut Vec<String>) -> Option<MeshPaths> {
    let scans = dir.join("scans");
    let [mesh, segments, annotations, ignored] =
        ["mesh_aligned_0.05.ply", "segments.json", "segments_anno.json", "mesh_aligned_0.05_mask.txt"]
            .map(|f| scans.join(f));
    let needed = [&mesh, &segments, &annotations];
    let missing: Vec<String> = needed.iter().filter(|p| !p.is_file()).map(|p| p.display().to_string()).collect();
    if !missing.is_empty() {
        if missing.len() < needed.len() {
            warnings.push(format!("the annotated mesh is incomplete and not used; missing: {}", missing.join(", ")));
        }
        return None;
    }
    let full = dir.canonicalize().ok()?;
    let metadata = full.parent().and_then(Path::parent).map(|root| root.join("metadata"));
    let find = |names: &[&str]| metadata.as_ref().and_then(|m| names.iter().map(|n| m.join(n)).find(|p| p.is_file()));
    let vocabulary = find(&["semantic_benchmark/top100.txt", "semantic_classes.txt"]);
    let benchmark_map = find(&["semantic_benchmark/map_benchmark.csv"]);
    let ignored_vertices = ignored.is_file().then_some(ignored);
    Some(MeshPaths { mesh, segments, annotations, ignored_vertices, vocabulary, benchmark_map })
}
