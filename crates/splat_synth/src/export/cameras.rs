//! `transforms_undistorted_4x.json` and `train_test_lists.json`.

use crate::path::Shot;
use glam::{DAffine3, DVec3};
use serde_json::{Value, json};
use splat_core::Split;

/// ScanNet++'s matrix of a pose, rows of four: camera axes 1 and 2 negated, then the world's rows 0 and 1 swapped and
/// its row 2 negated.
pub fn file_matrix(world_from_view: &DAffine3) -> [[f64; 4]; 4] {
    let m = world_from_view.matrix3;
    let turned = |v: DVec3| DVec3::new(v.y, v.x, -v.z);
    let columns = [turned(m.x_axis), turned(-m.y_axis), turned(-m.z_axis), turned(world_from_view.translation)];
    let row = |i: usize| columns.map(|c| c[i]);
    [row(0), row(1), row(2), [0.0, 0.0, 0.0, 1.0]]
}

/// The poses file.
pub fn transforms(shots: &[Shot]) -> Value {
    let k = &shots[0].camera.intrinsics;
    let frames = |split: Split| -> Vec<Value> {
        let frame = |s: &Shot| {
            json!({
                "file_path": s.name,
                "transform_matrix": file_matrix(&s.camera.world_from_view),
                "is_bad": false,
            })
        };
        shots.iter().filter(|s| s.split == split).map(frame).collect()
    };
    json!({
        "fl_x": k.fx, "fl_y": k.fy, "cx": k.cx, "cy": k.cy, "w": k.width, "h": k.height,
        "k1": 0.0, "k2": 0.0, "k3": 0.0, "k4": 0.0,
        "camera_model": "PINHOLE",
        "has_mask": false,
        "frames": frames(Split::Train),
        "test_frames": frames(Split::Test),
    })
}

/// The lists file.
pub fn lists(shots: &[Shot]) -> Value {
    let names =
        |split: Split| -> Vec<&str> { shots.iter().filter(|s| s.split == split).map(|s| s.name.as_str()).collect() };
    json!({ "train": names(Split::Train), "test": names(Split::Test), "has_masks": false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::DMat3;

    #[test]
    fn poses_survive_the_files_convention() {
        let turn = DMat3::from_rotation_z(0.7) * DMat3::from_rotation_x(-1.1);
        let pose = DAffine3::from_mat3_translation(turn, DVec3::new(1.0, 2.0, 3.0));
        let mut m = file_matrix(&pose);
        // Undone as users of the files do it: row 2 negated, rows 0 and 1 swapped, columns 1 and 2 negated.
        m[2] = m[2].map(|v| -v);
        m.swap(0, 1);
        m.iter_mut().for_each(|row| (row[1], row[2]) = (-row[1], -row[2]));
        for (r, row) in m.iter().take(3).enumerate() {
            for (c, value) in row.iter().enumerate() {
                let expected = if c < 3 { pose.matrix3.col(c)[r] } else { pose.translation[r] };
                assert!((value - expected).abs() < 1e-12, "row {r} column {c}");
            }
        }
    }
}
