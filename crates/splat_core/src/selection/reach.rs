//! Growing and shrinking a choice by distance between means.

use super::RowSet;
use crate::cloud::Cloud;
use glam::{IVec3, Vec3};
use std::collections::HashMap;

/// The chosen rows and all within `distance` (world units of the cloud) of one of them.
pub fn grown(cloud: &Cloud, chosen: &RowSet, distance: f32) -> RowSet {
    let near = near(cloud, chosen, &chosen.inverted(), distance);
    chosen.combined(&near, super::SetOperation::Add)
}

/// The chosen rows without those within `distance` of one that is not chosen.
pub fn shrunk(cloud: &Cloud, chosen: &RowSet, distance: f32) -> RowSet {
    let near = near(cloud, &chosen.inverted(), chosen, distance);
    chosen.combined(&near, super::SetOperation::Subtract)
}

/// Rows of `asked` that have a row of `seeds` within a distance. Rows at no finite place are near nothing.
fn near(cloud: &Cloud, seeds: &RowSet, asked: &RowSet, distance: f32) -> RowSet {
    let mut found = RowSet::none(cloud.len());
    if !(distance > 0.0 && distance.is_finite()) {
        return found;
    }
    let place = |row: u32| cloud.means.get(row as usize).copied().filter(|mean| mean.is_finite());
    // Whatever shares a cube of this edge is within the distance; what is within it lies at most two cubes away.
    let edge = distance / 3f32.sqrt();
    let cube_of = |mean: Vec3| (mean / edge).floor().as_ivec3();
    let mut cubes: HashMap<IVec3, Vec<Vec3>> = HashMap::new();
    for mean in seeds.rows().filter_map(place) {
        cubes.entry(cube_of(mean)).or_default().push(mean);
    }
    let steps = around();
    let is_near = |mean: Vec3| {
        let own = cube_of(mean);
        let holds = |step: &IVec3| {
            let seeds = cubes.get(&own.saturating_add(*step));
            seeds.is_some_and(|seeds| seeds.iter().any(|seed| seed.distance_squared(mean) <= distance * distance))
        };
        cubes.contains_key(&own) || steps.iter().any(holds)
    };
    for row in asked.rows().filter(|&row| place(row).is_some_and(is_near)) {
        found.set(row, true);
    }
    found
}

/// Steps to the cubes about a cube, nearer ones first.
fn around() -> Vec<IVec3> {
    let all = (-2..=2).flat_map(|x| (-2..=2).flat_map(move |y| (-2..=2).map(move |z| IVec3::new(x, y, z))));
    let mut steps: Vec<IVec3> = all.filter(|step| *step != IVec3::ZERO).collect();
    steps.sort_by_key(|step| step.length_squared());
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(xs: &[f32]) -> Cloud {
        Cloud { means: xs.iter().map(|&x| Vec3::new(x, 0.3, -0.2)).collect(), ..Default::default() }
    }

    fn rows(set: RowSet) -> Vec<u32> {
        set.rows().collect()
    }

    #[test]
    fn growing_reaches_neighbours_and_shrinking_takes_the_rim() {
        let cloud = line(&[0.0, 1.0, 2.0, 3.0, 4.0, 9.0, f32::NAN]);
        let chosen = RowSet::of(7, [1, 2, 3]);
        assert_eq!(rows(grown(&cloud, &chosen, 1.01)), [0, 1, 2, 3, 4]);
        assert_eq!(rows(grown(&cloud, &chosen, 0.99)), [1, 2, 3]);
        assert_eq!(rows(grown(&cloud, &chosen, 6.0)), [0, 1, 2, 3, 4, 5]);
        assert_eq!(rows(shrunk(&cloud, &chosen, 1.01)), [2]);
        assert!(shrunk(&cloud, &chosen, 2.5).is_empty());
        assert_eq!(shrunk(&cloud, &RowSet::all(7), 5.0).count(), 7, "there is no rim");
        for odd in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            assert_eq!(grown(&cloud, &chosen, odd), chosen);
        }
    }

    #[test]
    fn growing_finds_what_a_search_of_all_pairs_finds() {
        let spot = |i: u32, salt: u32| (i.wrapping_mul(2_654_435_761).wrapping_add(salt) >> 16 & 255) as f32 / 64.0;
        let means: Vec<Vec3> = (0..400).map(|i| Vec3::new(spot(i, 1), spot(i * 7, 2), spot(i * 13, 3))).collect();
        let cloud = Cloud { means, ..Default::default() };
        let chosen = RowSet::of(400, (0..400).step_by(37));
        for distance in [0.1, 0.35, 0.8] {
            let is_near = |row: &u32| {
                chosen.rows().any(|s| cloud.means[s as usize].distance(cloud.means[*row as usize]) <= distance)
            };
            assert_eq!(rows(grown(&cloud, &chosen, distance)), (0..400).filter(is_near).collect::<Vec<_>>());
        }
    }
}
