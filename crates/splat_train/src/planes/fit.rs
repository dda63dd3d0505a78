//! A plane through points.

use glam::{Mat3, Vec2, Vec3};
use kiddo::{ImmutableKdTree, SquaredEuclidean};
use rand::Rng;
use rand_pcg::Pcg64Mcg;
use splat_core::ClassPlane;
use std::num::NonZero;

/// Root mean square distance of a plane's points at most, in thicknesses: points that lie there by chance have 0.58, as have those
/// of a plane that scatter further.
const MOST_SPREAD: f32 = 0.45;
/// Triples that are tried for a plane.
const TRIES: usize = 500;
/// A triple is a point and two of this many neighbours.
const NEIGHBOURHOOD: usize = 40;
/// Share of a plane's points that may lie outside of its rectangle, at either end.
const TRIM: f32 = 0.01;
/// How far a plane pulls from, as a share of half its shorter side: the next surface of a small thing is near.
const REACH: f32 = 0.25;

/// Points by place.
pub struct Tree(ImmutableKdTree<f32, 3>);

impl Tree {
    /// `None` where there is no point, or the points are degenerate: thousands in one place.
    pub fn of(points: &[Vec3]) -> Option<Self> {
        let positions: Vec<[f32; 3]> = points.iter().map(|p| p.to_array()).collect();
        let is_fine = !points.is_empty() && points.iter().all(|p| p.is_finite());
        is_fine.then(|| ImmutableKdTree::new_from_slice(&positions).ok()).flatten().map(Self)
    }

    /// Indices of the nearest points; of a point of the tree its own comes first.
    pub fn nearest(&self, point: Vec3, count: usize) -> Vec<usize> {
        let Some(count) = NonZero::new(count) else { return Vec::new() };
        let found = self.0.query(&point.to_array()).nearest_n::<SquaredEuclidean<f32>>(count).execute();
        found.iter().map(|n| n.item as usize).collect()
    }
}

/// A plane without bounds: where normal . x = offset.
#[derive(Clone, Copy)]
pub struct Fit {
    normal: Vec3,
    offset: f32,
}

impl Fit {
    /// Least squares of the distances; `None` where all points are one.
    pub fn of(points: &[Vec3]) -> Option<Self> {
        let middle = points.iter().sum::<Vec3>() / points.len().max(1) as f32;
        let spread = points.iter().fold(Mat3::ZERO, |sum, p| {
            let away = *p - middle;
            sum + Mat3::from_cols(away * away.x, away * away.y, away * away.z)
        });
        let trace = spread.x_axis.x + spread.y_axis.y + spread.z_axis.z;
        if !(trace > 0.0) {
            return None;
        }
        // The inverse stretches the direction in which they spread least most.
        let inverse = (spread * trace.recip() + Mat3::from_diagonal(Vec3::splat(1e-6))).inverse();
        let mut normal = Vec3::new(0.48, 0.6, 0.64);
        for _ in 0..16 {
            normal = (inverse * normal).try_normalize()?;
        }
        Some(Self { normal, offset: normal.dot(middle) })
    }

    /// The plane that most points lie on: the best of many through three neighbours, fitted to what it holds.
    pub fn of_most(points: &[Vec3], thickness: f32, random: &mut Pcg64Mcg) -> Option<Self> {
        let tree = Tree::of(points)?;
        let mut best = (0, None);
        for _ in 0..TRIES {
            let first = points[random.random_range(0..points.len())];
            let near = tree.nearest(first, NEIGHBOURHOOD.min(points.len()));
            let mut other = || points[near[random.random_range(0..near.len())]];
            let (second, third) = (other(), other());
            let Some(normal) = (second - first).cross(third - first).try_normalize() else { continue };
            let fit = Self { normal, offset: normal.dot(first) };
            let held = points.iter().filter(|p| fit.holds(**p, thickness)).count();
            if held > best.0 {
                best = (held, Some(fit));
            }
        }
        let again =
            |fit: Self| Self::of(&points.iter().filter(|p| fit.holds(**p, thickness)).copied().collect::<Vec<_>>());
        best.1.and_then(again).and_then(again).and_then(again)
    }

    /// True for a point that is as near as that to the plane.
    pub fn holds(&self, point: Vec3, thickness: f32) -> bool {
        (self.normal.dot(point) - self.offset).abs() <= thickness
    }

    /// True where those of the points that it holds gather in its middle.
    pub fn is_flat(&self, points: &[Vec3], thickness: f32) -> bool {
        let held: Vec<Vec3> = points.iter().filter(|p| self.holds(**p, thickness)).copied().collect();
        self.spread(&held) <= MOST_SPREAD * thickness
    }

    /// Root mean square distance of points, one at least.
    pub fn spread(&self, points: &[Vec3]) -> f32 {
        let squares: f32 = points.iter().map(|p| (self.normal.dot(*p) - self.offset).powi(2)).sum();
        (squares / points.len().max(1) as f32).sqrt()
    }

    /// The plane where these points, one at least, lie on it; it reaches `most` (world units) at most.
    pub fn rectangle(&self, column: u16, held: &[Vec3], most: f32) -> ClassPlane {
        let sides = sides_of(self.normal);
        let bounds = sides.map(|side| {
            let mut along: Vec<f32> = held.iter().map(|p| side.dot(*p)).collect();
            along.sort_by(f32::total_cmp);
            let at = |share: f32| along[(share * (along.len() - 1) as f32).round() as usize];
            (at(TRIM), at(1.0 - TRIM))
        });
        let half = Vec2::from(bounds.map(|(low, high)| 0.5 * (high - low)));
        ClassPlane {
            column,
            normal: self.normal,
            offset: self.offset,
            sides,
            middle: Vec2::from(bounds.map(|(low, high)| 0.5 * (low + high))),
            half,
            reach: (REACH * half.min_element()).min(most),
        }
    }
}

/// Two unit vectors across a normal, one of them across the world's axis that it is least along.
fn sides_of(normal: Vec3) -> [Vec3; 2] {
    let along = |axis: &Vec3| normal.dot(*axis).abs();
    let axis = [Vec3::X, Vec3::Y, Vec3::Z].into_iter().min_by(|a, b| along(a).total_cmp(&along(b)));
    let first = normal.cross(axis.expect("three of them")).normalize();
    [first, normal.cross(first)]
}
