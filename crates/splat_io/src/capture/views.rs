//! From what the files list to views that can be loaded: images found, sizes and poses checked, splits made.

use crate::IoError;
use crate::lens::{Lens, undistorted_intrinsics};
use crate::sizes::{image_size, is_resize};
use glam::DAffine3;
use rayon::prelude::*;
use splat_core::{Camera, Split, View};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// One image as a file lists it.
pub(super) struct RawView {
    /// Name as listed, folders included.
    pub listed: String,
    /// Where the image should be.
    pub image_path: PathBuf,
    /// Its camera.
    pub lens: Lens,
    /// OpenCV axes.
    pub world_from_view: DAffine3,
    /// `None`: every 8th by sorted name is for testing.
    pub split: Option<Split>,
    /// Anonymisation mask; left out with a warning where the file is not there.
    pub mask: Option<PathBuf>,
    /// The file that lists the image, for messages.
    pub listed_in: PathBuf,
}

/// Every n-th view is held out where the capture does not say which.
const HOLD_OUT: usize = 8;

/// Turns raw views into views, sorted by name.
pub(super) fn finish(mut raw: Vec<RawView>, downscale: f64, warnings: &mut Vec<String>) -> Result<Vec<View>, IoError> {
    raw.iter().try_for_each(check_numbers)?;
    raw.sort_by(|a, b| a.listed.cmp(&b.listed));
    drop_missing_images(&mut raw, warnings)?;
    drop_missing_masks(&mut raw, warnings);
    let sizes = raw.par_iter().map(|v| image_size(&v.image_path)).collect::<Result<Vec<_>, _>>()?;
    check_sizes(&raw, &sizes)?;
    split(&mut raw);
    let names = names(&raw);
    let mut views: Vec<View> =
        raw.into_iter().zip(sizes).zip(names).map(|((r, size), name)| view(r, size, name, downscale)).collect();
    views.sort_by(|a, b| a.name.cmp(&b.name));
    if !views.iter().any(|v| v.split == Split::Train) {
        let folder = views[0].image_path.parent().unwrap_or(Path::new("."));
        return Err(IoError::bad(folder, "the capture has no training view"));
    }
    Ok(views)
}

fn check_numbers(view: &RawView) -> Result<(), IoError> {
    let bad = |what: &str| Err(IoError::bad_at(&view.listed_in, format_args!("image {}", view.listed), what));
    if !view.lens.is_valid() {
        return bad("its camera has a size, focal length or coefficient that is not a finite, positive number");
    }
    if !view.world_from_view.is_finite() {
        return bad("its pose holds a number that is not finite");
    }
    let camera = Camera { intrinsics: view.lens.intrinsics, world_from_view: view.world_from_view };
    if !camera.is_valid() || view.world_from_view.matrix3.determinant() < 0.0 {
        return bad("its pose is not a rotation and a translation (it scales, mirrors or flattens)");
    }
    Ok(())
}

/// `3 of 67 images are missing: a, b, c`; at most five names.
fn summary(missing: &[String], all: usize, what: &str) -> String {
    let shown = missing.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    let more = if missing.len() > 5 { format!(" and {} more", missing.len() - 5) } else { String::new() };
    format!("{} of {all} {what}: {shown}{more}", missing.len())
}

fn drop_missing_images(raw: &mut Vec<RawView>, warnings: &mut Vec<String>) -> Result<(), IoError> {
    let all = raw.len();
    let missing: Vec<String> = raw.iter().filter(|v| !v.image_path.is_file()).map(|v| v.listed.clone()).collect();
    if missing.len() == all {
        let Some(first) = raw.first() else {
            return Err(IoError::Option { option: "capture", message: "lists no image".into() });
        };
        let what = format!("none of the {all} images that {} lists is there", first.listed_in.display());
        return Err(IoError::not_found(&first.image_path, what));
    }
    if !missing.is_empty() {
        raw.retain(|v| v.image_path.is_file());
        warnings.push(summary(&missing, all, "listed images are missing and left out"));
    }
    Ok(())
}

fn drop_missing_masks(raw: &mut [RawView], warnings: &mut Vec<String>) {
    let all = raw.iter().filter(|v| v.mask.is_some()).count();
    let mut missing = Vec::new();
    for view in raw.iter_mut() {
        if let Some(path) = view.mask.take_if(|path| !path.is_file()) {
            missing.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
    }
    if !missing.is_empty() {
        warnings.push(summary(&missing, all, "anonymisation masks are missing; these images count as wholly valid"));
    }
}

/// A set of images may be a resized one, but then all of it by the same factor.
fn check_sizes(raw: &[RawView], sizes: &[(u32, u32)]) -> Result<(), IoError> {
    let mut scales: Vec<f64> = Vec::with_capacity(raw.len());
    for (view, &(w, h)) in raw.iter().zip(sizes) {
        let k = &view.lens.intrinsics;
        if !is_resize((k.width, k.height), (w, h)) {
            let message = format!(
                "is {w} x {h}, but its camera in {} is {} x {}: not the same picture at another scale",
                view.listed_in.display(),
                k.width,
                k.height
            );
            return Err(IoError::bad(&view.image_path, message));
        }
        scales.push(w as f64 / k.width as f64);
    }
    let mut sorted = scales.clone();
    sorted.sort_by(f64::total_cmp);
    let usual = sorted[sorted.len() / 2];
    match scales.iter().position(|s| (s / usual - 1.0).abs() > 0.02) {
        Some(i) => {
            let k = &raw[i].lens.intrinsics;
            let ((w, h), usual_w) = (sizes[i], (k.width as f64 * usual).round());
            let message = format!("is {w} x {h}, but the other images are as wide as {usual_w} here: wrong size");
            Err(IoError::bad(&raw[i].image_path, message))
        }
        None => Ok(()),
    }
}

/// Holds out every 8th of the views that nobody assigned, by sorted name, first one included; a lone view trains.
fn split(raw: &mut [RawView]) {
    let lone = raw.len() == 1;
    for (i, view) in raw.iter_mut().filter(|v| v.split.is_none()).enumerate() {
        let held_out = i % HOLD_OUT == 0 && !lone;
        view.split = Some(if held_out { Split::Test } else { Split::Train });
    }
}

/// File names without folders; with folders joined by `_` where bare names repeat.
fn names(raw: &[RawView]) -> Vec<String> {
    let bare = |v: &RawView| v.image_path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut counts: HashMap<String, usize> = HashMap::new();
    raw.iter().for_each(|v| *counts.entry(bare(v)).or_default() += 1);
    let extended = |v: &RawView| {
        let folder = Path::new(&v.listed).parent().map(|p| p.to_string_lossy().replace(['/', '\\'], "_"));
        let folder = folder.filter(|f| !f.is_empty() && f != ".").map(|f| format!("{}_", f.trim_start_matches("._")));
        folder.unwrap_or_default() + &bare(v)
    };
    raw.iter().map(|v| if counts[&bare(v)] > 1 { extended(v) } else { bare(v) }).collect()
}

fn view(raw: RawView, (width, height): (u32, u32), name: String, downscale: f64) -> View {
    let distortion = raw.lens.distortion(width, height);
    let pinhole = match &distortion {
        Some(distortion) => undistorted_intrinsics(distortion),
        None => raw.lens.intrinsics.resized(width, height),
    };
    let (w, h) = pinhole.downscaled_size(downscale);
    View {
        name,
        camera: Camera { intrinsics: pinhole.resized(w, h), world_from_view: raw.world_from_view },
        split: raw.split.unwrap_or(Split::Train),
        image_path: raw.image_path,
        valid_mask_path: raw.mask,
        distortion,
    }
}
