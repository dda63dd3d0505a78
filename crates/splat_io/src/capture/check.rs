//! Doubts about poses: another convention of axes gives cameras that look the wrong way, and a training run that never
//! converges. Cheap to notice here.

use glam::DAffine3;
use splat_core::{SparsePoint, Split, View};
use std::collections::HashMap;

/// Points that are tried per view at most.
const SAMPLE: usize = 4000;

/// Warns when fewer than half of the training views see any sparse point.
pub(super) fn points_are_seen(views: &[View], points: &[SparsePoint], warnings: &mut Vec<String>) {
    let step = points.len().div_ceil(SAMPLE).max(1);
    let sees = |view: &&View| {
        let k = &view.camera.intrinsics;
        let inside = |p: &SparsePoint| {
            let pixel = view.camera.project(p.position).map(|(pixel, _)| pixel);
            pixel.is_some_and(|p| p.x >= 0.0 && p.y >= 0.0 && p.x < k.width as f32 && p.y < k.height as f32)
        };
        points.iter().step_by(step).any(inside)
    };
    let train: Vec<&View> = views.iter().filter(|v| v.split == Split::Train).collect();
    let seeing = train.iter().filter(|v| sees(v)).count();
    if !points.is_empty() && 2 * seeing < train.len() {
        warnings.push(format!(
            "only {seeing} of {} training views see any sparse point: the poses are probably in another convention \
             (OpenGL or OpenCV axes, world-to-camera or camera-to-world) or in another scale than the points",
            train.len()
        ));
    }
}

/// Warns when poses of two files that should agree do not. Tolerance: 1 % of the cameras' spread, 1 degree.
pub(super) fn poses_agree(
    poses: &[(&str, DAffine3)],
    reference: &HashMap<String, DAffine3>,
    files: [&str; 2],
    warnings: &mut Vec<String>,
) {
    let pairs: Vec<_> = poses.iter().filter_map(|(name, pose)| Some((pose, reference.get(*name)?))).collect();
    let centres = || pairs.iter().map(|(_, r)| r.translation);
    let mean = centres().sum::<glam::DVec3>() / pairs.len().max(1) as f64;
    let spread = centres().map(|c| c.distance(mean)).fold(1e-3, f64::max);
    let differs = |(a, b): &&(&DAffine3, &DAffine3)| {
        // Angle between two rotations: 1 + 2 cos = trace(A^T B).
        let turn = a.matrix3.transpose() * b.matrix3;
        let cos_angle = 0.5 * (turn.x_axis.x + turn.y_axis.y + turn.z_axis.z - 1.0);
        a.translation.distance(b.translation) > 0.01 * spread || cos_angle < 1f64.to_radians().cos()
    };
    let different = pairs.iter().filter(differs).count();
    if 2 * different > pairs.len() {
        warnings.push(format!(
            "{different} of {} poses in {} differ from those in {}: is one of them in another pose convention?",
            pairs.len(),
            files[0],
            files[1]
        ));
    }
}
