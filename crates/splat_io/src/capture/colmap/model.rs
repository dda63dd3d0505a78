//! COLMAP's camera models.

use super::CameraRecord;
use crate::IoError;
use crate::lens::Lens;
use splat_core::Intrinsics;
use splat_core::capture::DistortionModel;
use std::path::Path;

/// Name and number of parameters of a model; its id is its place in [`MODELS`].
#[derive(Debug)]
pub(super) struct Model {
    pub name: &'static str,
    pub params: usize,
}

const fn model(name: &'static str, params: usize) -> Model {
    Model { name, params }
}

/// COLMAP's models by id. All are read; [`lens`] refuses those whose distortion is not undone.
pub(super) static MODELS: [Model; 12] = [
    model("SIMPLE_PINHOLE", 3),
    model("PINHOLE", 4),
    model("SIMPLE_RADIAL", 4),
    model("RADIAL", 5),
    model("OPENCV", 8),
    model("OPENCV_FISHEYE", 8),
    model("FULL_OPENCV", 12),
    model("FOV", 5),
    model("SIMPLE_RADIAL_FISHEYE", 4),
    model("RADIAL_FISHEYE", 5),
    model("THIN_PRISM_FISHEYE", 12),
    model("RAD_TAN_THIN_PRISM_FISHEYE", 16),
];

/// The lens of a camera record.
pub(super) fn lens(path: &Path, camera: &CameraRecord) -> Result<Lens, IoError> {
    let bad = |message: String| IoError::bad_at(path, format_args!("camera {}", camera.id), message);
    let (Ok(width), Ok(height)) = (u32::try_from(camera.width), u32::try_from(camera.height)) else {
        return Err(bad(format!("a size of {} x {} is absurd", camera.width, camera.height)));
    };
    let p = &camera.params;
    let one_focal = |n: usize| (Intrinsics { width, height, fx: p[0], fy: p[0], cx: p[1], cy: p[2] }, &p[n..]);
    let two_focal = || (Intrinsics { width, height, fx: p[0], fy: p[1], cx: p[2], cy: p[3] }, &p[4..]);
    let (intrinsics, model) = match camera.model.name {
        "SIMPLE_PINHOLE" => (one_focal(3).0, None),
        "PINHOLE" => (two_focal().0, None),
        "SIMPLE_RADIAL" | "RADIAL" => {
            let (k, c) = one_focal(3);
            let k2 = c.get(1).copied().unwrap_or(0.0);
            (k, Some(DistortionModel::RadialTangential { k: [c[0], k2, 0.0], p: [0.0; 2] }))
        }
        "OPENCV" => {
            let (k, c) = two_focal();
            (k, Some(DistortionModel::RadialTangential { k: [c[0], c[1], 0.0], p: [c[2], c[3]] }))
        }
        "OPENCV_FISHEYE" => {
            let (k, c) = two_focal();
            (k, Some(DistortionModel::Fisheye { k: [c[0], c[1], c[2], c[3]] }))
        }
        // Special cases of the above: the higher coefficients are 0.
        "SIMPLE_RADIAL_FISHEYE" | "RADIAL_FISHEYE" => {
            let (k, c) = one_focal(3);
            let k2 = c.get(1).copied().unwrap_or(0.0);
            (k, Some(DistortionModel::Fisheye { k: [c[0], k2, 0.0, 0.0] }))
        }
        name => {
            return Err(bad(format!(
                "the camera model {name} is not supported; undistort with `colmap image_undistorter`, or use one of \
                 SIMPLE_PINHOLE, PINHOLE, SIMPLE_RADIAL, RADIAL, OPENCV, OPENCV_FISHEYE"
            )));
        }
    };
    let lens = model.map_or(Lens::pinhole(intrinsics), |m| Lens::new(intrinsics, m));
    let valid = lens.is_valid() && p.iter().all(|v| v.is_finite());
    if valid {
        Ok(lens)
    } else {
        Err(bad("holds a number that is not finite, or a size or focal length that is not positive".into()))
    }
}
