//! `transforms*.json`, as nerfstudio, instant-ngp, Blender exporters and ScanNet++ write it.

use crate::IoError;
use crate::lens::Lens;
use glam::{DAffine3, DMat3, DVec3};
use serde::Deserialize;
use splat_core::Intrinsics;
use splat_core::capture::DistortionModel;
use std::path::Path;

/// One file.
#[derive(Debug, Deserialize)]
pub(super) struct Transforms {
    #[serde(flatten)]
    pub lens: LensFields,
    pub frames: Vec<Frame>,
    /// ScanNet++: the held-out frames.
    pub test_frames: Option<Vec<Frame>>,
    pub ply_file_path: Option<String>,
    /// Written by instant-ngp's tools only.
    pub aabb_scale: Option<f64>,
    /// nerfstudio's explicit splits: file paths of frames.
    pub val_filenames: Option<Vec<String>>,
    pub test_filenames: Option<Vec<String>>,
}

/// One image.
#[derive(Debug, Deserialize)]
pub(super) struct Frame {
    pub file_path: String,
    transform_matrix: Vec<Vec<f64>>,
    pub mask_path: Option<String>,
    #[serde(default)]
    pub is_bad: bool,
    #[serde(flatten)]
    pub lens: LensFields,
}

/// Camera numbers, for the whole file or for one frame.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct LensFields {
    camera_model: Option<String>,
    camera_angle_x: Option<f64>,
    fl_x: Option<f64>,
    fl_y: Option<f64>,
    cx: Option<f64>,
    cy: Option<f64>,
    w: Option<f64>,
    h: Option<f64>,
    k1: Option<f64>,
    k2: Option<f64>,
    k3: Option<f64>,
    k4: Option<f64>,
    p1: Option<f64>,
    p2: Option<f64>,
    is_fisheye: Option<bool>,
}

impl LensFields {
    /// This frame's numbers, with the file's where it has none.
    pub fn or(&self, file: &Self) -> Self {
        macro_rules! merge {
            ($($field:ident),*) => { Self { $($field: self.$field.clone().or(file.$field.clone())),* } };
        }
        merge!(camera_model, camera_angle_x, fl_x, fl_y, cx, cy, w, h, k1, k2, k3, k4, p1, p2, is_fisheye)
    }

    /// Width and height, where the file says them.
    pub fn size(&self) -> Option<(u32, u32)> {
        let whole = |n: f64| (n.is_finite() && (1.0..=1e6).contains(&n)).then(|| n.round() as u32);
        Some((whole(self.w?)?, whole(self.h?)?))
    }

    /// The lens; `image_size` is asked where the file does not say the size.
    pub fn lens(
        &self,
        path: &Path,
        frame: &str,
        image_size: impl FnOnce() -> Result<(u32, u32), IoError>,
    ) -> Result<Lens, IoError> {
        let bad = |message: String| IoError::bad_at(path, format_args!("frame {frame}"), message);
        let (width, height) = match (self.size(), self.w, self.h) {
            (Some(size), ..) => size,
            (None, None, _) | (None, _, None) => image_size()?,
            (None, Some(w), Some(h)) => return Err(bad(format!("a size of {w} x {h} is absurd"))),
        };
        let from_angle = |angle: f64| 0.5 * width as f64 / (0.5 * angle).tan();
        let fx = self.fl_x.or(self.camera_angle_x.map(from_angle));
        let fx = fx.ok_or_else(|| bad("has neither `fl_x` nor `camera_angle_x`".into()))?;
        let cx = self.cx.unwrap_or(0.5 * width as f64);
        let cy = self.cy.unwrap_or(0.5 * height as f64);
        let intrinsics = Intrinsics { width, height, fx, fy: self.fl_y.unwrap_or(fx), cx, cy };
        let [k1, k2, k3, k4] = [self.k1, self.k2, self.k3, self.k4].map(|k| k.unwrap_or(0.0));
        let p = [self.p1, self.p2].map(|p| p.unwrap_or(0.0));
        let fisheye = self.is_fisheye.unwrap_or(false);
        let lens = match self.camera_model.as_deref().unwrap_or("OPENCV") {
            "PINHOLE" | "SIMPLE_PINHOLE" => Lens::pinhole(intrinsics),
            "OPENCV_FISHEYE" => Lens::new(intrinsics, DistortionModel::Fisheye { k: [k1, k2, k3, k4] }),
            "OPENCV" if fisheye => Lens::new(intrinsics, DistortionModel::Fisheye { k: [k1, k2, k3, k4] }),
            "OPENCV" | "SIMPLE_RADIAL" | "RADIAL" if k4 == 0.0 => {
                Lens::new(intrinsics, DistortionModel::RadialTangential { k: [k1, k2, k3], p })
            }
            model => {
                return Err(bad(format!(
                    "the camera model {model}{} is not supported; undistort the images, or use PINHOLE, OPENCV or OPENCV_FISHEYE",
                    if k4 == 0.0 { "" } else { " with k4" }
                )));
            }
        };
        if lens.is_valid() {
            Ok(lens)
        } else {
            Err(bad("its camera has a size, focal length or coefficient that is not a finite, positive number".into()))
        }
    }
}

impl Frame {
    /// The matrix as it stands in the file, 3x4 or 4x4.
    pub fn matrix(&self, path: &Path) -> Result<DAffine3, IoError> {
        let bad = |message: &str| Err(IoError::bad_at(path, format_args!("frame {}", self.file_path), message));
        let m = &self.transform_matrix;
        if !(3..=4).contains(&m.len()) || m.iter().any(|row| row.len() != 4) {
            return bad("`transform_matrix` is not a 4 x 4 matrix");
        }
        if m.iter().flatten().any(|v| !v.is_finite()) {
            return bad("`transform_matrix` holds a number that is not finite");
        }
        let column = |c: usize| DVec3::new(m[0][c], m[1][c], m[2][c]);
        Ok(DAffine3::from_cols(column(0), column(1), column(2), column(3)))
    }
}

/// OpenGL's camera axes (y up, z back) to OpenCV's (y down, z forward): columns 1 and 2 negated.
pub(super) fn opencv_from_opengl(pose: DAffine3) -> DAffine3 {
    pose * DAffine3::from_mat3(DMat3::from_diagonal(DVec3::new(1.0, -1.0, -1.0)))
}

/// Undoes ScanNet++'s change of the world: row 2 negated, rows 0 and 1 swapped; then the camera axes as above.
pub(super) fn opencv_from_scannetpp(pose: DAffine3) -> DAffine3 {
    let undo = |v: DVec3| DVec3::new(v.y, v.x, -v.z);
    let m = pose.matrix3;
    let unturned = DAffine3::from_cols(undo(m.x_axis), undo(m.y_axis), undo(m.z_axis), undo(pose.translation));
    opencv_from_opengl(unturned)
}
