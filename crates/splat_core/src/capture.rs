//! A capture: posed photographs of one scene, with splits and sparse points. Images stay on disk until asked for.

use crate::camera::Camera;
use glam::{DVec3, Vec3};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Which side of the train / test line a view is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Used for training.
    Train,
    /// Held out: never read in training, scored in evaluation.
    Test,
}

/// One photograph and where it was taken from.
#[derive(Clone, Debug)]
pub struct View {
    /// Image file name without folders, e.g. `DSC00001.JPG`: the key that masks and outputs are named after.
    pub name: String,
    /// Camera of the image *as it will be loaded*: undistorted and downscaled.
    pub camera: Camera,
    /// Train or test.
    pub split: Split,
    /// Where the photograph lies.
    pub image_path: PathBuf,
    /// Anonymisation mask (255 valid, anything else not), if the capture has one.
    pub valid_mask_path: Option<PathBuf>,
    /// Distortion to be undone when the image is loaded; `None` for a pinhole image.
    pub distortion: Option<Distortion>,
}

/// Lens distortion of the image on disk, and the intrinsics it was measured with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distortion {
    /// The model and its coefficients.
    pub model: DistortionModel,
    /// Intrinsics of the distorted image on disk, before any downscaling.
    pub source: crate::Intrinsics,
}

/// Distortion models that are undone at load time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DistortionModel {
    /// OpenCV's radial-tangential model: k1, k2, p1, p2, k3 (k3 = 0 where the source has none).
    RadialTangential {
        /// Radial coefficients k1, k2, k3.
        k: [f64; 3],
        /// Tangential coefficients p1, p2.
        p: [f64; 2],
    },
    /// OpenCV's fisheye model: theta_d = theta (1 + k1 theta^2 + k2 theta^4 + k3 theta^6 + k4 theta^8).
    Fisheye {
        /// k1..k4.
        k: [f64; 4],
    },
}

/// One point of the sparse reconstruction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SparsePoint {
    /// Position in world space, metres where the capture is metric.
    pub position: Vec3,
    /// sRGB colour, 8 bit.
    pub rgb: [u8; 3],
}

/// A scene as it was photographed.
#[derive(Clone, Debug)]
pub struct Capture {
    /// Scene name (folder name).
    pub name: String,
    /// Folder it was opened from.
    pub root: PathBuf,
    /// Format, for people: `ScanNet++`, `COLMAP`, `nerfstudio`, `instant-ngp`.
    pub format: &'static str,
    /// All usable views, sorted by name, train and test mixed.
    pub views: Vec<View>,
    /// Sparse points; empty where the capture has none.
    pub points: Vec<SparsePoint>,
    /// The annotated mesh, where there is one.
    pub mesh: Option<MeshPaths>,
    /// What was odd but survivable; shown once by whoever opened the capture.
    pub warnings: Vec<String>,
}

/// Files of a ScanNet++ annotated mesh and the class lists of its data root.
#[derive(Clone, Debug)]
pub struct MeshPaths {
    /// `scans/mesh_aligned_0.05.ply`.
    pub mesh: PathBuf,
    /// `scans/segments.json`.
    pub segments: PathBuf,
    /// `scans/segments_anno.json`.
    pub annotations: PathBuf,
    /// `scans/mesh_aligned_0.05_mask.txt`: vertex ids to ignore.
    pub ignored_vertices: Option<PathBuf>,
    /// Default vocabulary: the root's `top100.txt`, else its `semantic_classes.txt`.
    pub vocabulary: Option<PathBuf>,
    /// The root's `map_benchmark.csv`: annotators' names to those of the benchmark's class list.
    pub benchmark_map: Option<PathBuf>,
}

impl Capture {
    /// Views of one split, in name order.
    pub fn split(&self, split: Split) -> impl Iterator<Item = &View> {
        self.views.iter().filter(move |v| v.split == split)
    }

    /// Longest side of any view's image, pixels; at least 1.
    pub fn longest_side_px(&self) -> u32 {
        let sides = self.views.iter().map(|view| view.camera.intrinsics.width.max(view.camera.intrinsics.height));
        sides.max().unwrap_or(1)
    }

    /// 3DGS's scene extent: 1.1 x the largest distance of a training camera to the mean of training cameras, in world units.
    /// A camera that a reconstruction has thrown far out does not count: rates and sizes hang on this number. Falls back to 1
    /// for a single camera, where that distance is 0.
    pub fn extent(&self) -> f32 {
        let centres = without_outliers(self.split(Split::Train).map(|v| v.camera.position()).collect());
        let mean = centres.iter().sum::<DVec3>() / centres.len().max(1) as f64;
        let radius = centres.iter().map(|c| c.distance(mean)).fold(0.0, f64::max);
        if radius > 1e-6 { (1.1 * radius) as f32 } else { 1.0 }
    }
}

/// A camera this many times as far out as half of them are is an outlier: on a walk through a flat the farthest is at 2 to 3.
const OUTLIER_DISTANCE: f64 = 6.0;

/// Drops the points that are very far from the median point, as distances go.
fn without_outliers(mut points: Vec<DVec3>) -> Vec<DVec3> {
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(0.0)
    };
    let centre = DVec3::from([0, 1, 2].map(|axis| median(points.iter().map(|p| p[axis]).collect())));
    let usual = median(points.iter().map(|p| p.distance(centre)).collect());
    // Where half of them stand in one place, the others are no outliers.
    if usual > 1e-6 {
        points.retain(|p| p.distance(centre) <= OUTLIER_DISTANCE * usual);
    }
    points
}

/// A decoded photograph, 8-bit sRGB.
#[derive(Clone, Debug, PartialEq)]
pub struct Photo {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `[H, W, 4]`: sRGB over black, and validity (255 valid, 0 masked out or outside the undistorted image).
    pub rgba: Vec<u8>,
    /// `[H, W]` how opaque it is, 255 wholly; `None`: everywhere.
    pub alpha: Option<Vec<u8>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::Intrinsics;

    fn capture(positions: &[DVec3]) -> Capture {
        let view = |position: &DVec3| View {
            name: String::new(),
            camera: Camera::looking_at(
                Intrinsics::from_vertical_fov(4, 4, 1.0),
                *position,
                *position + DVec3::Z,
                DVec3::NEG_Y,
            ),
            split: Split::Train,
            image_path: PathBuf::new(),
            valid_mask_path: None,
            distortion: None,
        };
        Capture {
            name: String::new(),
            root: PathBuf::new(),
            format: "",
            views: positions.iter().map(view).collect(),
            points: Vec::new(),
            mesh: None,
            warnings: Vec::new(),
        }
    }

    /// A walk of 40 cameras, 6 m long.
    fn walk() -> Vec<DVec3> {
        (0..40).map(|i| DVec3::new(0.15 * i as f64, 1.0 + 0.1 * (i % 3) as f64, 0.3 * (i % 2) as f64)).collect()
    }

    #[test]
    fn the_extent_is_that_of_all_cameras_where_none_is_far_out() {
        let positions = walk();
        let mean = positions.iter().sum::<DVec3>() / 40.0;
        let radius = positions.iter().map(|p| p.distance(mean)).fold(0.0, f64::max);
        assert_eq!(capture(&positions).extent(), (1.1 * radius) as f32);
    }

    #[test]
    fn outliers_do_not_blow_it_up() {
        let mut positions = walk();
        let without = capture(&positions).extent();
        positions.extend([DVec3::new(900.0, 0.0, 0.0), DVec3::new(0.0, -1e6, 40.0)]);
        assert_eq!(capture(&positions).extent(), without);
    }

    #[test]
    fn few_cameras_and_cameras_in_one_place_are_no_outliers() {
        assert_eq!(capture(&[DVec3::ONE]).extent(), 1.0);
        assert!((capture(&[DVec3::ZERO, DVec3::X]).extent() - 0.55).abs() < 1e-6);
        let mut positions = vec![DVec3::ZERO; 9];
        positions.extend([DVec3::X, DVec3::NEG_X]);
        assert!((capture(&positions).extent() - 1.1).abs() < 1e-6);
    }
}
