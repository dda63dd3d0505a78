//! Flat pieces of classes, from the sparse points: what photographs say of a wall where it shows any texture at all.
//!
//! * `votes`: points take the class that most views which see them say
//! * `fit`: a plane through points, and whether they lie on it by chance
//! * `patches`: small planes through neighbours, for classes that are not flat
//!
//! Every class is searched for planes of one thickness, the thinnest that suits the scene. A class that does not believe in its
//! planes gets patches instead.

mod fit;
mod patches;
mod votes;

use crate::prepare::TrainingView;
use fit::Fit;
use glam::Vec3;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;
use splat_core::{ClassPlane, IGNORE_ID, SparsePoint};
use std::collections::BTreeMap;

/// Distances of a plane's points from it at most, as shares of the scene's extent, tried in this order: how exact points are is the
/// scene's, and what is flat only in thick planes where others are in thin ones is a curtain.
const THICKNESSES: [f32; 4] = [0.005, 0.01, 0.02, 0.04];
/// Share of a scene's points that planes of the right thickness hold at least.
const SCENE_SHARE: f32 = 0.2;
/// Points of a plane at least.
const LEAST_POINTS: usize = 30;
/// Points of a class that are looked at, at most: evenly spaced ones where there are more.
const MOST_POINTS: usize = 10_000;
/// Share of the points in a plane's pull that must lie on it.
const LEAST_PURITY: f32 = 0.8;
/// Share of a class's points that must lie on its planes, for it to be flat.
const FLAT_SHARE: f32 = 0.5;

/// What a search goes by.
#[derive(Clone, Copy, Debug)]
pub struct PlaneSearch {
    /// Scene extent, world units.
    pub extent: f32,
    /// Distance that planes may pull from at most, world units.
    pub reach: f32,
    /// Seed of the triples that are tried.
    pub seed: u64,
}

/// A flat class.
#[derive(Default)]
struct Flat {
    /// Its planes; none where the class is not flat.
    planes: Vec<ClassPlane>,
    /// Points that they hold.
    held: usize,
}

impl PlaneSearch {
    /// The planes of every flat class and the patches of the others, by column.
    pub fn planes(&self, points: &[SparsePoint], views: &[TrainingView]) -> Vec<ClassPlane> {
        let positions: Vec<Vec3> = points.iter().map(|p| p.position).collect();
        let mut by_column: BTreeMap<u16, Vec<Vec3>> = BTreeMap::new();
        for (point, column) in positions.iter().zip(votes::point_columns(&positions, views)) {
            by_column.entry(column).or_default().push(*point);
        }
        by_column.remove(&IGNORE_ID);
        self.by_thickness(by_column.into_iter().map(thinned).collect())
    }

    /// The planes and patches of the first thickness that suits the scene.
    fn by_thickness(&self, classes: Vec<(u16, Vec<Vec3>)>) -> Vec<ClassPlane> {
        let all: usize = classes.iter().map(|(_, points)| points.len()).sum();
        let at = |thickness: f32| {
            let of_class = |(column, points): &(u16, Vec<Vec3>)| self.flat_class(*column, points, thickness);
            let found: Vec<Flat> = classes.par_iter().map(of_class).collect();
            let held: usize = found.iter().map(|flat| flat.held).sum();
            (held as f32 >= SCENE_SHARE * all as f32).then_some((thickness, found))
        };
        let Some((thickness, found)) = THICKNESSES.iter().find_map(|share| at(share * self.extent)) else {
            return Vec::new();
        };
        let of_class = |((column, points), flat): (&(u16, Vec<Vec3>), Flat)| match flat.planes.is_empty() {
            true => patches::of_neighbours(*column, points, thickness, self.reach),
            false => flat.planes,
        };
        classes.par_iter().zip(found).flat_map_iter(of_class).collect()
    }

    /// The planes of a class, if it is flat.
    fn flat_class(&self, column: u16, points: &[Vec3], thickness: f32) -> Flat {
        // What sticks out of a bookshelf or a door does not make it round.
        let mut found = [1.0, 2.0].into_iter().map(|times| self.planes_of(column, points, times * thickness));
        found.find(|flat| !flat.planes.is_empty()).unwrap_or_default()
    }

    /// The planes of a class, if it is flat.
    fn planes_of(&self, column: u16, points: &[Vec3], thickness: f32) -> Flat {
        let mut random = Pcg64Mcg::seed_from_u64(self.seed ^ 0x91a7 ^ (column as u64) << 32);
        let mut planes = self.planes_by_size(column, points, thickness, &mut random);
        // One that reaches no further than its points scatter says too little to pull.
        planes.retain(|plane| plane.reach > thickness);
        // Those that would pull from where the class's points say that there is something else are not believed.
        let mut pulled = vec![(0, 0); planes.len()];
        for point in points {
            let Some((plane, distance)) = nearest_plane(&planes, *point) else { continue };
            pulled[plane].0 += 1;
            pulled[plane].1 += (distance <= thickness) as usize;
        }
        let is_pure = |(all, on): &(usize, usize)| *on as f32 >= LEAST_PURITY * *all as f32;
        let held = pulled.iter().filter(|pulled| is_pure(pulled)).map(|(_, on)| on).sum();
        if (held as f32) < FLAT_SHARE * points.len() as f32 {
            return Flat::default();
        }
        let pure = planes.into_iter().zip(pulled).filter(|(_, pulled)| is_pure(pulled));
        Flat { planes: pure.map(|(plane, _)| plane).collect(), held }
    }

    /// Planes, those that hold most points first.
    fn planes_by_size(&self, column: u16, points: &[Vec3], thickness: f32, random: &mut Pcg64Mcg) -> Vec<ClassPlane> {
        let (mut open, mut planes) = (points.to_vec(), Vec::new());
        while let Some(fit) = Fit::of_most(&open, thickness, random) {
            let (held, others): (Vec<Vec3>, Vec<Vec3>) = open.iter().partition(|p| fit.holds(**p, thickness));
            if held.len() < LEAST_POINTS {
                break;
            }
            // Among all points: what a thick plane leaves over is thin.
            if fit.is_flat(points, thickness) {
                planes.push(fit.rectangle(column, &held, self.reach));
            }
            open = others;
        }
        planes
    }
}

fn thinned((column, points): (u16, Vec<Vec3>)) -> (u16, Vec<Vec3>) {
    let stride = points.len().div_ceil(MOST_POINTS).max(1);
    (column, points.into_iter().step_by(stride).collect())
}

/// The plane of these that would pull a point, and how far it is away.
fn nearest_plane(planes: &[ClassPlane], point: Vec3) -> Option<(usize, f32)> {
    let reaching = planes.iter().enumerate().filter(|(_, p)| p.is_beside(point, p.reach));
    let distances = reaching.map(|(i, p)| (i, p.distance(point).abs(), p.reach));
    let near = distances.filter(|(_, distance, reach)| distance <= reach);
    near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(i, distance, _)| (i, distance))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    fn planes_of(column: u16, points: &[Vec3]) -> Vec<ClassPlane> {
        PlaneSearch { extent: 2.0, reach: 0.2, seed: 0 }.by_thickness(vec![(column, points.to_vec())])
    }

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
    fn a_floor_is_a_plane_and_a_vault_has_facets() {
        let (floor, vault) = room(0.004);
        let found = planes_of(3, &floor);
        assert_eq!(found.len(), 1, "{found:?}");
        let plane = found[0];
        assert_eq!(plane.column, 3);
        assert!((plane.normal.z.abs() - 1.0).abs() < 1e-4 && plane.distance(Vec3::new(0.0, 0.0, 0.3)).abs() < 1e-3);
        assert!(plane.is_beside(Vec3::new(1.9, 0.9, 0.0), 0.0) && !plane.is_beside(Vec3::new(2.1, 0.0, 0.0), 0.05));
        assert!(plane.reach == 0.2, "{plane:?}");
        // What is round has narrow facets at best, which pull from near and little.
        let found = planes_of(3, &vault);
        assert!(found.iter().all(|p| p.half.min_element() < 0.2 && p.strength(0.2) < 0.25), "{found:?}");
    }

    #[test]
    fn a_dome_in_a_room_is_patched() {
        let mut random = Pcg64Mcg::seed_from_u64(7);
        let mut direction = || Vec3::from([(); 3].map(|()| random.random_range(-1.0..1.0f32)));
        let directions = std::iter::from_fn(|| Some(direction())).filter(|d| d.length() < 1.0 && d.z > 0.0);
        let dome: Vec<Vec3> = directions.take(300).map(|d| 0.5 * d.normalize()).collect();
        let classes = vec![(0, room(0.004).0), (1, dome.clone())];
        let planes = PlaneSearch { extent: 2.0, reach: 0.2, seed: 0 }.by_thickness(classes);
        let patches: Vec<&ClassPlane> = planes.iter().filter(|p| p.column == 1).collect();
        assert!(planes.len() - patches.len() == 1 && patches.len() >= 20, "{planes:?}");
        for patch in &patches {
            let middle =
                patch.offset * patch.normal + patch.middle.x * patch.sides[0] + patch.middle.y * patch.sides[1];
            assert!((middle.length() - 0.5).abs() < 0.05, "{patch:?}");
            assert!(patch.normal.dot(middle.normalize()).abs() > 0.9, "{patch:?}");
        }
        let on = |point: &Vec3| patches.iter().any(|p| p.distance(*point).abs() < 0.03 && p.is_beside(*point, p.reach));
        assert!(dome.iter().filter(|p| on(p)).count() * 10 >= 9 * dome.len());
    }

    #[test]
    fn a_plane_in_a_crowd_is_not_believed() {
        let mut random = Pcg64Mcg::seed_from_u64(6);
        let (mut points, _) = room(0.004);
        let mut shelf = || Vec3::from([2.0, 1.0, 0.15].map(|half| random.random_range(-half..half)));
        points.extend((0..600).map(|_| Vec3::Z * 0.3 + shelf()));
        assert_eq!(planes_of(0, &points), []);
    }

    #[test]
    fn points_of_few_photographs_make_a_plane_too() {
        // Up to 3 cm off, which thin planes hold in slices.
        let (floor, _) = room(0.03);
        let found = planes_of(0, &floor);
        assert!(found.len() == 1 && found[0].distance(Vec3::new(0.0, 0.0, 0.3)).abs() < 3e-3, "{found:?}");
    }

    #[test]
    fn odd_points_make_no_plane_and_no_panic() {
        for points in [vec![], vec![Vec3::ONE; 500], vec![Vec3::ZERO; 2], vec![Vec3::NAN; 100]] {
            assert_eq!(planes_of(0, &points), []);
        }
        let line: Vec<Vec3> = (0..100).map(|i| Vec3::X * i as f32).collect();
        assert!(planes_of(0, &line).iter().all(|p| p.normal.is_finite()));
    }
}
