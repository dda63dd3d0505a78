//! Patches: small planes through neighbours, all over a class that has no large ones.

use super::fit::{Fit, Tree};
use glam::Vec3;
use splat_core::ClassPlane;

/// Points of a patch.
const POINTS: usize = 12;
/// Root mean square distance of a patch's points at most, as a share of half its shorter side.
const MOST_SPREAD: f32 = 0.15;
/// Share of a patch, from its middle, whose points need no patch of their own.
const COVER: f32 = 0.7;

/// Patches of a class, each through a point and those next to it, where they lie within `thickness` (root mean square, world
/// units) of a plane. No patch reaches further than `most` (world units).
pub fn of_neighbours(column: u16, points: &[Vec3], thickness: f32, most: f32) -> Vec<ClassPlane> {
    let Some(tree) = Tree::of(points).filter(|_| points.len() >= POINTS) else { return Vec::new() };
    let mut patches: Vec<ClassPlane> = Vec::new();
    for point in points {
        if patches.iter().any(|patch| is_covered(patch, *point, thickness)) {
            continue;
        }
        let near: Vec<Vec3> = tree.nearest(*point, POINTS).into_iter().map(|i| points[i]).collect();
        let Some(fit) = Fit::of(&near) else { continue };
        let patch = fit.rectangle(column, &near, most);
        if fit.spread(&near) <= thickness.min(MOST_SPREAD * patch.half.min_element()) {
            patches.push(patch);
        }
    }
    patches
}

fn is_covered(patch: &ClassPlane, point: Vec3, thickness: f32) -> bool {
    patch.distance(point).abs() <= thickness && patch.is_beside(point, (COVER - 1.0) * patch.half.min_element())
}
