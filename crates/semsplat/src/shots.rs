//! Which cameras are rendered: those of a capture, a flight over them, an orbit, or a path of key frames.

use crate::error::CliError;
use clap::ValueEnum;
use splat_core::path::CameraPath;
use splat_core::{Camera, Capture, Intrinsics, Split};

/// Vertical field of view of pictures that no capture says anything about, degrees.
const FOV_DEGREES: f64 = 60.0;
/// Their size, pixels.
const SIZE: [u32; 2] = [1280, 720];

/// Cameras that follow from a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Views {
    /// Held-out views
    Test,
    /// Training views
    Train,
    /// A smooth flight over the training cameras
    Path,
    /// Once round what the training cameras look at
    Orbit,
}

/// A camera and the stem of its picture.
pub type Shot = (String, Camera);

/// The shots of a capture's views, or `frames` on a way that follows from them.
pub fn of_capture(capture: &Capture, views: Views, frames: usize) -> Result<Vec<Shot>, CliError> {
    let of = |split| -> Vec<_> { capture.split(split).map(|v| (v.name.clone(), v.camera)).collect() };
    let shots = match views {
        Views::Test => of(Split::Test),
        Views::Train => of(Split::Train),
        Views::Path => numbered(fly_through(capture, frames)),
        Views::Orbit => numbered(along(capture, frames, CameraPath::orbit)),
    };
    if shots.is_empty() {
        let message = "has no such views: try --views test, train, path or orbit";
        return Err(CliError::BadInput(format!("{}: {message}", capture.root.display())));
    }
    Ok(shots)
}

/// `frames` shots along a path of key frames.
pub fn of_path(path: &CameraPath, lens: Intrinsics, frames: usize) -> Vec<Shot> {
    numbered(path.frames(frames).map(|pose| pose.camera(lens)).collect())
}

/// `frames` cameras on a smooth way through the training views. Lens and size are those of the first one.
pub fn fly_through(capture: &Capture, frames: usize) -> Vec<Camera> {
    along(capture, frames, |cameras| CameraPath::flight(cameras, capture.extent() as f64))
}

/// The lens of pictures along a path: of this size and field of view where they are asked for, else the capture's, else usual.
pub fn lens(capture: Option<&Capture>, size: Option<[u32; 2]>, fov_degrees: Option<f64>) -> Intrinsics {
    let first = capture.and_then(|capture| capture.split(Split::Train).next().or(capture.views.first()));
    let own = first.map(|view| view.camera.intrinsics);
    if let (Some(own), None, None) = (own, size, fov_degrees) {
        return own;
    }
    let [width, height] = size.or(own.map(|k| [k.width, k.height])).unwrap_or(SIZE);
    let own_fov = own.map(|k| 2.0 * (0.5 * k.height as f64 / k.fy).atan());
    let fov = fov_degrees.map(f64::to_radians).or(own_fov).unwrap_or(FOV_DEGREES.to_radians());
    Intrinsics::from_vertical_fov(width, height, fov)
}

fn along(capture: &Capture, frames: usize, way: impl FnOnce(&[Camera]) -> CameraPath) -> Vec<Camera> {
    let cameras: Vec<Camera> = capture.split(Split::Train).map(|v| v.camera).collect();
    let Some(first) = cameras.first() else { return Vec::new() };
    way(&cameras).frames(frames).map(|pose| pose.camera(first.intrinsics)).collect()
}

fn numbered(cameras: Vec<Camera>) -> Vec<Shot> {
    cameras.into_iter().zip(1..).map(|(camera, i)| (format!("frame_{i:04}"), camera)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lens_is_what_is_asked_for_or_usual() {
        assert_eq!(lens(None, None, None), Intrinsics::from_vertical_fov(1280, 720, 60f64.to_radians()));
        let small = lens(None, Some([64, 48]), Some(90.0));
        assert_eq!((small.width, small.height, small.fy.round()), (64, 48, 24.0));
    }
}
