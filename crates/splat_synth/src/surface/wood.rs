//! Wood.

use super::noise::{fbm3, value2, zigzag};
use crate::maths::{fract, smoothstep};
use crate::random::hash01;
use glam::{Vec2, Vec3};

/// Solid wood: wavy bands about two centimetres wide, long along the grain.
pub fn grain(p: Vec3, light: Vec3, dark: Vec3, along: usize) -> Vec3 {
    let mut q = p * 7.0;
    q[along] = p[along] * 0.9;
    let warp = fbm3(q, 3, 21);
    let mut fine = p * 55.0;
    fine[along] = p[along] * 4.0;
    let streak = fbm3(fine, 2, 22);
    let band = zigzag(warp * 4.5);
    let t = 0.06 + 0.42 * smoothstep(0.1, 0.9, band) + 0.45 * streak;
    light.lerp(dark, t.clamp(0.0, 1.0)) * (0.92 + 0.16 * warp)
}

/// Boards along x, each row shifted by a random share of a board.
pub fn boards(p: Vec3, light: Vec3, dark: Vec3, width: f32, length: f32) -> Vec3 {
    let row = (p.y / width).floor();
    let shift = hash01(row as i32, 3, 0, 31) * length;
    let column = ((p.x + shift) / length).floor();
    let (across, along) = (fract(p.y / width), fract((p.x + shift) / length));
    let tone = hash01(row as i32, column as i32, 1, 32);
    let offset = Vec3::new(13.0 * tone, 7.0 * hash01(row as i32, column as i32, 2, 33), row * 0.71);
    let board = grain(Vec3::new(p.x, p.y, 0.0) + offset, light, light.lerp(dark, 0.75), 0) * (0.78 + 0.36 * tone);
    let to_edge = (across.min(1.0 - across) * width).min(along.min(1.0 - along) * length);
    let worn = 0.95 + 0.1 * value2(Vec2::new(p.x, p.y) * 1.3, 34);
    board * worn * (0.5 + 0.5 * smoothstep(0.0, 0.006, to_edge))
}
