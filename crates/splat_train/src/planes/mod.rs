//! Flat pieces of classes, from the sparse points: what photographs say of a wall where it shows any texture at all.
//!
//! * `votes`: points take the class that most views which see them say
//! * `fit`: a plane through points, and whether they lie on it by chance
//!
//! Points of a class are searched for large planes, thin ones first; what is left for patches, small planes of neighbours.

mod fit;
mod votes;

use crate::prepare::TrainingView;
use fit::{Fit, Tree};
use glam::Vec3;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;
use splat_core::{ClassPlane, IGNORE_ID, SparsePoint};
use std::collections::BTreeMap;

/// Distances of a large plane's points from it at most, as shares of the scene's extent, tried in this order: points of few
/// photographs are less exact.
const THICKNESSES: [f32; 2] = [0.005, 0.01];
/// Points of a large plane at least.
const LEAST_POINTS: usize = 30;
/// Points of a class that are looked at, at most: evenly spaced ones where there are more.
const MOST_POINTS: usize = 10_000;
/// Points of a patch, and how many of them must lie on it.
const PATCH: (usize, usize) = (10, 8);
/// Half the size of a patch at most, as a share of the scene's extent: where points are sparser they say little.
const PATCH_SIZE: f32 = 0.1;

/// The planes of every class, by column.
pub fn class_planes(points: &[SparsePoint], views: &[TrainingView], extent: f32, seed: u64) -> Vec<ClassPlane> {
    let positions: Vec<Vec3> = points.iter().map(|p| p.position).collect();
    let mut by_column: BTreeMap<u16, Vec<Vec3>> = BTreeMap::new();
    for (point, column) in positions.iter().zip(votes::point_columns(&positions, views)) {
        by_column.entry(column).or_default().push(*point);
    }
    by_column.remove(&IGNORE_ID);
    let by_column: Vec<_> = by_column.into_iter().collect();
    let planes: Vec<_> = by_column.par_iter().map(|(column, points)| planes_of(*column, points, extent, seed)).collect();
    planes.concat()
}

/// The planes of one class.
fn planes_of(column: u16, points: &[Vec3], extent: f32, seed: u64) -> Vec<ClassPlane> {
    let mut random = Pcg64Mcg::seed_from_u64(seed ^ 0x91a7 ^ (column as u64) << 32);
    let stride = points.len().div_ceil(MOST_POINTS).max(1);
    let mut rest: Vec<Vec3> = points.iter().step_by(stride).copied().collect();
    let mut planes = Vec::new();
    for thickness in THICKNESSES {
        rest = large_planes(column, rest, thickness * extent, &mut random, &mut planes);
    }
    planes.extend(patches(column, &rest, extent));
    planes
}

/// Adds the planes that hold many points, anywhere; returns the points that none of them holds.
fn large_planes(
    column: u16,
    points: Vec<Vec3>,
    thickness: f32,
    random: &mut Pcg64Mcg,
    planes: &mut Vec<ClassPlane>,
) -> Vec<Vec3> {
    let (mut open, mut left) = (points, Vec::new());
    while let Some(fit) = Fit::of_most(&open, thickness, random) {
        let (held, others): (Vec<Vec3>, Vec<Vec3>) = open.iter().partition(|p| fit.holds(**p, thickness));
        if held.len() < LEAST_POINTS {
            break;
        }
        match fit.is_flat(&held, thickness) {
            true => planes.push(fit.rectangle(column, &held)),
            false => left.extend(held),
        }
        open = others;
    }
    left.extend(open);
    left
}

/// Small planes of neighbours.
fn patches(column: u16, points: &[Vec3], extent: f32) -> Vec<ClassPlane> {
    let Some(tree) = Tree::of(points).filter(|_| points.len() >= PATCH.0) else { return Vec::new() };
    let thickness = THICKNESSES[0] * extent;
    let (mut planes, mut is_held) = (Vec::new(), vec![false; points.len()]);
    let at = |near: &[usize]| -> Vec<Vec3> { near.iter().map(|&i| points[i]).collect() };
    for middle in 0..points.len() {
        if is_held[middle] {
            continue;
        }
        let near = tree.nearest(points[middle], PATCH.0);
        let is_sparse = near.iter().any(|&i| points[i].distance(points[middle]) > PATCH_SIZE * extent);
        let Some(fit) = Fit::of(&at(&near)).filter(|_| !is_sparse) else { continue };
        let held: Vec<usize> = near.into_iter().filter(|&i| fit.holds(points[i], thickness)).collect();
        if held.len() >= PATCH.1 && fit.is_flat(&at(&held), thickness) {
            planes.push(fit.rectangle(column, &at(&held)));
            held.iter().for_each(|&i| is_held[i] = true);
        }
    }
    planes
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    /// Points on a rectangle at a height, with noise across it, and a roof of half a cylinder over it.
    fn room(noise: f32) -> (Vec<Vec3>, Vec<Vec3>) {
        let mut random = Pcg64Mcg::seed_from_u64(5);
        let mut uniform = |low: f32, high: f32| random.random_range(low..high);
        let floor = (0..300).map(|_| Vec3::new(uniform(-2.0, 2.0), uniform(-1.0, 1.0), 0.3 + uniform(-noise, noise)));
        let floor = floor.collect();
        let roof = (0..300).map(|_| {
            let angle = uniform(0.3, 2.8);
            Vec3::new(uniform(-2.0, 2.0), 0.5 * angle.cos(), 0.5 * angle.sin())
        });
        (floor, roof.collect())
    }

    #[test]
    fn a_floor_is_a_plane_and_a_vault_is_none() {
        let (floor, vault) = room(0.004);
        let found = planes_of(3, &floor, 2.0, 0);
        assert_eq!(found.len(), 1, "{found:?}");
        let plane = found[0];
        assert_eq!(plane.column, 3);
        assert!((plane.normal.z.abs() - 1.0).abs() < 1e-4 && plane.distance(Vec3::new(0.0, 0.0, 0.3)).abs() < 1e-3);
        assert!(plane.is_beside(Vec3::new(1.9, 0.9, 0.0), 0.0) && !plane.is_beside(Vec3::new(2.1, 0.0, 0.0), 0.05));
        assert!((plane.reach(9.0) - 1.0).abs() < 0.05 && plane.reach(0.2) == 0.2);
        // What is round is flat in patches only.
        let found = planes_of(3, &vault, 2.0, 0);
        assert!(!found.is_empty() && found.iter().all(|p| p.half.min_element() < 0.3), "{found:?}");
    }

    #[test]
    fn points_of_few_photographs_make_thicker_planes() {
        let (floor, _) = room(0.014);
        let found = planes_of(0, &floor, 2.0, 0);
        assert!(found.iter().any(|p| p.half.max_element() > 1.8), "{found:?}");
    }

    #[test]
    fn odd_points_make_no_plane_and_no_panic() {
        for points in [vec![], vec![Vec3::ONE; 500], vec![Vec3::ZERO; 2], vec![Vec3::NAN; 100]] {
            assert_eq!(planes_of(0, &points, 1.0, 0), []);
        }
        let line: Vec<Vec3> = (0..100).map(|i| Vec3::X * i as f32).collect();
        assert!(planes_of(0, &line, 1.0, 0).iter().all(|p| p.normal.is_finite()));
    }
}
