//! What a path is: a cloud, a run folder, a capture, or why it is none of them.

use super::OpenOptions;
use crate::capture::SceneCapture;
use splat_core::Cloud;
use splat_io::{CaptureOptions, open_capture, read_cloud};
use splat_train::run::{RunFolder, RunSettings};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Longest side of photographs of captures that are opened without a factor, pixels: live training wants steps that are seen.
const LONGEST_PX: f64 = 1_000.0;

/// What a path turned out to be.
pub enum Found {
    /// Gaussians, and the capture that they were made of, where it is known and still there.
    Cloud {
        /// The rows.
        cloud: Arc<Cloud>,
        /// Their capture.
        capture: Option<Box<SceneCapture>>,
        /// Why there is no capture although one was named.
        warning: Option<String>,
    },
    /// Photographs, to be trained.
    Capture(Box<SceneCapture>),
}

/// Looks at files; errors are for people and name the file.
pub(super) fn inspect(path: &Path, options: &OpenOptions) -> Result<Found, String> {
    if path.is_dir() { folder(path, options) } else { file(path) }
}

fn file(path: &Path) -> Result<Found, String> {
    let said = |what: &str| format!("{}: {what}", path.display());
    let mut first = Vec::new();
    let opened = std::fs::File::open(path).map_err(|e| said(&format!("cannot be opened: {e}")))?;
    opened.take(4).read_to_end(&mut first).map_err(|e| said(&format!("cannot be read: {e}")))?;
    // Known by its first bytes: whatever else is dropped need not be read to its end to be refused.
    let is_cloud = [&b"ply"[..], b"glTF", &[0x1f, 0x8b]].iter().any(|magic| first.starts_with(magic));
    if !is_cloud {
        let what = "is no cloud (.ply, .spz, .glb); folders may be captures (ScanNet++, COLMAP, nerfstudio) or runs";
        return Err(said(what));
    }
    let cloud = read_cloud(path).map_err(|e| e.to_string())?;
    if cloud.is_empty() {
        return Err(said("holds no Gaussians"));
    }
    Ok(Found::Cloud { cloud: Arc::new(cloud), capture: None, warning: None })
}

fn folder(path: &Path, options: &OpenOptions) -> Result<Found, String> {
    if let Ok(run) = RunFolder::open(path) {
        return of_run(&run);
    }
    capture(path, options.downscale).map(|capture| Found::Capture(Box::new(capture))).map_err(|e| e.to_string())
}

fn of_run(run: &RunFolder) -> Result<Found, String> {
    let settings = run.settings().map_err(|e| e.to_string())?;
    let cloud = run.cloud().map_err(|e| e.to_string())?;
    let (capture, warning) = match capture_of(&settings) {
        Ok(capture) => (Some(Box::new(capture)), None),
        Err(reason) => (None, Some(format!("without its photographs: {reason}"))),
    };
    Ok(Found::Cloud { cloud: Arc::new(cloud), capture, warning })
}

fn capture_of(settings: &RunSettings) -> Result<SceneCapture, String> {
    let scene = capture(&settings.capture, Some(settings.downscale)).map_err(|e| e.to_string())?;
    let labels = settings.labels.parse().ok();
    Ok(SceneCapture { labels, vocabulary: settings.vocabulary.clone(), ..scene })
}

fn capture(path: &Path, downscale: Option<f64>) -> Result<SceneCapture, splat_io::IoError> {
    let open = |downscale| open_capture(path, &CaptureOptions { downscale, seed: 0 });
    if let Some(downscale) = downscale {
        let downscale = downscale.max(1.0);
        return Ok(SceneCapture::new(Arc::new(open(downscale)?), downscale));
    }
    let whole = open(1.0)?;
    let downscale = whole.longest_side_px() as f64 / LONGEST_PX;
    let (capture, downscale) = if downscale > 1.0 { (open(downscale)?, downscale) } else { (whole, 1.0) };
    Ok(SceneCapture::new(Arc::new(capture), downscale))
}
