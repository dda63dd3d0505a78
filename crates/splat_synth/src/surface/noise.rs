//! Smooth random fields that textures are made of.

use crate::maths::fract;
use crate::random::hash01;
use glam::{Vec2, Vec3};

fn fade(t: f32) -> f32 {
    t * t * t * (t * (6.0 * t - 15.0) + 10.0)
}

/// Value noise in 0..1 with features of size 1.
pub fn value3(p: Vec3, seed: u32) -> f32 {
    let cell = p.floor();
    let (x, y, z) = (cell.x as i32, cell.y as i32, cell.z as i32);
    let t = p - cell;
    let (tx, ty, tz) = (fade(t.x), fade(t.y), fade(t.z));
    let lerp = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let edge = |dy: i32, dz: i32| lerp(hash01(x, y + dy, z + dz, seed), hash01(x + 1, y + dy, z + dz, seed), tx);
    lerp(lerp(edge(0, 0), edge(1, 0), ty), lerp(edge(0, 1), edge(1, 1), ty), tz)
}

/// Value noise of a plane, in 0..1 with features of size 1.
pub fn value2(p: Vec2, seed: u32) -> f32 {
    let cell = p.floor();
    let (x, y) = (cell.x as i32, cell.y as i32);
    let t = p - cell;
    let (tx, ty) = (fade(t.x), fade(t.y));
    let lerp = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let edge = |dy: i32| lerp(hash01(x, y + dy, 0, seed), hash01(x + 1, y + dy, 0, seed), tx);
    lerp(edge(0), edge(1), ty)
}

/// Sum of `octaves` noises, each twice as fine and half as strong; in 0..1.
pub fn fbm3(p: Vec3, octaves: u32, seed: u32) -> f32 {
    let (mut sum, mut weight, mut total, mut q) = (0.0, 1.0, 0.0, p);
    for octave in 0..octaves {
        sum += weight * value3(q, seed.wrapping_add(octave * 101));
        total += weight;
        weight *= 0.5;
        q = q * 2.03 + Vec3::splat(17.3);
    }
    sum / total
}

/// [`fbm3`] of a plane.
pub fn fbm2(p: Vec2, octaves: u32, seed: u32) -> f32 {
    let (mut sum, mut weight, mut total, mut q) = (0.0, 1.0, 0.0, p);
    for octave in 0..octaves {
        sum += weight * value2(q, seed.wrapping_add(octave * 101));
        total += weight;
        weight *= 0.5;
        q = q * 2.03 + Vec2::splat(17.3);
    }
    sum / total
}

/// Triangle wave of period 1 in 0..1.
pub fn zigzag(x: f32) -> f32 {
    (2.0 * fract(x) - 1.0).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_bounded_and_continuous() {
        for i in 0..2000 {
            let p = Vec3::new(i as f32 * 0.013 - 9.0, i as f32 * 0.007, 1.5);
            let a = fbm3(p, 4, 3);
            assert!((0.0..=1.0).contains(&a));
            assert!((a - fbm3(p + Vec3::X * 1e-3, 4, 3)).abs() < 0.05);
        }
    }
}
