//! COLMAP's text model: cameras, images with their observations, points with their tracks.

use crate::path::Shot;
use crate::sparse::Point;
use glam::{DQuat, Vec2};
use std::fmt::Write;

/// The three files of a model.
pub struct Model {
    /// `cameras.txt`.
    pub cameras: String,
    /// `images.txt`.
    pub images: String,
    /// `points3D.txt`.
    pub points: String,
}

/// Camera id 1; image ids and point ids count from 1. Only training views have observations.
pub fn model(shots: &[Shot], points: &[Point]) -> Model {
    let k = &shots[0].camera.intrinsics;
    let cameras = format!(
        "# Camera list with one line of data per camera:\n#   CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]\n\
         # Number of cameras: 1\n1 PINHOLE {} {} {} {} {} {}\n",
        k.width, k.height, k.fx, k.fy, k.cx, k.cy
    );
    let mut seen: Vec<Vec<(Vec2, usize)>> = vec![Vec::new(); shots.len()];
    let mut lines = String::new();
    for (index, point) in points.iter().enumerate() {
        let (p, [r, g, b]) = (point.position, point.rgb);
        let _ = write!(lines, "{} {:.4} {:.4} {:.4} {r} {g} {b} {:.3}", index + 1, p.x, p.y, p.z, point.error);
        for (view, pixel) in &point.track {
            let _ = write!(lines, " {} {}", view + 1, seen[*view].len());
            seen[*view].push((*pixel, index + 1));
        }
        lines.push('\n');
    }
    let observations = points.iter().map(|p| p.track.len()).sum::<usize>() as f64;
    let points = format!(
        "# 3D point list with one line of data per point:\n\
         #   POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK[] as (IMAGE_ID, POINT2D_IDX)\n\
         # Number of points: {}, mean track length: {:.3}\n{lines}",
        points.len(),
        observations / points.len().max(1) as f64
    );
    Model { cameras, images: images(shots, &seen), points }
}

fn images(shots: &[Shot], seen: &[Vec<(Vec2, usize)>]) -> String {
    let mut out = String::from(
        "# Image list with two lines of data per image:\n\
         #   IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME\n#   POINTS2D[] as (X, Y, POINT3D_ID)\n",
    );
    let _ = writeln!(out, "# Number of images: {}", shots.len());
    for (index, shot) in shots.iter().enumerate() {
        let view = shot.camera.view_from_world();
        let (q, t) = (DQuat::from_mat3(&view.matrix3).normalize(), view.translation);
        let numbers = [q.w, q.x, q.y, q.z, t.x, t.y, t.z].map(|n| format!("{n:.9}")).join(" ");
        let _ = writeln!(out, "{} {numbers} 1 {}", index + 1, shot.name);
        let marks: Vec<String> = seen[index].iter().map(|(p, id)| format!("{:.1} {:.1} {id}", p.x, p.y)).collect();
        let _ = writeln!(out, "{}", marks.join(" "));
    }
    out
}
